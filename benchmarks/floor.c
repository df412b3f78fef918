/* floor IN OUT THREADS [QUALITY [planes]]: decodes every JPEG of a folder to RGB and encodes it again (baseline, 4:2:0,
 * quality 90 where none is given), with nothing between: the floor under any tool that filters JPEGs with
 * libjpeg-turbo. It shares no code with quern on purpose: it is what quern is measured against.
 *
 * With `planes`, the samples stay as the file has them: YCbCr, chroma at half its size (pictures that have another form
 * are left out, and named). What that saves is all that could be saved if a device did the upsampling and the
 * conversion of colours for nothing. */
#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

enum { MAX_THREADS = 256, ROWS = 16 };

typedef struct job {
    const char *in, *out;
    char **name;
    size_t n;
    int quality;
    bool planes;
    atomic_size_t next;
    atomic_bool failed;
} job;

typedef struct picture {
    unsigned char *pixels; /* RGB, rows without gaps; or three planes of whole blocks */
    unsigned w, h;
} picture;

/* The planes' rows from `y` of the luma on, as many as one row of blocks has. */
typedef struct block_row {
    JSAMPROW row[3][ROWS];
    JSAMPARRAY plane[3];
} block_row;

/* The whole file in memory, owned by the caller; NULL where it cannot be read. */
static unsigned char *read_file(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    unsigned char *data = NULL;
    long size = -1;
    if (f && fseek(f, 0, SEEK_END) == 0)
        size = ftell(f);
    if (size > 0) {
        *len = (size_t)size;
        rewind(f);
        data = malloc(*len);
        if (data && fread(data, 1, *len, f) != *len) {
            free(data);
            data = NULL;
        }
    }
    if (f)
        fclose(f);
    return data;
}

static unsigned blocks_up(unsigned n)
{
    return (n + ROWS - 1) / ROWS * ROWS;
}

static void point_at(block_row *b, const picture *p, unsigned y)
{
    const size_t w = blocks_up(p->w), luma = w * blocks_up(p->h);
    for (unsigned i = 0; i < ROWS; i++)
        b->row[0][i] = p->pixels + (y + i) * w;
    for (unsigned c = 1; c < 3; c++)
        for (unsigned i = 0; i < ROWS / 2; i++)
            b->row[c][i] = p->pixels + luma + (c - 1) * luma / 4 + (y / 2 + i) * (w / 2);
    for (unsigned c = 0; c < 3; c++)
        b->plane[c] = b->row[c];
}

static bool halves_chroma(const struct jpeg_decompress_struct *d)
{
    const jpeg_component_info *c = d->comp_info;
    return d->jpeg_color_space == JCS_YCbCr && c[0].h_samp_factor == 2 && c[0].v_samp_factor == 2 &&
           c[1].h_samp_factor == 1 && c[1].v_samp_factor == 1 && c[2].h_samp_factor == 1 && c[2].v_samp_factor == 1;
}

/* libjpeg's own error handler ends the process with a message: right for a benchmark, whose pictures are good. */
static bool decode(const unsigned char *data, size_t len, bool planes, picture *p)
{
    struct jpeg_decompress_struct d;
    struct jpeg_error_mgr err;
    d.err = jpeg_std_error(&err);
    jpeg_create_decompress(&d);
    jpeg_mem_src(&d, data, (unsigned long)len);
    jpeg_read_header(&d, TRUE);
    d.out_color_space = planes ? JCS_YCbCr : JCS_RGB;
    d.raw_data_out = planes;
    jpeg_start_decompress(&d);
    p->w = d.output_width;
    p->h = d.output_height;
    if (planes && halves_chroma(&d))
        p->pixels = malloc((size_t)blocks_up(p->w) * blocks_up(p->h) * 3 / 2);
    else if (!planes)
        p->pixels = malloc((size_t)p->w * p->h * 3);
    while (planes && p->pixels && d.output_scanline < p->h) {
        block_row b;
        point_at(&b, p, d.output_scanline);
        jpeg_read_raw_data(&d, b.plane, ROWS);
    }
    while (p->pixels && d.output_scanline < p->h) {
        JSAMPROW rows[ROWS];
        const unsigned left = p->h - d.output_scanline, n = left < ROWS ? left : ROWS;
        for (unsigned i = 0; i < n; i++)
            rows[i] = p->pixels + (size_t)(d.output_scanline + i) * p->w * 3;
        jpeg_read_scanlines(&d, rows, n);
    }
    if (p->pixels)
        jpeg_finish_decompress(&d);
    jpeg_destroy_decompress(&d);
    return p->pixels != NULL;
}

