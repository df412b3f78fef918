/* Whether libpng would take a colour profile: it has rules of its own, and leaves out what breaks them. */
#include "meta_priv.h"

#include <png.h>
#include <stdio.h>

typedef struct trial {
    png_structp png;
    png_infop info;
    const qn_bytes *icc;
    bool gray, taken;
    char *why;
    size_t size;
} trial;

static void on_warning(png_structp png, png_const_charp message)
{
    trial *t = png_get_error_ptr(png);
    (void)snprintf(t->why, t->size, "%s", message);
}

static void on_error(png_structp png, png_const_charp message)
{
    on_warning(png, message);
    png_longjmp(png, 1);
}

/* As in png_write.c: the only function with a setjmp, and what changes lives in its caller's struct. */
static void attempt(trial *t)
{
    if (setjmp(png_jmpbuf(t->png)))
        return;
    png_set_benign_errors(t->png, 1);
    png_set_IHDR(t->png, t->info, 1, 1, 8, t->gray ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_iCCP(t->png, t->info, "icc", PNG_COMPRESSION_TYPE_BASE, t->icc->data, (png_uint_32)t->icc->len);
    t->taken = png_get_valid(t->png, t->info, PNG_INFO_iCCP) != 0;
}

bool meta_png_takes(const qn_bytes *icc, bool gray, char *why, size_t size)
{
    trial t = { .icc = icc, .gray = gray, .why = why, .size = size };
    (void)snprintf(why, size, "longer than PNG holds");
    if (icc->len > PNG_UINT_31_MAX)
        return false;
    (void)snprintf(why, size, "out of memory");
    t.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &t, on_error, on_warning);
    t.info = t.png ? png_create_info_struct(t.png) : NULL;
    if (t.info)
        attempt(&t);
    if (t.png)
        png_destroy_write_struct(&t.png, &t.info);
    return t.taken;
}
