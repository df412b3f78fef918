#include "check.h"
#include "outfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[] = "/tmp/quern-outfile-XXXXXX";

static void content_is(const char *path, const char *text)
{
    qn_bytes b = { 0 };
    qn_error err = { 0 };
    CHECK(io_read_file(path, &b, NULL, &err));
    CHECK(b.len == strlen(text) && memcmp(b.data, text, b.len) == 0);
    qn_bytes_free(&b);
}

static unsigned entries(const char *path)
{
    unsigned n = 0;
    DIR *d = opendir(path);
    for (const struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d))
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    if (d)
        (void)closedir(d);
    return n;
}

static void clean(void)
{
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf '%s'/* '%s'/.[!.]*", dir, dir);
    CHECK(system(command) == 0);
}

static bool put(const char *path, const char *text, io_write_options options, qn_error *err)
{
    *err = (qn_error){ 0 };
    return io_write_file(path, text, strlen(text), &options, err);
}

static void test_new_and_replace(void)
{
    qn_error err;
    CHECK(put("a", "one", (io_write_options){ 0 }, &err));
    content_is("a", "one");
    CHECK(!put("a", "two", (io_write_options){ 0 }, &err));
    CHECK_EQ_INT(err.code, QN_EXISTS);
    content_is("a", "one");
    for (int sync = IO_SYNC_REPLACE; sync <= IO_SYNC_NEVER; sync++) {
        CHECK(put("a", "two", (io_write_options){ .replace = true, .sync = (io_sync)sync }, &err));
        content_is("a", "two");
        CHECK(put("b", "", (io_write_options){ .replace = true, .sync = (io_sync)sync }, &err));
        content_is("b", "");
        CHECK(unlink("b") == 0);
    }
    CHECK_EQ_INT(entries("."), 1);
    clean();
}

static void test_directories(void)
{
    qn_error err;
    CHECK(!put("x/y/z", "t", (io_write_options){ 0 }, &err));
    CHECK_EQ_INT(err.code, QN_IO);
    CHECK(put("x/y//z", "t", (io_write_options){ .make_dirs = true }, &err));
    content_is("x/y/z", "t");
    CHECK(!put("x/y/z/w", "t", (io_write_options){ .make_dirs = true }, &err)); /* a file in the way */
    CHECK_EQ_INT(err.code, QN_IO);
    CHECK(!put("x/y", "t", (io_write_options){ .replace = true }, &err)); /* a directory in the way */
    CHECK_EQ_INT(err.code, QN_IO);
    CHECK(!put("x/", "t", (io_write_options){ .replace = true }, &err));
    CHECK(!put("", "t", (io_write_options){ 0 }, &err));
    clean();
}

static void test_links(void)
{
    qn_error err;
    struct stat st;
    CHECK(mkdir("d", 0777) == 0 && symlink("d/real", "link") == 0 && symlink("loop", "loop") == 0);
    CHECK(!put("link", "t", (io_write_options){ 0 }, &err)); /* it exists, though it points to nothing */
    CHECK_EQ_INT(err.code, QN_EXISTS);
    CHECK(put("link", "t", (io_write_options){ .replace = true }, &err));
    CHECK(lstat("link", &st) == 0 && S_ISLNK(st.st_mode));
    content_is("d/real", "t");
    CHECK(put("link", "u", (io_write_options){ .replace = true }, &err));
    content_is("d/real", "u");
    CHECK(!put("loop", "t", (io_write_options){ .replace = true }, &err));
    CHECK_EQ_INT(err.code, QN_IO);
    CHECK_EQ_INT(entries("d"), 1);
    clean();
}

static void test_special_files(void)
{
    qn_error err;
    qn_bytes b = { 0 };
    CHECK(mkfifo("fifo", 0666) == 0);
    CHECK(!put("fifo", "t", (io_write_options){ .replace = true }, &err));
    CHECK_EQ_INT(err.code, QN_IO);
    CHECK(!put("/dev/null", "t", (io_write_options){ .replace = true }, &err));
    CHECK(!io_read_file("fifo", &b, NULL, &err));
    err = (qn_error){ 0 };
    CHECK(!io_read_file("fifo", &b, NULL, &err));
    CHECK_EQ_INT(err.code, QN_INPUT);
    CHECK_EQ_STR(err.text, "is a FIFO, not a file");
    err = (qn_error){ 0 };
    CHECK(!io_read_file("/dev/zero", &b, NULL, &err));
    CHECK_EQ_INT(err.code, QN_INPUT);
    err = (qn_error){ 0 };
    CHECK(!io_read_file(".", &b, NULL, &err));
    CHECK_EQ_STR(err.text, "is a directory, not a file");
    err = (qn_error){ 0 };
    CHECK(!io_read_file("absent", &b, NULL, &err));
    CHECK_EQ_INT(err.code, QN_IO);
    qn_bytes_free(&b);
    clean();
}

