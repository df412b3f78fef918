#include "geometry.h"

#include "rows.h"

#include <math.h>
#include <string.h>

int32_t flt_place(uint32_t n, uint32_t size, int side, int64_t inward)
{
    const int64_t room = (int64_t)n - size;
    const int64_t at = side == 0   ? inward
                       : side == 1 ? (room >= 0 ? room / 2 : (room - 1) / 2) + inward
                                   : room - inward;
    return (int32_t)(at > 1 << 30 ? 1 << 30 : at < -(1 << 30) ? -(1 << 30) : at);
}

uint32_t flt_side(double v)
{
    const double r = rint(v);
    return r < 1.0 ? 1 : r > 4e9 ? UINT32_MAX : (uint32_t)r;
}

flt_rect flt_region(const flt_stage *s, const char *name, flt_dims in)
{
    const flt_value *v = flt_arg(s, name);
    const flt_size *z = &v->size;
    const int at = (int)flt_num(s, "at");
    const uint32_t w = z->w == 0.0 ? in.w : flt_side(z->w_factor ? z->w * in.w : z->w);
    const uint32_t h = z->h == 0.0 ? in.h : flt_side(z->h_factor ? z->h * in.h : z->h);
    return (flt_rect){ .x = flt_place(in.w, w, at % 3, v->rect.x),
                       .y = flt_place(in.h, h, at / 3, v->rect.y),
                       .w = (int32_t)(w > INT32_MAX ? INT32_MAX : w),
                       .h = (int32_t)(h > INT32_MAX ? INT32_MAX : h) };
}

/* ---- a picture in a larger one ---- */

static bool has(const flt_stage *s, const char *name)
{
    for (size_t i = 0; i < flt_param_count(s->row); i++)
        if (strcmp(s->row->param[i].name, name) == 0)
            return true;
    return false;
}

typedef struct frame {
    int64_t left, top, w, h;
} frame;

/* sides=: one number for all, two for left and right, top and bottom, or four: left, top, right, bottom. */
static frame frame_of(const flt_stage *s, flt_dims in)
{
    if (has(s, "sides")) {
        const flt_value *v = flt_arg(s, "sides");
        const size_t n = v->n;
        const int64_t left = (int64_t)v->list[0], top = (int64_t)v->list[n > 1];
        const int64_t right = (int64_t)v->list[n == 4 ? 2 : 0], bottom = (int64_t)v->list[n == 4 ? 3 : n > 1];
        return (frame){ left, top, left + in.w + right, top + in.h + bottom };
    }
    const flt_size *z = &flt_arg(s, "size")->size;
    const int at = (int)flt_num(s, "at");
    const uint32_t w = z->w == 0.0 ? in.w : flt_side(z->w_factor ? z->w * in.w : z->w);
    const uint32_t h = z->h == 0.0 ? in.h : flt_side(z->h_factor ? z->h * in.h : z->h);
    const uint32_t cw = w > in.w ? w : in.w, ch = h > in.h ? h : in.h;
    return (frame){ flt_place(cw, in.w, at % 3, 0), flt_place(ch, in.h, at / 3, 0), cw, ch };
}

bool flt_pad_size(const flt_fill *f, flt_dims *out)
{
    const frame r = frame_of(f->stage, f->in);
    if (r.w > 1000000 || r.h > 1000000)
        return qn_fail(f->err, QN_LIMIT, "%s:%d:%d: %s: %lldx%lld pixels, up to 1000000 a side are possible",
                       f->stage->origin, f->stage->line, f->stage->column, f->stage->row->name, (long long)r.w,
                       (long long)r.h);
    *out = (flt_dims){ (uint32_t)r.w, (uint32_t)r.h };
    return true;
}

bool flt_fill_pad(const flt_fill *f, int32_t *u)
{
    const frame r = frame_of(f->stage, f->in);
    u[0] = (int32_t)r.left;
    u[1] = (int32_t)r.top;
    return true;
}

flt_border flt_outside(const flt_stage *s)
{
    return !s->border_given && has(s, "background") ? FLT_CONSTANT : s->border;
}

const float *flt_outside_colour(const flt_stage *s)
{
    return !s->border_given && has(s, "background") ? flt_arg(s, "background")->colour : s->border_colour;
}

bool flt_is_coloured(const flt_stage *s, const char *name)
{
    const float *c = flt_arg(s, name)->colour;
    return c[0] > 0.0f || c[1] > 0.0f || c[2] > 0.0f || c[3] > 0.0f;
}

bool flt_check_outside(const flt_stage *s, qn_error *err)
{
    return !(s->border_given && flt_is_coloured(s, "background")) ||
           flt_blame(err, s, "background", "border= and background= both say what lies outside; give one of them");
}

bool flt_want_colour_outside(flt_build *b, const flt_stage *s)
{
    const float *c = flt_outside_colour(s);
    const bool coloured = flt_outside(s) == FLT_CONSTANT && (c[0] != c[1] || c[1] != c[2]);
    return !coloured || flt_want_rgb(b);
}
