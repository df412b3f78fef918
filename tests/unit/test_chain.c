/* The chain's grammar against a table of its own (it takes the place of the product's at link time), so that every
 * type, unit and error stands here whatever filters there are. */
#include "chain.h"
#include "check.h"
#include "colour.h"
#include "nearest.h"
#include "number.h"
#include "rows.h"

#include <math.h>
#include <stdlib.h>

static bool check_odd(const flt_stage *stage, qn_error *err)
{
    size_t n = flt_arg(stage, "kernel")->n;
    return n == 9 || flt_blame(err, stage, "kernel", "the kernel has %zu weights, 9 are needed", n);
}

static const flt_row gauss = {
    .name = "gaussian",
    .aliases = "blur|soft",
    .cls = FLT_STENCIL,
    .help = "smooths",
    .example = "gaussian 2",
    .param = { { .name = "sigma", .type = FLT_NUMBER, .unit = FLT_PX, .min = 0.01, .max = 500, .help = "width" },
               { .name = "radius", .type = FLT_INT, .unit = FLT_PX, .min = 0, .max = 2000, .def = "0", .help = "r" } }
};
static const flt_row invert = { .name = "invert", .cls = FLT_POINT, .help = "negates", .example = "invert" };
static const flt_row conv = {
    .name = "convolve",
    .cls = FLT_STENCIL,
    .help = "any kernel",
    .check = check_odd,
    .param = { { .name = "kernel", .type = FLT_LIST, .min = -1e9, .max = 1e9, .help = "weights" } }
};
static const flt_row all = {
    .name = "everything",
    .cls = FLT_COMPOSE,
    .help = "one of each",
    .param = { { .name = "tone", .type = FLT_NUMBER, .unit = FLT_TONE, .min = 0, .max = 1, .def = "30%", .help = "" },
               { .name = "part",
                 .type = FLT_NUMBER,
                 .unit = FLT_PERCENT,
                 .min = 0,
                 .max = 1,
                 .above_min = true,
                 .def = "1",
                 .help = "" },
               { .name = "angle", .type = FLT_NUMBER, .unit = FLT_DEG, .def = "0", .help = "" },
               { .name = "ev",
                 .type = FLT_NUMBER,
                 .unit = FLT_EV,
                 .min = -20,
                 .max = INFINITY,
                 .def = "0",
                 .help = "" },
               { .name = "flag", .type = FLT_BOOL, .def = "no", .help = "" },
               { .name = "mode", .type = FLT_CHOICE, .choices = "normal|screen|multiply", .def = "normal", .help = "" },
               { .name = "size", .type = FLT_SIZE, .min = 1, .max = 65535, .def = "", .help = "" },
               { .name = "rect", .type = FLT_RECT, .def = "", .help = "" },
               { .name = "point", .type = FLT_POINT2, .def = "", .help = "" },
               { .name = "colour", .type = FLT_COLOUR, .def = "black", .help = "" },
               { .name = "list", .type = FLT_LIST, .unit = FLT_TONE, .min = 0, .max = 1, .def = "", .help = "" },
               { .name = "file", .type = FLT_FILE, .def = "", .help = "" } }
};
static const flt_row say = { .name = "say",
                             .cls = FLT_POINT,
                             .help = "a text",
                             .param = {
                                 { .name = "text", .type = FLT_TEXT, .help = "what" },
                                 { .name = "linear", .type = FLT_NUMBER, .def = "7", .help = "hides the key" } } };

const flt_row *const *flt_rows(size_t *n)
{
    static const flt_row *const table[] = { &gauss, &invert, &conv, &all, &say };
    *n = sizeof table / sizeof table[0];
    return table;
}

/* ---- what must be refused, and with which words ---- */

static void refused(const char *text, const char *want)
{
    flt_chain chain = { 0 };
    qn_error err = { 0 };
    CHECK(!flt_chain_parse(&chain, text, "-f", &err));
    CHECK_EQ_INT(err.code, QN_USAGE);
    CHECK_EQ_STR(err.text, want);
    CHECK_EQ_INT(chain.n, 0);
    flt_chain_free(&chain);
}

