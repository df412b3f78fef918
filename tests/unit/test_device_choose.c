/* Ranking and choosing among made-up devices. */
#include "check.h"
#include "device_rank.h"

#include <stdlib.h>

enum { MAX = 6 };

typedef struct world {
    gpu_device device[MAX];
    gpu_device_facts facts[MAX];
    gpu_devices list;
} world;

static char *text(const char *s)
{
    return (char *)(uintptr_t)s; /* not freed: clear() only frees what ranking made */
}

static gpu_device *add(world *w, const char *name, const char *platform_name, const char *type, unsigned gib,
                       bool shared)
{
    size_t i = w->list.n++;
    w->list.item = w->device;
    unsigned platform = 0, device = 0;
    for (size_t k = 0; k < i; k++) {
        if (!strcmp(w->device[k].platform_name, platform_name)) {
            platform = w->device[k].platform;
            device = w->device[k].device + 1;
            break;
        }
        platform = w->device[k].platform + 1;
    }
    for (size_t k = 0; k < i; k++)
        if (w->device[k].platform == platform && w->device[k].device >= device)
            device = w->device[k].device + 1;
    w->device[i] = (gpu_device){ .index = (unsigned)i,
                                 .platform = platform,
                                 .device = device,
                                 .name = text(name),
                                 .platform_name = text(platform_name),
                                 .vendor = text("V"),
                                 .driver = text("1"),
                                 .version = text("OpenCL 3.0"),
                                 .type = type,
                                 .memory = (uint64_t)gib << 30,
                                 .units = 8,
                                 .vendor_id = 0x1234,
                                 .shared_memory = shared };
    w->facts[i] = (gpu_device_facts){ .available = true, .compiler = true, .little_endian = true, .opencl_c_12 = true };
    return &w->device[i];
}

static void rank(world *w)
{
    qn_error err = { .code = QN_OK };
    CHECK(gpu_devices_rank(&w->list, w->facts, &err));
}

static void clear(world *w)
{
    for (size_t i = 0; i < w->list.n; i++)
        free(w->device[i].left_out);
    *w = (world){ .list = { .n = 0 } };
}

static int choice(const world *w, const char *spec, qn_code code, const char *say)
{
    qn_error err = { .code = QN_OK };
    const gpu_device *d = gpu_device_choose(&w->list, spec, NULL, &err);
    CHECK_EQ_INT(err.code, code);
    if (say)
        CHECK_MSG(strstr(err.text, say), "%s", err.text);
    return d ? (int)d->index : -1;
}

static void ranking(void)
{
    world w = { .list = { .n = 0 } };
    add(&w, "Some CPU", "PoCL", "cpu", 500, true);
    add(&w, "Some accelerator", "Acc", "accelerator", 500, false);
    add(&w, "Integrated", "Vendor A", "gpu", 64, true);
    add(&w, "Discrete 8", "Vendor B", "gpu", 8, false);
    add(&w, "Discrete 24", "Vendor B", "gpu", 24, false);
    rank(&w);
    CHECK(w.device[4].score > w.device[3].score && w.device[3].score > w.device[2].score);
    CHECK(w.device[2].score > w.device[1].score && w.device[1].score > w.device[0].score);
    CHECK(w.device[4].automatic && !w.device[3].automatic && !w.device[0].automatic);
    CHECK_EQ_INT(choice(&w, "auto", QN_OK, NULL), 4);
    CHECK_EQ_INT(choice(&w, NULL, QN_OK, NULL), 4);
    CHECK_EQ_INT(choice(&w, "all", QN_OK, NULL), 4);
    CHECK_EQ_INT(choice(&w, "GPU", QN_OK, NULL), 4);
    CHECK_EQ_INT(choice(&w, "cpu", QN_OK, NULL), 0);
    CHECK_EQ_INT(choice(&w, "2", QN_OK, NULL), 2);
    CHECK_EQ_INT(choice(&w, "3:0", QN_OK, NULL), 3);
    CHECK_EQ_INT(choice(&w, "3:1", QN_OK, NULL), 4);
    CHECK_EQ_INT(choice(&w, "integ", QN_OK, NULL), 2);
    CHECK_EQ_INT(choice(&w, "pocl", QN_OK, NULL), 0);
    CHECK_EQ_INT(choice(&w, "discrete", QN_USAGE, "Discrete 24"), -1);
    CHECK_EQ_INT(choice(&w, "5", QN_USAGE, "there are"), -1);
    CHECK_EQ_INT(choice(&w, "3:2", QN_USAGE, NULL), -1);
    CHECK_EQ_INT(choice(&w, "99999999999999999999", QN_USAGE, NULL), -1);
    CHECK_EQ_INT(choice(&w, "4294967296", QN_USAGE, NULL), -1);
    CHECK_EQ_INT(choice(&w, "1:", QN_USAGE, NULL), -1);
    CHECK_EQ_INT(choice(&w, "voodoo", QN_USAGE, "0 Some CPU"), -1);
    qn_strbuf note = { .s = NULL };
    CHECK(gpu_device_choose(&w.list, "all", &note, NULL) && note.len);
    sb_free(&note);
    w.device[4].units = w.device[3].units = 20;
    w.device[4].memory = w.device[3].memory;
    w.device[3].units = 30;
    rank(&w);
    CHECK_EQ_INT(choice(&w, "auto", QN_OK, NULL), 3); /* units break the tie */
    w.device[3].units = 20;
    rank(&w);
    CHECK_EQ_INT(choice(&w, "auto", QN_OK, NULL), 3); /* and of equals the first */
    clear(&w);
}

