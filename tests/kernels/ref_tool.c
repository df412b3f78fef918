/* Applies a chain to one picture by the references alone:
 *     ref_tool CHAIN IN.(pgm|ppm|pam) OUT.pam|OUT.f64 [DEPTH]
 * A name in .f64 gets the unrounded values as doubles, interleaved and straight, behind a text line "W H CHANNELS".
 * oracles.py compares it with other libraries. `over` takes file=IN2 as a path of such a picture. */
#include "pam.h"
#include "ref.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool save_raw(const char *path, const ref_image *im)
{
    size_t n = (size_t)im->w * (size_t)im->h * (size_t)im->c;
    FILE *f = fopen(path, "wb");
    if (!f)
        return false;
    fprintf(f, "%d %d %d\n", im->w, im->h, im->c);
    bool ok = fwrite(im->p, sizeof *im->p, n, f) == n;
    return fclose(f) == 0 && ok;
}

static bool save(const char *path, const ref_image *im, int depth)
{
    size_t len = strlen(path);
    if (len > 4 && !strcmp(path + len - 4, ".f64"))
        return save_raw(path, im);
    qn_image out = { .width = (uint32_t)im->w, .height = (uint32_t)im->h };
    out.plane[0].data = ref_store(im, depth, &out.format);
    out.plane[0].stride = (size_t)im->w * (size_t)im->c * (size_t)depth / 8;
    bool ok = pam_write(path, &out);
    free(out.plane[0].data);
    return ok;
}

#define MAX_FILES 8

typedef struct named {
    const char *name[MAX_FILES];
    ref_image image[MAX_FILES];
    unsigned n;
} named;

/* The pictures that the chain names, masks among them; "@NAME" is its own. */
static bool load_files(const flt_chain *chain, named *files)
{
    const char *name;
    for (size_t s = 0; s < chain->n; s++)
        for (size_t i = 0; (name = flt_stage_file(&chain->stage[s], i, NULL)); i++) {
            qn_image image;
            if (name[0] == '@')
                continue;
            if (files->n == MAX_FILES || !pam_read(name, &image))
                return false;
            files->name[files->n] = name;
            files->image[files->n++] = ref_load(&image);
            free(image.plane[0].data);
        }
    return true;
}

int main(int argc, char **argv)
{
    flt_chain chain = { 0 };
    qn_error err = { 0 };
    qn_image in;
    named known = { .n = 0 };
    if (argc < 4) {
        fprintf(stderr, "usage: ref_tool CHAIN IN OUT [DEPTH]\n");
        return 2;
    }
    if (!flt_chain_parse(&chain, argv[1], "chain", &err)) {
        fprintf(stderr, "%s\n", err.text);
        return 2;
    }
    if (!pam_read(argv[2], &in))
        return 1;
    if (!load_files(&chain, &known))
        return 1;
    ref_image im = ref_load(&in);
    ref_files files = { known.name, known.image, known.n };
    bool ok = ref_chain(&chain, &im, in.format.depth, &files) &&
              save(argv[3], &im, argc > 4 ? atoi(argv[4]) : in.format.depth);
    if (!ok)
        fprintf(stderr, "ref_tool: this chain cannot be done on this picture\n");
    ref_free(&im);
    for (unsigned i = 0; i < known.n; i++)
        ref_free(&known.image[i]);
    free(in.plane[0].data);
    flt_chain_free(&chain);
    return ok ? 0 : 1;
}
