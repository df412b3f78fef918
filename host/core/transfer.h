/* How the numbers of a picture become light: the transfer curves of a matrix or gray profile, a PNG gAMA chunk, or
 * sRGB. Pure; thread-safe. */
#ifndef QUERN_CORE_TRANSFER_H
#define QUERN_CORE_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Encoded value to light, both 0..1 and never falling. */
typedef struct qn_curve {
    double p[7];            /* g a b c d e f: (a x + b)^g + e from d on, c x + f below */
    const uint8_t *sampled; /* or, unless NULL, n samples of 16 bits, big-endian, at even distances; not owned */
    size_t n;               /* 2 or more */
} qn_curve;

typedef struct qn_transfer {
    qn_curve curve[3]; /* red, green, blue; gray: [0] in all three */
} qn_transfer;

#define QN_LIGHT_STEPS 4096 /* a table has one value more */

qn_curve qn_curve_gamma(double g); /* x^g */
qn_curve qn_curve_srgb(void);      /* IEC 61966-2-1 */
double qn_curve_at(const qn_curve *curve, double x);
bool qn_curve_same(const qn_curve *a, const qn_curve *b);
/* Whether the curve rises from near 0 to near 1 and nowhere falls: what can be undone. */
bool qn_curve_rises(const qn_curve *curve);
/* Whether all three are sRGB's, but for the rounding of a profile's numbers. */
bool qn_transfer_is_srgb(const qn_transfer *transfer);

/* Tables for reading with linear interpolation: to_light[i] at x = i / QN_LIGHT_STEPS; from_light[i] at light
 * (i / QN_LIGHT_STEPS)^4, since shadows need the finer steps. */
void qn_curve_tables(const qn_curve *curve, float to_light[QN_LIGHT_STEPS + 1], float from_light[QN_LIGHT_STEPS + 1]);

#endif