static void left_out(void)
{
    world w = { .list = { .n = 0 } };
    add(&w, "Oclgrind Simulator", "Oclgrind", "gpu", 128, true);
    rank(&w);
    CHECK_EQ_INT(w.device[0].score, GPU_SCORE_ASKED);
    CHECK_EQ_INT(choice(&w, "auto", QN_NODEVICE, "simulator"), -1);
    CHECK_EQ_INT(choice(&w, "oclgrind", QN_OK, NULL), 0);
    add(&w, "A CPU", "PoCL", "cpu", 4, true);
    rank(&w);
    CHECK_EQ_INT(choice(&w, "auto", QN_OK, NULL), 1);
    CHECK_EQ_INT(choice(&w, "gpu", QN_NODEVICE, "simulator"), -1);
    add(&w, "Off", "PX", "gpu", 4, false);
    w.facts[2].available = false;
    add(&w, "Mute", "PX", "gpu", 4, false);
    w.facts[3].compiler = false;
    add(&w, "Big end", "PX", "gpu", 4, false);
    w.facts[4].little_endian = false;
    add(&w, "Ancient", "PX", "gpu", 4, false);
    w.facts[5].opencl_c_12 = false;
    rank(&w);
    CHECK_EQ_INT(choice(&w, "auto", QN_OK, NULL), 1);
    CHECK_EQ_INT(choice(&w, "2", QN_NODEVICE, "not available"), -1);
    CHECK_EQ_INT(choice(&w, "mute", QN_NODEVICE, "compiler"), -1);
    CHECK_EQ_INT(choice(&w, "big", QN_NODEVICE, "little endian"), -1);
    CHECK_EQ_INT(choice(&w, "ancient", QN_NODEVICE, "OpenCL C 1.2"), -1);
    clear(&w);
    CHECK_EQ_INT(choice(&w, "auto", QN_NODEVICE, "apt-get install pocl-opencl-icd"), -1);
    CHECK_EQ_INT(choice(&w, "3", QN_NODEVICE, "no OpenCL device found"), -1);
}

static void twins(void)
{
    world w = { .list = { .n = 0 } };
    add(&w, "Card", "Vendor", "gpu", 8, false);
    add(&w, "Card", "Vendor", "gpu", 8, false); /* two cards */
    add(&w, "Card", "Mesa", "gpu", 8, false);   /* and both again */
    add(&w, "Card", "Mesa", "gpu", 8, false);
    add(&w, "A CPU", "PoCL", "cpu", 8, true);
    add(&w, "A CPU", "Intel", "cpu", 8, true); /* two drivers of one CPU are a choice */
    rank(&w);
    CHECK(!w.device[0].left_out && !w.device[1].left_out);
    CHECK(w.device[2].left_out && strstr(w.device[2].left_out, "0:0"));
    CHECK(w.device[3].left_out && strstr(w.device[3].left_out, "0:1"));
    CHECK(!w.device[4].left_out && !w.device[5].left_out);
    CHECK_EQ_INT(choice(&w, "1:0", QN_OK, NULL), 2); /* to be had if asked for */
    for (uint32_t i = 0; i < 4; i++) {
        w.facts[i].has_pci = true;
        w.facts[i].pci[1] = i; /* four cards after all */
    }
    rank(&w);
    CHECK(!w.device[2].left_out && !w.device[3].left_out);
    w.facts[3].pci[1] = 0;
    rank(&w);
    CHECK(w.device[3].left_out && strstr(w.device[3].left_out, "0:0"));
    clear(&w);
}

static void printing(void)
{
    world w = { .list = { .n = 0 } };
    char *skipped[] = { text("platform 3 (X\x1b): clGetDeviceIDs: no device") };
    add(&w, "Card \"A\"\x1b[2J", "Vendor", "gpu", 8, false);
    add(&w, "Oclgrind Simulator", "Oclgrind", "gpu", 128, true);
    w.list.skipped = skipped;
    w.list.n_skipped = 1;
    rank(&w);
    qn_strbuf out = { .s = NULL };
    gpu_devices_print(&w.list, &out);
    CHECK(sb_ok(&out) && strstr(out.s, "* 0  0:0") && strstr(out.s, "left out of auto: ") &&
          strstr(out.s, "skipped: "));
    CHECK(!strchr(sb_str(&out), '\x1b'));
    sb_clear(&out);
    gpu_devices_print_json(&w.list, &out);
    CHECK(sb_ok(&out) && strstr(out.s, "\"device\":\"Card \\\"A\\\"") && strstr(out.s, "\"automatic\":true"));
    CHECK(!strchr(sb_str(&out), '\x1b'));
    sb_free(&out);
    clear(&w);
}

int main(void)
{
    ranking();
    left_out();
    twins();
    printing();
    return check_summary();
}
