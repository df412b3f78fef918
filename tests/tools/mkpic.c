/* Makes a picture to test with: mkpic FILE WIDTH HEIGHT [CHANNELS [DEPTH [SEED]]]. The type comes from the name: .png,
 * .jpg, .ppm, .pgm, .pam. Written with libpng and libjpeg alone, so that quern's
 * own writers are not their own judges. */
#include <png.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

typedef struct picture {
    unsigned width, height, channels, depth;
    uint8_t *data; /* rows without padding; 16-bit samples big-endian, as PNG and PNM want them */
    size_t row;
} picture;

/* A slope in every channel, with noise on it. */
static void paint(picture *p, uint32_t seed)
{
    for (unsigned y = 0; y < p->height; y++) {
        for (unsigned i = 0; i < p->width * p->channels; i++) {
            const unsigned c = i % p->channels, x = i / p->channels;
            seed = seed * 1664525u + 1013904223u;
            const unsigned slope = c & 1 ? y * 60000u / p->height : x * 60000u / p->width;
            const unsigned v = slope + (seed >> 20);
            uint8_t *at = p->data + y * p->row + (size_t)i * p->depth / 8;
            at[0] = (uint8_t)(v >> 8);
            if (p->depth == 16)
                at[1] = (uint8_t)v;
        }
    }
}

static int write_png(const picture *p, FILE *f)
{
    static const int type[] = { 0, PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
                                PNG_COLOR_TYPE_RGB_ALPHA };
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info || setjmp(png_jmpbuf(png)))
        return 1;
    png_init_io(png, f);
    png_set_IHDR(png, info, p->width, p->height, (int)p->depth, type[p->channels], PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (unsigned y = 0; y < p->height; y++)
        png_write_row(png, p->data + y * p->row);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    return 0;
}

static int write_jpeg(const picture *p, FILE *f)
{
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    jpeg_stdio_dest(&jpeg, f);
    jpeg.image_width = p->width;
    jpeg.image_height = p->height;
    jpeg.input_components = (int)p->channels;
    jpeg.in_color_space = p->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, 90, TRUE);
    jpeg_start_compress(&jpeg, TRUE);
    for (unsigned y = 0; y < p->height; y++) {
        JSAMPROW row = p->data + y * p->row;
        jpeg_write_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    return 0;
}

static int write_pnm(const picture *p, FILE *f, int pam)
{
    static const char *const tuple[] = { "", "GRAYSCALE", "GRAYSCALE_ALPHA", "RGB", "RGB_ALPHA" };
    const unsigned max = p->depth == 16 ? 65535 : 255;
    if (pam)
        fprintf(f, "P7\nWIDTH %u\nHEIGHT %u\nDEPTH %u\nMAXVAL %u\nTUPLTYPE %s\nENDHDR\n", p->width, p->height,
                p->channels, max, tuple[p->channels]);
    else
        fprintf(f, "P%d\n%u %u\n%u\n", p->channels == 1 ? 5 : 6, p->width, p->height, max);
    return fwrite(p->data, p->row, p->height, f) != p->height;
}

static unsigned argument(int argc, char **argv, int at, unsigned otherwise)
{
    return argc > at ? (unsigned)strtoul(argv[at], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
    picture p = { .width = argument(argc, argv, 2, 0),
                  .height = argument(argc, argv, 3, 0),
                  .channels = argument(argc, argv, 4, 3),
                  .depth = argument(argc, argv, 5, 8) };
    const char *type = argc > 1 ? strrchr(argv[1], '.') : NULL;
    const int jpeg = type && strcmp(type, ".jpg") == 0, pam = type && strcmp(type, ".pam") == 0;
    if (!type || !p.width || !p.height || p.channels < 1 || p.channels > 4 || (p.depth != 8 && p.depth != 16) ||
        (jpeg && (p.depth == 16 || p.channels % 2 == 0))) {
        fputs("usage: mkpic FILE WIDTH HEIGHT [CHANNELS [DEPTH [SEED]]]\n", stderr);
        return 2;
    }
    p.row = (size_t)p.width * p.channels * p.depth / 8;
    p.data = malloc(p.row * p.height);
    FILE *f = p.data ? fopen(argv[1], "wb") : NULL;
    if (!f) {
        perror(argv[1]);
        free(p.data);
        return 1;
    }
    paint(&p, argument(argc, argv, 6, 1));
    int failed = jpeg ? write_jpeg(&p, f) : strcmp(type, ".png") == 0 ? write_png(&p, f) : write_pnm(&p, f, pam);
    failed |= fclose(f) != 0;
    free(p.data);
    return failed;
}
