/* The keys that every stage takes. They are parameters like any other, but live in the stage's own members. */
#include "chain_value.h"
#include "colour.h"

#include <string.h>

#define BORDERS "clamp|mirror|reflect|wrap|constant" /* in the order of flt_border */

const flt_param flt_key_param[FLT_KEYS] = {
    [FLT_KEY_BORDER] = { .name = "border",
                         .type = FLT_CHOICE,
                         .def = "clamp",
                         .choices = BORDERS,
                         .help = "what lies outside the picture; constant,COLOUR names the colour" },
    [FLT_KEY_CHANNELS] = { .name = "channels",
                           .type = FLT_CHOICE,
                           .def = "",
                           .choices = "rgb|a|rgba|r|g|b|luma", /* in the order of flt_channels, less the default */
                           .help = "what takes the result; luma: colours move by what their luma does; r, g or b of a "
                                   "gray picture: its gray" },
    [FLT_KEY_LINEAR] = { .name = "linear", .type = FLT_BOOL, .def = "0", .help = "work in linear light" },
    [FLT_KEY_MASK] = { .name = "mask",
                       .type = FLT_FILE,
                       .def = "",
                       .help = "only as far as this picture (luma, times its alpha) is bright; of the same size" },
    [FLT_KEY_MIX] = { .name = "mix",
                      .type = FLT_NUMBER,
                      .unit = FLT_PERCENT,
                      .min = 0,
                      .max = 1,
                      .def = "1",
                      .help = "how much of the result over the input" },
    [FLT_KEY_ROI] = { .name = "roi",
                      .type = FLT_RECT,
                      .def = "",
                      .help = "only inside this rectangle, as far as it lies in the picture" },
};

bool flt_has_param(const flt_row *row, const char *name)
{
    for (size_t i = 0; i < flt_param_count(row); i++) {
        if (strcmp(row->param[i].name, name) == 0)
            return true;
    }
    return false;
}

static bool read_border(flt_chain *keep, const char *text, flt_stage *stage, qn_error *err)
{
    static const char constant[] = "constant,";
    static const flt_param colour = { .name = "border", .type = FLT_COLOUR };
    flt_value value = { 0 };
    stage->border_given = true;
    if (strncmp(text, constant, sizeof constant - 1) == 0) {
        if (!flt_value_read(keep, &colour, text + sizeof constant - 1, &value, err))
            return false;
        stage->border = FLT_CONSTANT;
        memcpy(stage->border_colour, value.colour, sizeof stage->border_colour);
        return true;
    }
    if (!flt_value_read(keep, &flt_key_param[FLT_KEY_BORDER], text, &value, err))
        return false;
    stage->border = (flt_border)(int)value.num;
    return true;
}

bool flt_key_read(flt_chain *keep, flt_stage_key key, const char *text, flt_stage *stage, qn_error *err)
{
    flt_value value = { 0 };
    if (key == FLT_KEY_BORDER)
        return read_border(keep, text, stage, err);
    if (!flt_value_read(keep, &flt_key_param[key], text, &value, err))
        return false;
    switch (key) {
    case FLT_KEY_CHANNELS: stage->channels = (flt_channels)((int)value.num + 1); break;
    case FLT_KEY_LINEAR: stage->linear = value.num != 0; break;
    case FLT_KEY_MASK: stage->mask = value.text; break;
    case FLT_KEY_MIX: stage->mix = value.num; break;
    case FLT_KEY_ROI:
        stage->has_roi = true;
        stage->roi = value.rect;
        break;
    case FLT_KEY_BORDER:
    case FLT_KEYS: break;
    }
    return true;
}

static bool is_set(const flt_stage *stage, flt_stage_key key, flt_value *value)
{
    switch (key) {
    case FLT_KEY_BORDER: value->num = (double)stage->border; return stage->border_given;
    case FLT_KEY_CHANNELS: value->num = (double)stage->channels - 1; return stage->channels != FLT_CH_DEFAULT;
    case FLT_KEY_LINEAR: value->num = stage->linear; return stage->linear;
    case FLT_KEY_MASK: value->text = stage->mask; return stage->mask != NULL;
    case FLT_KEY_MIX: value->num = stage->mix; return stage->mix != 1;
    case FLT_KEY_ROI: value->rect = stage->roi; return stage->has_roi;
    case FLT_KEYS: break;
    }
    return false;
}

void flt_keys_print(const flt_stage *stage, qn_strbuf *out)
{
    for (int k = 0; k < FLT_KEYS; k++) {
        flt_value value = { .given = true };
        if (flt_has_param(stage->row, flt_key_param[k].name) || !is_set(stage, (flt_stage_key)k, &value))
            continue;
        sb_addf(out, " %s=", flt_key_param[k].name);
        flt_value_print(&flt_key_param[k], &value, out);
        if (k == FLT_KEY_BORDER && stage->border == FLT_CONSTANT) {
            sb_addc(out, ',');
            flt_print_colour(out, stage->border_colour);
        }
    }
}
