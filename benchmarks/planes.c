/* planes PHOTO.jpg [DEVICE]: would kernels that take and make a JPEG's own planes (YCbCr, 4:2:0) win? CPU time of
 * libjpeg-turbo with and without its conversions, beside the CPU time that an OpenCL device (the first CPU; DEVICE: a
 * part of another's name) takes for the same conversions, which are checked to give the same bytes. A fused load needs
 * no store of its own: `planar` leaves out the interleaving. Medians of 9, ms. */
#define CL_TARGET_OPENCL_VERSION 120
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <CL/cl.h>
#include <jpeglib.h>

#include "planes.cl.h"

enum { REPEATS = 9, ROWS = 16, RUN = 512, QUALITY = 90 };

typedef struct bench {
    unsigned char *file;
    size_t file_len;
    unsigned w, h, stride, rows; /* of the picture; of whole blocks */
    unsigned char *planes, *rgb, *made;
    unsigned char *jpeg[2]; /* written from RGB, from planes */
    unsigned long jpeg_len[2];
    cl_context context;
    cl_command_queue queue;
    cl_program program;
    cl_mem in, out;
} bench;

static double cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *v)
{
    qsort(v, REPEATS, sizeof *v, compare);
    return v[REPEATS / 2];
}

static size_t planes_bytes(const bench *b)
{
    return (size_t)b->stride * b->rows * 3 / 2;
}

/* The planes' rows from luma row y on. */
static void point_at(const bench *b, unsigned char *p, unsigned y, JSAMPROW row[3][ROWS])
{
    const size_t luma = (size_t)b->stride * b->rows;
    for (unsigned i = 0; i < ROWS; i++)
        row[0][i] = p + (size_t)(y + i) * b->stride;
    for (unsigned c = 1; c < 3; c++)
        for (unsigned i = 0; i < ROWS / 2; i++)
            row[c][i] = p + luma + (c - 1) * luma / 4 + (size_t)(y / 2 + i) * (b->stride / 2);
}

static bool decode(bench *b, bool planes)
{
    struct jpeg_decompress_struct d;
    struct jpeg_error_mgr err;
    d.err = jpeg_std_error(&err);
    jpeg_create_decompress(&d);
    jpeg_mem_src(&d, b->file, b->file_len);
    jpeg_read_header(&d, TRUE);
    d.raw_data_out = planes;
    if (planes)
        d.out_color_space = JCS_YCbCr;
    const jpeg_component_info *c = d.comp_info;
    bool ok = d.num_components == 3 && c[0].h_samp_factor == 2 && c[0].v_samp_factor == 2 && c[1].h_samp_factor == 1 &&
              c[1].v_samp_factor == 1;
    if (ok)
        jpeg_start_decompress(&d);
    if (ok && !b->planes) {
        b->w = d.output_width;
        b->h = d.output_height;
        b->stride = (b->w + ROWS - 1) / ROWS * ROWS;
        b->rows = (b->h + ROWS - 1) / ROWS * ROWS;
        b->planes = malloc(planes_bytes(b));
        b->made = calloc(1, planes_bytes(b));
        b->rgb = malloc((size_t)b->w * b->h * 3);
        ok = b->planes && b->made && b->rgb;
    }
    while (ok && d.output_scanline < b->h) {
        JSAMPROW row[3][ROWS];
        JSAMPARRAY plane[3] = { row[0], row[1], row[2] };
        if (planes) {
            point_at(b, b->planes, d.output_scanline, row);
            jpeg_read_raw_data(&d, plane, ROWS);
        } else {
            row[0][0] = b->rgb + (size_t)d.output_scanline * b->w * 3;
            jpeg_read_scanlines(&d, row[0], 1);
        }
    }
    jpeg_destroy_decompress(&d);
    return ok;
}