static void test_names(void)
{
    qn_error err;
    char longest[256], longer[257];
    memset(longest, 'x', 255);
    memset(longer, 'x', 256);
    longest[255] = longer[256] = '\0';
    CHECK(put(longest, "t", (io_write_options){ 0 }, &err));
    CHECK(put(longest, "u", (io_write_options){ .replace = true }, &err));
    content_is(longest, "u");
    CHECK(!put(longer, "t", (io_write_options){ 0 }, &err));
    CHECK_EQ_INT(err.code, QN_IO);
    CHECK(put("-n\n\x1b%s\xff", "t", (io_write_options){ 0 }, &err));
    content_is("-n\n\x1b%s\xff", "t");
    clean();
}

static void test_mode_and_times(void)
{
    qn_error err;
    struct stat like = { .st_mode = 0640 }, st;
    like.st_mtim.tv_sec = like.st_atim.tv_sec = 1000000000;
    CHECK(put("a", "t", (io_write_options){ .like = &like, .keep_times = true }, &err));
    CHECK(stat("a", &st) == 0 && (st.st_mode & 07777) == 0640 && st.st_mtim.tv_sec == 1000000000);
    CHECK(put("b", "t", (io_write_options){ .like = &like }, &err));
    CHECK(stat("b", &st) == 0 && st.st_mtim.tv_sec > 1000000000);
    const mode_t mask = umask(027);
    CHECK(put("c", "t", (io_write_options){ 0 }, &err));
    CHECK(stat("c", &st) == 0 && (st.st_mode & 07777) == 0640);
    (void)umask(mask);
    clean();
}

/* A disk that is full after 64 KiB, by the file size limit: an error, the old file, and nothing left over. */
static void test_no_room(void)
{
    qn_error err = { 0 };
    char *big = calloc(1, 1 << 20);
    const struct rlimit small = { 65536, RLIM_INFINITY };
    struct rlimit old;
    CHECK(big && put("a", "old", (io_write_options){ 0 }, &err));
    CHECK(getrlimit(RLIMIT_FSIZE, &old) == 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
    const io_write_options replace = { .replace = true }, fresh = { 0 };
    CHECK(!io_write_file("a", big, 1 << 20, &replace, &err));
    CHECK_EQ_INT(err.code, QN_IO);
    err = (qn_error){ 0 };
    CHECK(!io_write_file("b", big, 1 << 20, &fresh, &err));
    CHECK_EQ_INT(err.code, QN_IO);
    CHECK(setrlimit(RLIMIT_FSIZE, &old) == 0);
    content_is("a", "old");
    CHECK_EQ_INT(entries("."), 1);
    free(big);
    clean();
}

static void *write_many(void *arg)
{
    qn_error err;
    unsigned *won = arg;
    for (int i = 0; i < 100; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "new-%d", i);
        if (put(name, "whole", (io_write_options){ 0 }, &err))
            ++*won;
        else
            CHECK_EQ_INT(err.code, QN_EXISTS);
        CHECK(put("same", "whole", (io_write_options){ .replace = true, .sync = IO_SYNC_NEVER }, &err));
        content_is("same", "whole");
    }
    return NULL;
}

/* Of several that make one name, one wins; and a file that is replaced all the time is always whole. */
static void test_threads(void)
{
    pthread_t thread[4];
    unsigned won[4] = { 0 };
    for (int i = 0; i < 4; i++)
        CHECK(pthread_create(&thread[i], NULL, write_many, &won[i]) == 0);
    for (int i = 0; i < 4; i++)
        CHECK(pthread_join(thread[i], NULL) == 0);
    CHECK_EQ_INT(won[0] + won[1] + won[2] + won[3], 100);
    CHECK_EQ_INT(entries("."), 101);
    clean();
}

static void on_term(int signal_number)
{
    (void)signal_number;
    io_remove_temporaries();
    _exit(42);
}

/* A process that replaces one file over and over is ended at random moments: the file is whole, and no temporary name
 * is left when its handler could run. */
