/* Every allocation that reading and writing a PNG makes fails once: the answer is "out of memory" or a right picture,
 * never a crash. Stands in for malloc() by way of glibc's other names for it; skipped elsewhere and under sanitizers.
 */
#include "png_builder.h"

#include <stdatomic.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED
#endif
#endif
#if !defined(__GLIBC__) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(SANITIZED)

int main(void)
{
    printf("skipped: malloc() cannot be replaced here\n");
    return 77;
}

#else

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

static atomic_long made, failing = -1; /* allocations so far; the one that fails */

static bool fails(void)
{
    return atomic_fetch_add(&made, 1) == atomic_load(&failing);
}

void *malloc(size_t n)
{
    return fails() ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
    return fails() ? NULL : __libc_realloc(p, n);
}

enum { WIDTH = 90, HEIGHT = 70, STRIDE = 4 * WIDTH };

/* Every kind of metadata, and 200 colours. */
static void build(qn_bytes *file)
{
    uint8_t rows[(1 + 3 * WIDTH) * HEIGHT] = { 0 };
    for (unsigned y = 0; y < HEIGHT; y++)
        for (unsigned x = 0; x < WIDTH; x++)
            rows[y * (1 + 3 * WIDTH) + 1 + 3 * x] = (uint8_t)(x * y % 200);
    qn_bytes icc = { 0 };
    add_icc(&icc, 3000);
    begin_png(file, WIDTH, HEIGHT, 8, 2);
    put_packed(file, "iCCP", "k\0", 3, icc.data, icc.len);
    put_packed(file, "zTXt", "k\0", 3, rows, 900);
    put_chunk(file, "iTXt", "XML:com.adobe.xmp\0\0\0\0\0<x/>", 26);
    put_chunk(file, "eXIf", "II*\0\10\0\0\0\0\0", 10);
    put_packed(file, "IDAT", "", 0, rows, sizeof rows);
    put_chunk(file, "tEXt", "Late\0text", 9);
    put_chunk(file, "IEND", NULL, 0);
    qn_bytes_free(&icc);
}

/* Reads it, and writes it again. */
static bool once(const qn_bytes *file, bool quick, bool optimize, unsigned threads, qn_error *err)
{
    uint8_t pixels[HEIGHT * STRIDE];
    qn_bytes scratch = { 0 }, out = { 0 };
    const io_limits limits = { .scratch = quick ? &scratch : NULL };
    const io_encode_options options = { .type = IO_PNG, .compression = 6, .optimize = optimize, .threads = threads };
    io_info info;
    io_meta meta = { 0 };
    io_decoder *dec = NULL;
    bool damaged, ok = io_decoder_open(&dec, file->data, file->len, &limits, &info, &meta, err) &&
                       io_decode(dec, pixels, STRIDE, &damaged, err);
    if (ok) {
        qn_image image = { .width = WIDTH, .height = HEIGHT, .format = info.format };
        image.plane[0] = (qn_plane){ pixels, STRIDE };
        ok = !damaged && meta.text.len == 13 && meta.icc.len == 3000 && meta.xmp.len == 4 && meta.exif.len == 10 &&
             pixels[3 * 7 + 5 * STRIDE] == 35 && io_encode(&image, &meta, &options, &out, err) && out.len > 100;
    }
    io_decoder_free(&dec);
    io_meta_free(&meta);
    qn_bytes_free(&scratch);
    qn_bytes_free(&out);
    return ok;
}

int main(void)
{
    qn_bytes file = { 0 };
    build(&file);
    for (int mode = 0; mode < 8; mode++) {
        const bool quick = mode & 1, optimize = mode & 2;
        const unsigned threads = mode & 4 ? 3 : 1;
        qn_error err = { 0 };
        atomic_store(&made, 0);
        CHECK_MSG(once(&file, quick, optimize, threads, &err), "%s", err.text);
        const long n = atomic_load(&made);
        unsigned refused = 0;
        CHECK(n > 30);
        for (long i = 0; i < n; i++) {
            err = (qn_error){ 0 };
            atomic_store(&made, 0);
            atomic_store(&failing, i);
            const bool ok = once(&file, quick, optimize, threads, &err);
            atomic_store(&failing, -1);
            CHECK_MSG(ok || err.code == QN_NOMEM, "mode %d, allocation %ld of %ld: %s", mode, i, n, err.text);
            refused += !ok;
        }
        CHECK_MSG(refused > 30, "mode %d: %u", mode, refused);
    }
    qn_bytes_free(&file);
    return check_summary();
}

#endif