static void encode(bench *b, bool planes)
{
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr err;
    c.err = jpeg_std_error(&err);
    jpeg_create_compress(&c);
    free(b->jpeg[planes]);
    b->jpeg[planes] = NULL;
    jpeg_mem_dest(&c, &b->jpeg[planes], &b->jpeg_len[planes]);
    c.image_width = b->w;
    c.image_height = b->h;
    c.input_components = 3;
    c.in_color_space = planes ? JCS_YCbCr : JCS_RGB;
    jpeg_set_defaults(&c);
    jpeg_set_quality(&c, QUALITY, TRUE);
    c.raw_data_in = planes;
    jpeg_start_compress(&c, TRUE);
    while (c.next_scanline < b->h) {
        JSAMPROW row[3][ROWS];
        JSAMPARRAY plane[3] = { row[0], row[1], row[2] };
        if (planes) {
            point_at(b, b->made, c.next_scanline, row);
            jpeg_write_raw_data(&c, plane, ROWS);
        } else {
            row[0][0] = b->rgb + (size_t)c.next_scanline * b->w * 3;
            jpeg_write_scanlines(&c, row[0], 1);
        }
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
}

static double time_codec(bench *b, bool write, bool planes)
{
    double ms[REPEATS];
    for (int i = -1; i < REPEATS; i++) {
        const double begin = cpu_ms();
        if (write)
            encode(b, planes);
        else
            decode(b, planes);
        if (i >= 0)
            ms[i] = cpu_ms() - begin;
    }
    return median(ms);
}

static bool open_device(bench *b, const char *name)
{
    cl_platform_id platform[16];
    cl_uint n_platforms = 0;
    cl_device_id found = NULL;
    clGetPlatformIDs(16, platform, &n_platforms);
    for (cl_uint p = 0; p < n_platforms && p < 16 && !found; p++) {
        cl_device_id device[32];
        cl_uint n = 0;
        clGetDeviceIDs(platform[p], name ? CL_DEVICE_TYPE_ALL : CL_DEVICE_TYPE_CPU, 32, device, &n);
        for (cl_uint i = 0; i < n && i < 32 && !found; i++) {
            char text[256] = "";
            clGetDeviceInfo(device[i], CL_DEVICE_NAME, sizeof text - 1, text, NULL);
            if (!name || strstr(text, name)) {
                found = device[i];
                printf("%s\n", text);
            }
        }
    }
    cl_int e = found ? CL_SUCCESS : CL_DEVICE_NOT_FOUND;
    const size_t bytes = (size_t)b->stride * b->rows * 3;
    const char *text = source;
    if (found)
        b->context = clCreateContext(NULL, 1, &found, NULL, NULL, &e);
    if (e == CL_SUCCESS)
        b->queue = clCreateCommandQueue(b->context, found, 0, &e);
    if (e == CL_SUCCESS)
        b->in = clCreateBuffer(b->context, CL_MEM_READ_WRITE, bytes, NULL, &e);
    if (e == CL_SUCCESS)
        b->out = clCreateBuffer(b->context, CL_MEM_READ_WRITE, bytes, NULL, &e);
    if (e == CL_SUCCESS)
        b->program = clCreateProgramWithSource(b->context, 1, &text, NULL, &e);
    return e == CL_SUCCESS && clBuildProgram(b->program, 1, &found, "", NULL, NULL) == CL_SUCCESS;
}

/* CPU ms of the process while the kernel runs (of a GPU: wall time would be wanted); what it wrote goes to `to`. */
static double time_kernel(bench *b, const char *name, cl_int planar, const void *from, size_t from_len, void *to,
                          size_t to_len, unsigned rows)
{
    double ms[REPEATS] = { 0 };
    const cl_int size[3] = { (cl_int)b->w, (cl_int)b->h, (cl_int)b->stride };
    const size_t items[2] = { (b->stride / 2 + RUN - 1) / RUN, rows }, one[2] = { 1, 1 };
    cl_kernel k = clCreateKernel(b->program, name, NULL);
    if (!k || clEnqueueWriteBuffer(b->queue, b->in, CL_TRUE, 0, from_len, from, 0, NULL, NULL) != CL_SUCCESS)
        return -1;
    clSetKernelArg(k, 0, sizeof b->in, &b->in);
    clSetKernelArg(k, 1, sizeof b->out, &b->out);
    for (cl_uint i = 0; i < 3; i++)
        clSetKernelArg(k, 2 + i, sizeof size[i], &size[i]);
    clSetKernelArg(k, 5, sizeof planar, &planar);
    for (int i = -2; i < REPEATS; i++) {
        const double begin = cpu_ms();
        if (clEnqueueNDRangeKernel(b->queue, k, 2, NULL, items, one, 0, NULL, NULL) != CL_SUCCESS ||
            clFinish(b->queue) != CL_SUCCESS)
            return -1;
        if (i >= 0)
            ms[i] = cpu_ms() - begin;
    }
    clReleaseKernel(k);
    clEnqueueReadBuffer(b->queue, b->out, CL_TRUE, 0, to_len, to, 0, NULL, NULL);
    return median(ms);
}

/* Below the picture each plane repeats its last row, as libjpeg's encoder does: a few rows, not worth a kernel. */
static void pad_bottom(bench *b)
{
    const size_t luma = (size_t)b->stride * b->rows, half = b->stride / 2;
    const unsigned ch = (b->h + 1) / 2;
    for (unsigned y = b->h; y < b->rows; y++)
        memcpy(b->made + y * (size_t)b->stride, b->made + (b->h - 1) * (size_t)b->stride, b->stride);
    for (unsigned c = 0; c < 2; c++)
        for (unsigned y = ch; y < b->rows / 2; y++)
            memcpy(b->made + luma + c * luma / 4 + y * half, b->made + luma + c * luma / 4 + (ch - 1) * half, half);
}

static bool measure(bench *b)
{
    const size_t rgb = (size_t)b->w * b->h * 3;
    unsigned char *got = malloc(rgb);
    if (!got)
        return false;
    const double read_rgb = time_codec(b, false, false), read_planes = time_codec(b, false, true);
    const double planar = time_kernel(b, "load_rgb", 1, b->planes, planes_bytes(b), got, rgb, b->h);
    const double load = time_kernel(b, "load_rgb", 0, b->planes, planes_bytes(b), got, rgb, b->h);
    const bool same_load = memcmp(got, b->rgb, rgb) == 0;
    free(got);
    const double store = time_kernel(b, "store_planes", 0, b->rgb, rgb, b->made, planes_bytes(b), (b->h + 1) / 2);
    pad_bottom(b);
    const double write_rgb = time_codec(b, true, false), write_planes = time_codec(b, true, true);
    const bool same_store = b->jpeg_len[0] == b->jpeg_len[1] && memcmp(b->jpeg[0], b->jpeg[1], b->jpeg_len[0]) == 0;
    printf("%ux%u        codec, RGB  codec, planes  saved  kernel  kernel, planar\n", b->w, b->h);
    printf("read  CPU ms %10.1f %14.1f %6.1f %7.1f %15.1f  %s\n", read_rgb, read_planes, read_rgb - read_planes, load,
           planar, same_load ? "same bytes" : "DIFFERENT");
    printf("write CPU ms %10.1f %14.1f %6.1f %7.1f %15s  %s\n", write_rgb, write_planes, write_rgb - write_planes,
           store, "", same_store ? "same bytes" : "DIFFERENT");
    return same_load && same_store;
}

static bool read_file(bench *b, const char *path)
{
    FILE *f = fopen(path, "rb");
    long size = -1;
    if (f && fseek(f, 0, SEEK_END) == 0)
        size = ftell(f);
    bool ok = size > 0 && (b->file = malloc((size_t)size)) != NULL;
    if (ok) {
        rewind(f);
        b->file_len = fread(b->file, 1, (size_t)size, f);
        ok = b->file_len == (size_t)size;
    }
    if (f)
        fclose(f);
    return ok;
}

int main(int argc, char **argv)
{
    bench b = { 0 };
    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: planes PHOTO.jpg [DEVICE]\n");
        return 2;
    }
    if (!read_file(&b, argv[1]) || !decode(&b, true)) {
        fprintf(stderr, "planes: %s: not a 4:2:0 JPEG\n", argv[1]);
        return 1;
    }
    if (!open_device(&b, argc == 3 ? argv[2] : NULL)) {
        fprintf(stderr, "planes: no such OpenCL device, or its compiler does not take the kernels\n");
        return 1;
    }
    return measure(&b) ? 0 : 1;
}