static void test_errors_structure(void)
{
    refused("invert | gaussian 2 | gausian 3", "-f:1:23: unknown filter 'gausian' (did you mean 'gaussian'?)");
    refused("blru 3", "-f:1:1: unknown filter 'blru' (did you mean 'blur'?)");
    refused("watermark x", "-f:1:1: unknown filter 'watermark' (--list-filters shows all)");
    refused("invert\n  # gone\n\n save base", "-f:4:2: unknown filter 'save' (--list-filters shows all)");
    refused("| invert", "-f:1:1: a filter is missing before this '|'");
    refused("invert |", "-f:1:8: a filter is missing after this '|'");
    refused("invert | \n # end\n", "-f:1:8: a filter is missing after this '|'");
    refused("invert || invert", "-f:1:9: a filter is missing before this '|'");
    refused("sigma=2", "-f:1:1: a filter's name is expected here");
    refused("\"invert\"", "-f:1:1: a filter's name is expected here");
    refused("invert # no", "-f:1:8: invert: '#' is one value too many (it takes no values)");
    refused("gaussian 1 2 3", "-f:1:14: gaussian: '3' is one value too many (it takes sigma, radius)");
    refused("gaussian sigma=1 2", "-f:1:18: gaussian: '2' needs a key: after the first KEY=VALUE only keys may follow");
    refused("gaussian 1 sigma=2", "-f:1:12: gaussian: sigma is given twice");
    refused("gaussian 1 mix=1 mix=1", "-f:1:18: gaussian: mix is given twice");
    refused("gaussian", "-f:1:1: gaussian: sigma is missing (number)");
    refused("gaussian sgima=1", "-f:1:10: gaussian: unknown key 'sgima' (did you mean 'sigma'?)");
    refused("gaussian 1 bordr=wrap", "-f:1:12: gaussian: unknown key 'bordr' (did you mean 'border'?)");
    refused("gaussian 1 shape=x.png", "-f:1:12: gaussian: unknown key 'shape' (it takes sigma, radius, and border, "
                                      "channels, linear, mask, mix, roi)");
    refused("say \"abc", "-f:1:5: say: this quote is never closed");
    refused("say \"a\\n\"", "-f:1:7: say: in quotes a \\ stands before \" or \\ only (write \\\\ for one)");
    refused("say ab\"c\"", "-f:1:7: say: a quote inside a word: put the whole value in quotes");
    refused("say \"a\"b", "-f:1:8: say: a blank, a '|' or the end is expected after the closing quote");
    refused("invert\nconvolve 1,1,1,1", "-f:2:10: convolve: the kernel has 4 weights, 9 are needed");
}

static void test_errors_numbers(void)
{
    refused("gaussian -1", "-f:1:10: gaussian: sigma = -1 is out of range (0.01..500 px)");
    refused("gaussian sigma=-1", "-f:1:16: gaussian: sigma = -1 is out of range (0.01..500 px)");
    refused("gaussian nan", "-f:1:10: gaussian: sigma = nan is not a number (0.01..500 px)");
    refused("gaussian inf", "-f:1:10: gaussian: sigma = inf is not a number (0.01..500 px)");
    refused("gaussian 1e999", "-f:1:10: gaussian: sigma = 1e999 is too large (0.01..500 px)");
    refused("gaussian 0x10", "-f:1:10: gaussian: sigma = 0x10 has an unknown unit (allowed: px)");
    refused("gaussian 2,5", "-f:1:10: gaussian: sigma = 2,5 has an unknown unit (allowed: px)");
    refused("gaussian 5%", "-f:1:10: gaussian: sigma = 5% has an unknown unit (allowed: px)");
    refused("gaussian \"\"", "-f:1:10: gaussian: sigma is empty (number, 0.01..500 px)");
    refused("gaussian 2 1.5", "-f:1:12: gaussian: radius = 1.5 is not a whole number (0..2000 px)");
    refused("gaussian 2 mix=2", "-f:1:16: gaussian: mix = 2 is out of range (0..1)");
    refused("everything part=0", "-f:1:17: everything: part = 0 is out of range (above 0, up to 1)");
    refused("everything ev=-21", "-f:1:15: everything: ev = -21 is out of range (at least -20 ev)");
    refused("everything 3/7", "-f:1:12: everything: tone = 3/7 has an unknown unit (allowed: %, /255, /65535)");
    refused("everything 256/255", "-f:1:12: everything: tone = 256/255 is out of range (0..1)");
    refused("everything list=0,,1", "-f:1:17: everything: list: number 2 of the list is missing");
    refused("everything list=0,2", "-f:1:17: everything: list = 2 is out of range (0..1)");
    refused("everything list=0,x", "-f:1:17: everything: list = x is not a number (0..1)");
}

