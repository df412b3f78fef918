#include "check.h"
#include "naming.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/quern-naming-XXXXXX";

static void name_is(const char *target, const char *rel, const char *ext, const char *want)
{
    char path[64], own_rel[64];
    (void)snprintf(path, sizeof path, "in/%s", rel);
    (void)snprintf(own_rel, sizeof own_rel, "%s", rel);
    const io_input input = { path, own_rel, false };
    const io_name_parts parts = { .input = &input, .index = 7, .ext = ext, .w = 640, .h = 480 };
    io_target t;
    qn_error err = { 0 };
    qn_strbuf out = { 0 };
    bool needs_size = false;
    if (CHECK(io_target_parse(&t, target, &err))) {
        if (!io_target_name(&t, &parts, &out, &needs_size, &err))
            CHECK_EQ_STR("", want);
        else
            CHECK_EQ_STR(sb_str(&out), want);
        CHECK_EQ_INT(needs_size, strstr(target, "{w}") || strstr(target, "{h}"));
    }
    sb_free(&out);
}

static void test_names(void)
{
    name_is("out/", "a/b.jpg", "jpg", "out/a/b.jpg");
    name_is("out/", "a/b.JPG", "jpg", "out/a/b.JPG");
    name_is("out/", "a/b.jpeg", "jpg", "out/a/b.jpeg");
    name_is("out/", "b.JPG", "png", "out/b.png");
    name_is("out/", "b.jpg", NULL, "out/b.jpg");
    name_is("out/", "b", "png", "out/b.png");
    name_is("out/", "b", NULL, "out/b");
    name_is("out/", "IMG.2024-01", "png", "out/IMG.2024-01.png");
    name_is("out/", ".x", "png", "out/.x.png");
    name_is("out/", "b.pnm", "ppm", "out/b.pnm");
    name_is(".", "b.png", "png", "./b.png"); /* a directory that exists */
    name_is("f.png", "a/b.jpg", "jpg", "f.png");
    name_is("-", "a/b.jpg", "jpg", "-");
    name_is("o/{dir}{stem}-{w}x{h}.{ext}", "a/b/c.JPEG", "jpg", "o/a/b/c-640x480.JPEG");
    name_is("o/{name}", "a/b/c.png", "jpg", "o/c.jpg");
    name_is("{n}-{n:05}.png", "c.png", "png", "7-00007.png");
    name_is("x}{stem}", "c.png", "png", "x}c");
    name_is("{dir}", "c.png", "png", ""); /* names no file */
    name_is("{dir}", "a/c.png", "png", "");
}

static void parse_fails(const char *target, const char *part)
{
    io_target t;
    qn_error err = { 0 };
    CHECK(!io_target_parse(&t, target, &err));
    CHECK_EQ_INT(err.code, QN_USAGE);
    CHECK_MSG(strstr(err.text, part), "%s", err.text);
}

static void test_parse(void)
{
    io_target t;
    qn_error err = { 0 };
    parse_fails("", "empty");
    parse_fails("a{foo}.png", "unknown field {foo}");
    parse_fails("a{n:5}.png", "unknown field {n:5}");
    parse_fails("a{stem", "{stem has no closing }");
    parse_fails("a/{stem}/", "cannot end with /");
    CHECK(io_target_parse(&t, "-", &err) && t.kind == IO_TO_STDOUT);
    CHECK(io_target_parse(&t, "x/", &err) && t.kind == IO_TO_DIR);
    CHECK(io_target_parse(&t, ".", &err) && t.kind == IO_TO_DIR);
    CHECK(io_target_parse(&t, "x.png", &err) && t.kind == IO_TO_FILE);
    CHECK(io_target_parse(&t, "{n}", &err) && t.kind == IO_TO_TEMPLATE);
}

static void touch(const char *path)
{
    const int fd = open(path, O_WRONLY | O_CREAT, 0666);
    CHECK(fd >= 0 && close(fd) == 0);
}