static void test_signals(void)
{
    qn_error err;
    CHECK(put("a", "0123456789", (io_write_options){ 0 }, &err));
    for (int i = 0; i < 40; i++) {
        const pid_t pid = fork();
        if (pid == 0) {
            (void)signal(SIGTERM, on_term);
            for (;;)
                (void)put("a", "0123456789", (io_write_options){ .replace = true, .sync = IO_SYNC_NEVER }, &err);
        }
        const struct timespec pause = { 0, 2000000 + i * 100000 };
        (void)nanosleep(&pause, NULL);
        int status;
        CHECK(kill(pid, SIGTERM) == 0 && waitpid(pid, &status, 0) == pid);
        content_is("a", "0123456789");
        CHECK_EQ_INT(entries("."), 1);
    }
    clean();
}

static void test_pipe(void)
{
    int fd[2];
    qn_error err = { 0 };
    qn_bytes b = { 0 };
    (void)signal(SIGPIPE, SIG_IGN);
    CHECK(pipe2(fd, O_NONBLOCK) == 0);
    CHECK(io_write_fd(fd[1], "hello", 5, &err));
    CHECK(close(fd[1]) == 0);
    CHECK(io_read_fd(fd[0], &b, &err) && b.len == 5 && memcmp(b.data, "hello", 5) == 0);
    CHECK(close(fd[0]) == 0);
    CHECK(pipe(fd) == 0 && close(fd[0]) == 0);
    CHECK(!io_write_fd(fd[1], "hello", 5, &err));
    CHECK_EQ_INT(err.code, QN_IO);
    CHECK(close(fd[1]) == 0);
    err = (qn_error){ 0 };
    CHECK(!io_read_fd(-1, &b, &err));
    CHECK_EQ_INT(err.code, QN_IO);
    const int full = open("/dev/full", O_WRONLY);
    err = (qn_error){ 0 };
    CHECK(!io_write_fd(full, "hello", 5, &err));
    CHECK_EQ_STR(err.text, "cannot write: No space left on device");
    CHECK(close(full) == 0);
    qn_bytes_free(&b);
}

static void test_all(void)
{
    test_new_and_replace();
    test_directories();
    test_links();
    test_special_files();
    test_names();
    test_mode_and_times();
    test_no_room();
    test_threads();
    test_signals();
    test_pipe();
}

/* clang-format off */
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, field))
#define UNLESS(condition, value, skip) BPF_JUMP(BPF_JMP | condition | BPF_K, (value), 0, (skip))
#define ANSWER(value)                  BPF_STMT(BPF_RET | BPF_K, (value))
/* clang-format on */

/* From here on the kernel denies `call`; with `flags`, only where its third argument has all of them. */
static bool deny(long call, uint32_t flag, int code)
{
    struct sock_filter code_of[] = {
        LOAD(nr),
        UNLESS(BPF_JEQ, (uint32_t)call, 3),
        LOAD(args[2]), /* the low half, on little-endian machines */
        UNLESS(BPF_JSET, flag, 1),
        ANSWER(SECCOMP_RET_ERRNO | (uint32_t)code),
        ANSWER(SECCOMP_RET_ALLOW),
    };
    if (flag == 0) /* any argument will do */
        code_of[3] = (struct sock_filter)UNLESS(BPF_JGE, 0, 1);
    struct sock_fprog program = { sizeof code_of / sizeof code_of[0], code_of };
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* Everything once more in processes where unnamed files are unknown, cannot be linked, or where renameat2() is
 * unknown as well: the other ways must do the same. */
static void test_other_ways(void)
{
    for (int way = 0; way < 3; way++) {
        (void)fflush(stdout);
        const pid_t pid = fork();
        if (pid == 0) {
            const uint32_t unnamed = O_TMPFILE & ~O_DIRECTORY;
            bool ok = way == 1 ? deny(SYS_linkat, 0, EPERM) : deny(SYS_openat, unnamed, EOPNOTSUPP);
            if (way == 2)
                ok = ok && deny(SYS_renameat2, 0, EINVAL);
            if (!ok)
                printf("no seccomp here: not tested\n");
            else
                test_all();
            exit(check_summary());
        }
        int status = -1;
        CHECK(waitpid(pid, &status, 0) == pid);
        CHECK_EQ_INT(status, 0);
    }
}

int main(void)
{
    if (!mkdtemp(dir) || chdir(dir) != 0)
        return 1;
    test_all();
    test_other_ways();
    CHECK(chdir("/") == 0 && rmdir(dir) == 0);
    return check_summary();
}
