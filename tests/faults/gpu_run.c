/* A small run on the device, as the pipeline does it: two slots, five pictures, one more try for a picture that failed.
 *
 *   gpu_run shared|copied CACHE_DIR
 *
 * Exit code 0: all pictures right; 1: an error, named on stderr in one line; 3: a wrong picture that nobody told of. */
#include "../unit/gpu_small_plan.h"

enum { RIGHT = 0, FAILED = 1, WRONG = 3, SLOTS = 2, PICTURES = 5 };

typedef struct flight {
    gpu_host *in, *out;
    small_sized sized;
    gpu_ticket ticket;
    unsigned seed;
    bool up;
} flight;

static bool start(gpu *g, gpu_program *p, flight *f, unsigned seed, qn_error *err)
{
    f->seed = seed;
    small_plan_size(&f->sized, 60 + seed * 20, 40 + seed * 9);
    uint8_t *in = gpu_host_reserve(f->in, f->sized.extent[0].bytes, err);
    if (!in || !gpu_host_reserve(f->out, f->sized.extent[1].bytes, err))
        return false;
    small_fill(in, f->sized.extent[0].bytes, seed);
    f->up = gpu_submit(g, p, &f->sized.sized, f->in, f->out, 0, &f->ticket, err);
    return f->up;
}

static bool finish(gpu *g, flight *f, int *exit_code, qn_error *err)
{
    gpu_times times;
    f->up = false;
    if (!gpu_finish(g, f->ticket, &times, err))
        return false;
    if (!small_right(gpu_host_data(f->out), &f->sized, f->seed))
        *exit_code = WRONG;
    return true;
}

static int pictures(gpu *g, gpu_program *p, qn_error *err)
{
    flight f[SLOTS] = { { .up = false } };
    int exit_code = RIGHT;
    for (int i = 0; i < SLOTS; i++) {
        f[i].in = gpu_host_create(g);
        f[i].out = gpu_host_create(g);
    }
    for (unsigned i = 0; i < PICTURES + SLOTS && exit_code == RIGHT; i++) {
        flight *k = &f[i % SLOTS];
        if (k->up && !finish(g, k, &exit_code, err)) {
            qn_error_clear(err);
            if (!start(g, p, k, k->seed, err) || !finish(g, k, &exit_code, err))
                exit_code = FAILED;
        }
        if (i < PICTURES && exit_code == RIGHT && !start(g, p, k, i, err)) {
            qn_error_clear(err);
            if (!start(g, p, k, i, err))
                exit_code = FAILED;
        }
    }
    for (int i = 0; i < SLOTS; i++) {
        int ignored;
        if (f[i].up)
            (void)finish(g, &f[i], &ignored, NULL);
        gpu_host_free(&f[i].in);
        gpu_host_free(&f[i].out);
    }
    return exit_code;
}

int main(int argc, char **argv)
{
    gpu_devices devices = { .item = NULL };
    qn_error err = { .code = QN_OK };
    int exit_code = FAILED;
    gpu *g = NULL;
    small_plan plan;
    small_plan_init(&plan, SMALL_TEXT);
    if (argc != 3)
        return 2;
    bool copied = !strcmp(argv[1], "copied");
    gpu_settings settings = { .slots = SLOTS,
                              .cache = true,
                              .cache_dir = argv[2],
                              .profile = true,
                              .transfer = copied ? GPU_TRANSFER_COPIED : GPU_TRANSFER_SHARED };
    const gpu_device *device = NULL;
    if (gpu_devices_list(&devices, &err))
        device = gpu_device_choose(&devices, "auto", NULL, &err);
    if (device)
        g = gpu_open(device, &settings, &err);
    gpu_program *p = g ? gpu_program_get(g, &plan.plan, &err) : NULL;
    if (p)
        exit_code = pictures(g, p, &err);
    gpu_close(&g);
    gpu_devices_free(&devices);
    if (exit_code == FAILED)
        fprintf(stderr, "%s\n", err.text);
    return exit_code == FAILED && !err.text[0] ? WRONG : exit_code;
}