/* Two inputs, their outputs; `want` is a part of the error, NULL: there is none. */
static void collide(const char *in0, const char *out0, const char *in1, const char *out1, bool in_place,
                    const char *want)
{
    char text[4][64];
    (void)snprintf(text[0], 64, "%s", in0);
    (void)snprintf(text[1], 64, "%s", in1);
    (void)snprintf(text[2], 64, "%s", out0 ? out0 : "");
    (void)snprintf(text[3], 64, "%s", out1 ? out1 : "");
    io_input items[2] = { { text[0], text[0], true }, { text[1], text[1], true } };
    const io_inputs in = { .item = items, .n = 2, .cap = 2 };
    char *const names[2] = { out0 ? text[2] : NULL, out1 ? text[3] : NULL };
    qn_error err = { 0 };
    const bool ok = io_check_collisions(&in, names, in_place, &err);
    CHECK_MSG(ok == (want == NULL), "%s %s: %s", in0, in1, err.text);
    if (want) {
        CHECK_EQ_INT(err.code, QN_USAGE);
        CHECK_MSG(strstr(err.text, want), "%s", err.text);
    }
}

static void test_collisions(void)
{
    touch("a");
    touch("b");
    CHECK(mkdir("d", 0777) == 0 && symlink("d", "e") == 0 && symlink("a", "to-a") == 0 && link("b", "hard-b") == 0);
    touch("d/old");
    touch("d/x");
    CHECK(link("d/x", "d/y") == 0);
    collide("a", "o/a", "b", "o/b", false, NULL);
    collide("a", "o/x", "b", "o/x", false, "'a' and 'b' would both be written to 'o/x'");
    collide("a", "o/x", "b", "./o//./x", false, "would both be written");
    collide("a", "d/old", "b", "e/old", false, "would both be written"); /* one file by two ways */
    collide("a", "d/x", "b", "d/y", false, NULL);                        /* hard links are replaced one by one */
    collide("a", "o/x", "b", NULL, false, NULL);
    collide("a", "-", "b", "-", false, NULL);
    collide("a", "a", "b", "o/b", false, "is the input 'a'");
    collide("a", "o/a", "b", "to-a", false, "is the input 'a'");
    collide("a", "o/a", "b", "hard-b", false, "is the input 'b'");
    collide("a", "a", "b", "b", true, NULL);
    collide("a", "b", "b", "o/b", true, "is the input 'b'");
    collide("a", "a", "to-a", "to-a", true, "would both be written");
    collide("b", "b", "hard-b", "hard-b", true, NULL);
    collide("-", "o/x", "a", "o/a", false, NULL);
}

/* A long list, all different, then one double at its end. */
static void test_many(void)
{
    enum { MANY = 3000 };
    io_input *items = calloc(MANY, sizeof *items);
    char **names = calloc(MANY, sizeof *names);
    if (!CHECK(items && names))
        return;
    for (int i = 0; i < MANY; i++) {
        names[i] = malloc(32);
        (void)snprintf(names[i], 32, "out/%d.png", i);
        items[i] = (io_input){ names[i], names[i], false };
    }
    const io_inputs in = { .item = items, .n = MANY, .cap = MANY };
    qn_error err = { 0 };
    CHECK(io_check_collisions(&in, names, false, &err));
    (void)snprintf(names[MANY - 1], 32, "out/0.png");
    CHECK(!io_check_collisions(&in, names, false, &err));
    for (int i = 0; i < MANY; i++)
        free(names[i]);
    free(names);
    free(items);
}

int main(void)
{
    char command[64];
    if (!mkdtemp(dir) || chdir(dir) != 0)
        return 1;
    test_names();
    test_parse();
    test_collisions();
    test_many();
    (void)snprintf(command, sizeof command, "rm -rf '%s'", dir);
    CHECK(system(command) == 0);
    return check_summary();
}
