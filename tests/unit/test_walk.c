#include "check.h"
#include "walk.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/quern-walk-XXXXXX";

static void touch(const char *path)
{
    const int fd = open(path, O_WRONLY | O_CREAT, 0666);
    CHECK(fd >= 0 && close(fd) == 0);
}

/* The rel of every input, each with a space behind it. */
static void rels_are(const io_inputs *in, const char *want)
{
    char all[1024] = "";
    for (size_t i = 0; i < in->n; i++) {
        strcat(all, in->item[i].rel);
        strcat(all, " ");
    }
    CHECK_EQ_STR(all, want);
}

static io_inputs add(const char *arg, io_walk_options options)
{
    io_inputs in = { 0 };
    qn_error err = { 0 };
    CHECK(io_inputs_add(&in, arg, &options, &err));
    return in;
}

static void make_tree(void)
{
    static const char *const dirs[] = { "t", "t/sub", "t/sub/deep", "t/.hidden", "t/other" };
    static const char *const files[] = { "t/b.png",     "t/a.png",          "t/Z.png",         "t/.x.png",
                                         "t/sub/c.png", "t/sub/deep/d.png", "t/.hidden/e.png", "t/other/f.png",
                                         "t/\xff",      "t/\xc3\xa4" };
    for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++)
        CHECK(mkdir(dirs[i], 0777) == 0);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        touch(files[i]);
    CHECK(mkfifo("t/fifo", 0666) == 0);
    CHECK(symlink("../sub", "t/other/to-sub") == 0);
    CHECK(symlink("..", "t/sub/up") == 0);
    CHECK(symlink("a.png", "t/link.png") == 0);
    CHECK(symlink("nothing", "t/dangling") == 0);
}

static void test_directories(void)
{
    io_inputs in = add("t", (io_walk_options){ 0 });
    rels_are(&in, "Z.png a.png b.png link.png \xc3\xa4 \xff ");
    CHECK_EQ_INT(in.skipped, 2); /* the FIFO and the dangling link */
    CHECK_EQ_INT(in.failures, 0);
    CHECK_EQ_STR(in.item[0].path, "t/Z.png");
    CHECK(!in.item[0].named);
    io_inputs_free(&in);

    in = add("t/", (io_walk_options){ .recurse = true });
    rels_are(&in, "Z.png a.png b.png link.png \xc3\xa4 \xff other/f.png sub/c.png sub/deep/d.png ");
    CHECK_EQ_STR(in.item[8].path, "t/sub/deep/d.png");
    CHECK_EQ_INT(in.skipped, 4); /* and two links to directories */
    io_inputs_free(&in);

    /* links followed: the loop through "up" is cut, and what was met as other/to-sub is not met again as sub */
    in = add("t", (io_walk_options){ .recurse = true, .follow_links = true });
    rels_are(&in, "Z.png a.png b.png link.png \xc3\xa4 \xff other/f.png other/to-sub/c.png other/to-sub/deep/d.png ");
    io_inputs_free(&in);
}

static void test_named(void)
{
    io_inputs in = { 0 };
    qn_error err = { 0 };
    const io_walk_options options = { 0 };
    CHECK(io_inputs_add(&in, "t/sub/c.png", &options, &err));
    CHECK(io_inputs_add(&in, "t/link.png", &options, &err));
    CHECK(io_inputs_add(&in, "-", &options, &err));
    CHECK(io_inputs_add(&in, "absent", &options, &err));
    CHECK(io_inputs_add(&in, "t/fifo", &options, &err));
    CHECK(io_inputs_add(&in, "", &options, &err));
    rels_are(&in, "c.png link.png stdin ");
    CHECK(in.item[0].named && in.item[2].named);
    CHECK_EQ_STR(in.item[2].path, "-");
    if (CHECK_EQ_INT(in.failures, 3)) {
        CHECK_EQ_STR(in.failure_path[0], "absent");
        CHECK_EQ_STR(in.failure[0].text, "cannot open: No such file or directory");
        CHECK_EQ_STR(in.failure_path[1], "t/fifo");
        CHECK_EQ_INT(in.failure[1].code, QN_INPUT);
    }
    io_inputs_free(&in);
    io_inputs_free(NULL);
}

static void check_list(const char *text, size_t len, bool nul, const char *want)
{
    io_inputs in = { 0 };
    qn_error err = { 0 };
    const io_walk_options options = { 0 };
    int fd[2];
    CHECK(pipe(fd) == 0 && write(fd[1], text, len) == (ssize_t)len && close(fd[1]) == 0);
    CHECK(io_inputs_add_list(&in, fd[0], nul, &options, &err));
    CHECK(close(fd[0]) == 0);
    rels_are(&in, want);
    CHECK_EQ_INT(in.failures, 0);
    io_inputs_free(&in);
}

static void test_lists(void)
{
    touch("new\nline");
    check_list("t/a.png\n\nt/b.png\n", 17, false, "a.png b.png ");
    check_list("t/a.png\nt/other", 15, false, "a.png f.png "); /* a directory, and no newline at the end */
    check_list("t/a.png\0new\nline", 17, true, "a.png new\nline ");
    check_list("", 0, false, "");
    io_inputs in = { 0 };
    qn_error err = { 0 };
    const io_walk_options options = { 0 };
    CHECK(!io_inputs_add_list(&in, -1, false, &options, &err));
    CHECK_EQ_INT(err.code, QN_IO);
    io_inputs_free(&in);
}

/* Many failures and many inputs: the arrays grow. */
static void test_many(void)
{
    io_inputs in = { 0 };
    qn_error err = { 0 };
    const io_walk_options options = { 0 };
    for (int i = 0; i < 100; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "absent-%d", i);
        CHECK(io_inputs_add(&in, name, &options, &err) && io_inputs_add(&in, "t/a.png", &options, &err));
    }
    CHECK_EQ_INT(in.failures, 100);
    CHECK_EQ_INT(in.n, 100);
    CHECK_EQ_STR(in.failure_path[99], "absent-99");
    io_inputs_free(&in);
}

int main(void)
{
    char command[64];
    if (!mkdtemp(dir) || chdir(dir) != 0)
        return 1;
    make_tree();
    test_directories();
    test_named();
    test_lists();
    test_many();
    (void)snprintf(command, sizeof command, "rm -rf '%s'", dir);
    CHECK(system(command) == 0);
    return check_summary();
}