static void test_errors_types(void)
{
    refused("everything flag=maybe",
            "-f:1:17: everything: flag = maybe is neither yes nor no (0 1 no yes false true off on)");
    refused("everything mode=scren",
            "-f:1:17: everything: mode = scren is none of normal, screen, multiply (did you mean 'screen'?)");
    refused("everything mode=x", "-f:1:17: everything: mode = x is none of normal, screen, multiply");
    refused("everything size=0x0", "-f:1:17: everything: size = 0x0 is out of range (1..65535)");
    refused("everything size=0%", "-f:1:17: everything: size = 0% is out of range (above 0 %)");
    refused("everything size=800", "-f:1:17: everything: size = 800 is no size (800x600, 800x, x600, 50%)");
    refused("everything size=x", "-f:1:17: everything: size = x is no size (800x600, 800x, x600, 50%)");
    refused("everything size=1.5x2", "-f:1:17: everything: size = 1.5x2 is no size (800x600, 800x, x600, 50%)");
    refused("everything rect=10x10", "-f:1:17: everything: rect = 10x10 is no rectangle (WxH+X+Y in pixels)");
    refused("everything rect=0x9+0+0", "-f:1:17: everything: rect = 0x9+0+0 is empty (W and H are at least 1 pixel)");
    refused("everything rect=9999999999x9+0+0",
            "-f:1:17: everything: rect = 9999999999x9+0+0 is no rectangle (WxH+X+Y in pixels)");
    refused("everything point=3", "-f:1:18: everything: point = 3 is no point (X,Y or +X+Y in pixels)");
    refused("everything colour=rde", "-f:1:19: everything: colour = rde is no colour (did you mean 'red'?)");
    refused("everything colour=#12345",
            "-f:1:19: everything: colour = #12345 is no colour (#rgb, #rrggbb, #rrggbbaa or a CSS name)");
    refused("everything file=@base",
            "-f:1:17: everything: file = @base: no 'save base' stands before this (a file: ./@base)");
    refused("everything file=\"\"", "-f:1:17: everything: file: a file's name is empty");
    refused("invert border=miror",
            "-f:1:15: invert: border = miror is none of clamp, mirror, reflect, wrap, constant (did you mean "
            "'mirror'?)");
    refused("invert border=constant,nope",
            "-f:1:15: invert: border = nope is no colour (#rgb, #rrggbb, #rrggbbaa or a CSS name)");
    refused("invert roi=1x1", "-f:1:12: invert: roi = 1x1 is no rectangle (WxH+X+Y in pixels)");
}

/* ---- what must be read, and as what ---- */

static void printed(const char *text, const char *want)
{
    flt_chain chain = { 0 };
    qn_error err = { 0 };
    qn_strbuf out = { 0 };
    CHECK_MSG(flt_chain_parse(&chain, text, "-f", &err), "%s", err.text);
    flt_chain_print(&chain, &out);
    CHECK_EQ_STR(sb_str(&out), want);
    sb_free(&out);
    flt_chain_free(&chain);
}

static void test_reads(void)
{
    printed("", "");
    printed("\n  # only a comment | gausian\n\n", "");
    printed("blur 2px", "gaussian sigma=2 radius=0");
    printed("invert|invert", "invert | invert");
    printed("invert |\n\n# between\n gaussian 1e1 3\r\ninvert\n| invert",
            "invert | gaussian sigma=10 radius=3 | invert | invert");
    printed("everything", "everything tone=0.3 part=1 angle=0 ev=0 flag=0 mode=normal colour=#000000");
    printed("everything 51/255 50% -90deg .7ev on screen 50% 2x3-4+5 -1,2 Red 0,50%,65535/65535 a.png",
            "everything tone=0.2 part=0.5 angle=-90 ev=0.7 flag=1 mode=screen size=50% rect=2x3-4+5 point=-1,2 "
            "colour=#ff0000 list=0,0.5,1 file=a.png");
    printed("everything size=800x colour=#12345678 point=+3-4",
            "everything tone=0.3 part=1 angle=0 ev=0 flag=0 mode=normal size=800x point=3,-4 colour=#12345678");
    printed("everything size=x600 list=\"0, 1\"",
            "everything tone=0.3 part=1 angle=0 ev=0 flag=0 mode=normal size=x600 colour=#000000 list=0,1");
    printed("everything size=50%x25% file=\"a b|c\\\"d\\\\.png\"",
            "everything tone=0.3 part=1 angle=0 ev=0 flag=0 mode=normal size=50%x25% colour=#000000 "
            "file=\"a b|c\\\"d\\\\.png\"");
    printed("invert border=constant,#f00 channels=luma linear=yes mix=25% roi=3x4+5-6",
            "invert border=constant,#ff0000 channels=luma linear=1 mix=0.25 roi=3x4+5-6");
    printed("say ./a=b linear=3", "say text=./a=b linear=3");
    printed("say \"\"", "say text=\"\" linear=7");
    printed("say \"x=1\" linear=2", "say text=x=1 linear=2");
    printed("convolve 0,-1,0,-1,5,-1,0,-1,+.0", "convolve kernel=0,-1,0,-1,5,-1,0,-1,0");
}