static bool encode(const picture *p, int quality, bool planes, const char *path)
{
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr err;
    unsigned char *out = NULL;
    unsigned long len = 0;
    c.err = jpeg_std_error(&err);
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &out, &len);
    c.image_width = p->w;
    c.image_height = p->h;
    c.input_components = 3;
    c.in_color_space = planes ? JCS_YCbCr : JCS_RGB;
    jpeg_set_defaults(&c); /* 4:2:0 */
    jpeg_set_quality(&c, quality, TRUE);
    c.raw_data_in = planes;
    jpeg_start_compress(&c, TRUE);
    while (planes && c.next_scanline < p->h) {
        block_row b;
        point_at(&b, p, c.next_scanline);
        jpeg_write_raw_data(&c, b.plane, ROWS);
    }
    while (c.next_scanline < p->h) {
        JSAMPROW rows[ROWS];
        const unsigned left = p->h - c.next_scanline, n = left < ROWS ? left : ROWS;
        for (unsigned i = 0; i < n; i++)
            rows[i] = p->pixels + (size_t)(c.next_scanline + i) * p->w * 3;
        jpeg_write_scanlines(&c, rows, n);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    FILE *f = fopen(path, "wb");
    bool ok = f && fwrite(out, 1, len, f) == len;
    if (f && fclose(f) != 0)
        ok = false;
    free(out);
    return ok;
}

static bool one(const job *j, const char *name)
{
    char from[4096], to[4096];
    picture p = { 0 };
    size_t len = 0;
    snprintf(from, sizeof from, "%s/%s", j->in, name);
    snprintf(to, sizeof to, "%s/%s", j->out, name);
    unsigned char *data = read_file(from, &len);
    const bool ok = data && decode(data, len, j->planes, &p) && encode(&p, j->quality, j->planes, to);
    if (!ok)
        fprintf(stderr, "floor: %s: failed\n", from);
    free(p.pixels);
    free(data);
    return ok;
}

static void *work(void *arg)
{
    job *j = arg;
    for (size_t i; (i = atomic_fetch_add(&j->next, 1)) < j->n;)
        if (!one(j, j->name[i]))
            atomic_store(&j->failed, true);
    return NULL;
}

static bool list_folder(job *j)
{
    DIR *d = opendir(j->in);
    bool ok = d != NULL;
    for (struct dirent *e; ok && (e = readdir(d));) {
        if (!strstr(e->d_name, ".jpg"))
            continue;
        char **more = realloc(j->name, (j->n + 1) * sizeof *j->name);
        if (more)
            j->name = more;
        ok = more && (j->name[j->n] = strdup(e->d_name));
        if (ok)
            j->n++;
    }
    if (d)
        closedir(d);
    return ok;
}

int main(int argc, char **argv)
{
    const bool planes = argc == 6 && strcmp(argv[5], "planes") == 0;
    if (argc != 4 && argc != 5 && !planes) {
        fprintf(stderr, "usage: floor IN OUT THREADS [QUALITY [planes]]\n");
        return 2;
    }
    job j = { .in = argv[1], .out = argv[2], .quality = argc >= 5 ? atoi(argv[4]) : 90, .planes = planes };
    if (!list_folder(&j))
        atomic_store(&j.failed, true);
    pthread_t thread[MAX_THREADS];
    const int want = atoi(argv[3]);
    int running = 0;
    while (running < want && running < MAX_THREADS && pthread_create(&thread[running], NULL, work, &j) == 0)
        running++;
    for (int i = 0; i < running; i++)
        pthread_join(thread[i], NULL);
    for (size_t i = 0; i < j.n; i++)
        free(j.name[i]);
    free(j.name);
    return running == 0 || atomic_load(&j.failed);
}
