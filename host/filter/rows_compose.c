/* COMPOSE filters: a second picture. */
#include "plan_build.h"
#include "rows.h"

#include <stdlib.h>

/* ---- over ---- */

static bool fill_over(const flt_fill *f, int32_t *u)
{
    const flt_file_info *file = f->file;
    const int at = (int)flt_num(f->stage, "at"), column = at % 3, row = at / 3;
    const flt_rect *offset = &flt_arg(f->stage, "offset")->rect;
    const int64_t room_x = (int64_t)f->in.w - file->width, room_y = (int64_t)f->in.h - file->height;
    const int64_t x = column == 0   ? offset->x
                      : column == 1 ? (room_x >= 0 ? room_x / 2 : (room_x - 1) / 2) + offset->x
                                    : room_x - offset->x;
    const int64_t y = row == 0   ? offset->y
                      : row == 1 ? (room_y >= 0 ? room_y / 2 : (room_y - 1) / 2) + offset->y
                                 : room_y - offset->y;
    u[0] = (int32_t)x;
    u[1] = (int32_t)y;
    u[2] = (int32_t)file->width;
    u[3] = (int32_t)file->height;
    u[4] = flt_bits(flt_num(f->stage, "opacity"));
    return true;
}

static bool build_over(flt_build *b, const flt_stage *s, qn_error *err)
{
    flt_plan *p = b->plan;
    const char **files = realloc(p->file, (p->n_files + 1) * sizeof *files);
    if (!files)
        return qn_fail(err, QN_NOMEM, "out of memory");
    p->file = files;
    files[p->n_files] = flt_arg(s, "file")->text;
    if (!flt_use_fragment(b, "point/state.cl"))
        return false;
    const int surface = flt_add_surface(b, FLT_ROLE_FILE, FLT_U16, 4);
    if (surface < 0)
        return false;
    p->surface[surface].file = (unsigned)p->n_files++;
    const flt_op op = {
        .code = b->now.linear
                    ? "v = q_over(v, q_premultiply(q_linearise(q_second($T, $P, x - %0, y - %1, %2, %3))), $4);"
                    : "v = q_over(v, q_premultiply(q_second($T, $P, x - %0, y - %1, %2, %3)), $4);",
        .fragment = "compose/over.cl",
        .stage = s,
        .save = -1,
        .surface = surface,
        .n_uniforms = 5,
        .fill = fill_over,
        .uses_xy = true
    };
    return flt_add(b, &op);
}

const flt_row flt_row_over = {
    .name = "over",
    .aliases = "composite|overlay",
    .cls = FLT_COMPOSE,
    .help = "a second picture over this one (Porter-Duff)",
    .example = "over logo.png at=southeast offset=20,20 opacity=60%",
    .tolerance = "A",
    .range = FLT_RANGE_KEEP,
    .colour = FLT_NEEDS_RGB,
    .build = build_over,
    .param = { { .name = "file", .type = FLT_FILE, .help = "PNG, JPEG or PNM; its alpha counts" },
               { .name = "at",
                 .type = FLT_CHOICE,
                 .def = "northwest",
                 .choices = "northwest|north|northeast|west|center|east|southwest|south|southeast",
                 .help = "where it lies" },
               { .name = "offset", .type = FLT_POINT2, .def = "0,0", .help = "pixels inward from that corner or edge" },
               { .name = "opacity",
                 .type = FLT_NUMBER,
                 .unit = FLT_PERCENT,
                 .min = 0,
                 .max = 1,
                 .def = "1",
                 .help = "how much of it shows" } },
};