static void test_stage_members(void)
{
    flt_chain chain = { 0 };
    qn_error err = { 0 };
    CHECK(flt_chain_parse(&chain, "invert", "-f", &err));
    CHECK(flt_chain_parse(&chain, "\n  gaussian 2 border=wrap", "my.chain", &err));
    CHECK(!flt_chain_parse(&chain, "invert | nope", "-f", &err));
    if (!CHECK_EQ_INT(chain.n, 2))
        return;
    const flt_stage *s = &chain.stage[1];
    CHECK(s->row == &gauss);
    CHECK_EQ_STR(s->origin, "my.chain");
    CHECK_EQ_INT(s->line, 2);
    CHECK_EQ_INT(s->column, 3);
    CHECK(s->value[0].given && !s->value[1].given);
    CHECK(flt_num(s, "sigma") == 2 && s->mix == 1 && s->border == FLT_WRAP && s->border_given);
    CHECK(chain.stage[0].channels == FLT_CH_DEFAULT && !chain.stage[0].has_roi && !chain.stage[0].border_given);
    flt_chain_free(&chain);
    flt_chain_free(&chain);
    flt_chain_free(NULL);
}

/* ---- properties ---- */

static uint64_t state = 88172645463325252u;

static unsigned random_below(unsigned n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state >> 33) % n;
}

static double random_unit(void)
{
    return (double)random_below(1u << 30) / (double)((1u << 30) - 1);
}

static void random_text(qn_strbuf *out)
{
    static const char letters[] = "ab1= |\"\\#\n\t@,\xc3\xa9{}";
    qn_strbuf raw = { 0 };
    for (unsigned n = 1 + random_below(8); n > 0; n--)
        sb_addc(&raw, letters[random_below(sizeof letters - 1)]);
    sb_addc(out, '"');
    for (const char *s = sb_str(&raw); *s; s++) {
        if (*s == '"' || *s == '\\')
            sb_addc(out, '\\');
        sb_addc(out, *s);
    }
    sb_addc(out, '"');
    sb_free(&raw);
}

static void random_stage(qn_strbuf *out)
{
    switch (random_below(3)) {
    case 0: sb_addf(out, "gaussian %.17g radius=%u", 0.01 + random_unit() * 499, random_below(2000)); break;
    case 1:
        sb_addf(out, "everything tone=%.17g%% size=%.17g%%x%.9g%% colour=#%08x list=%.17g,%u/255 angle=%.17g",
                random_unit() * 100, random_unit() * 300 + 1e-3, random_unit() * 7 + 1e-3, random_below(1u << 31),
                random_unit(), random_below(256), (random_unit() - 0.5) * 1e6);
        break;
    default:
        sb_add(out, "say ");
        random_text(out);
        sb_addf(out, " mix=%.17g%% roi=%ux%u%+d%+d border=%s", random_unit() * 100, 1 + random_below(99999),
                1 + random_below(9), (int)random_below(200) - 100, (int)random_below(200) - 100,
                random_below(2) ? "constant,plum" : "mirror");
    }
}

static void test_print_parses_back(void)
{
    for (int i = 0; i < 3000; i++) {
        qn_strbuf text = { 0 }, once = { 0 }, twice = { 0 };
        qn_error err = { 0 };
        flt_chain a = { 0 }, b = { 0 };
        random_stage(&text);
        CHECK_MSG(flt_chain_parse(&a, sb_str(&text), "-f", &err), "%s\n%s", err.text, sb_str(&text));
        flt_chain_print(&a, &once);
        CHECK_MSG(flt_chain_parse(&b, sb_str(&once), "-f", &err), "%s\n%s", err.text, sb_str(&once));
        flt_chain_print(&b, &twice);
        CHECK_EQ_STR(sb_str(&twice), sb_str(&once));
        if (CHECK(a.n == 1 && b.n == 1)) {
            for (size_t v = 0; v < flt_param_count(a.stage[0].row); v++) {
                const flt_value *x = &a.stage[0].value[v], *y = &b.stage[0].value[v];
                CHECK(x->num == y->num && x->size.w == y->size.w && x->size.h == y->size.h && x->n == y->n);
                CHECK(memcmp(x->colour, y->colour, sizeof x->colour) == 0);
                CHECK(x->n == 0 || memcmp(x->list, y->list, x->n * sizeof *x->list) == 0);
                CHECK_EQ_STR(x->text, y->text);
            }
            CHECK(a.stage[0].mix == b.stage[0].mix);
        }
        sb_free(&text);
        sb_free(&once);
        sb_free(&twice);
        flt_chain_free(&a);
        flt_chain_free(&b);
    }
}

/* Whatever stands there, it ends with a chain or with one line that has a place. */
static void test_noise_is_survived(void)
{
    static const char *const piece[] = {
        "gaussian", "everything", "say",    "invert", " ",           " ",   "|", "\n",    "\"", "\\",   "=",
        "#",        "2",          "sigma=", "mix=",   "roi=1x1+0+0", "50%", ",", "size=", "x",  "\xff", "-"
    };
    for (int i = 0; i < 20000; i++) {
        qn_strbuf text = { 0 };
        qn_error err = { 0 };
        flt_chain chain = { 0 };
        for (unsigned n = random_below(12); n > 0; n--)
            sb_add(&text, piece[random_below(sizeof piece / sizeof piece[0])]);
        if (!flt_chain_parse(&chain, sb_str(&text), "-f", &err))
            CHECK_MSG(err.code == QN_USAGE && strncmp(err.text, "-f:", 3) == 0 && chain.n == 0, "%s: %s", sb_str(&text),
                      err.text);
        sb_free(&text);
        flt_chain_free(&chain);
    }
}

static void test_lookup(void)
{
    size_t used = 0;
    double v = 0;
    CHECK(flt_find("blur", 4) == &gauss && flt_find("soft", 4) == &gauss && flt_find("invert", 6) == &invert);
    CHECK(!flt_find("Invert", 6) && !flt_find("", 0) && !flt_find("blur|soft", 9) && !flt_find("inver", 5));
    CHECK_EQ_STR(flt_nearest("invret", 6), "invert");
    CHECK_EQ_STR(flt_nearest("bluur", 5), "gaussian");
    CHECK_EQ_STR(flt_nearest("zzzz", 4), NULL);
    CHECK_EQ_INT(flt_param_count(&all), FLT_MAX_PARAMS);
    CHECK(flt_read_number("1.5e-3px", 8, &v, &used) && v == 1.5e-3 && used == 6);
    CHECK(!flt_read_number(".", 1, &v, &used) && !flt_read_number("+", 1, &v, &used));
    float c[4];
    CHECK(flt_read_colour("RebeccaPurple", 13, c) && lrintf(c[0] * 255) == 0x66 && lrintf(c[2] * 255) == 0x99);
    CHECK(flt_read_colour("transparent", 11, c) && c[3] == 0);
}

static void test_help(void)
{
    qn_strbuf out = { 0 };
    flt_help(&gauss, &out);
    CHECK(strstr(sb_str(&out), "gaussian sigma [radius] [KEY=VALUE ...]"));
    CHECK(strstr(sb_str(&out), "sigma: number, 0.01..500 px; must be given"));
    CHECK(strstr(sb_str(&out), "also called blur, soft"));
    sb_clear(&out);
    flt_list(&out);
    CHECK(strstr(sb_str(&out), "\ninvert      point     negates\n"));
    sb_clear(&out);
    flt_list_json(&out);
    CHECK(sb_ok(&out) && strstr(sb_str(&out), "\"aliases\":[\"blur\",\"soft\"]"));
    sb_free(&out);
}

int main(void)
{
    test_errors_structure();
    test_errors_numbers();
    test_errors_types();
    test_reads();
    test_stage_members();
    test_print_parses_back();
    test_noise_is_survived();
    test_lookup();
    test_help();
    return check_summary();
}
