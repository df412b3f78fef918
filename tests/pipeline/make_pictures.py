#!/usr/bin/env python3
"""Writes 24 pictures (PNG, PPM, PGM; 8 and 16 bits; with and without alpha) and three broken ones into a folder."""
import random
import struct
import sys
import zlib


def png(width, height, colour_type, depth, rng):
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[colour_type]
    row = width * channels * depth // 8
    raw = b"".join(b"\0" + rng.randbytes(row) for _ in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw, 1)) + chunk(b"IEND", b"")


def pnm(width, height, channels, rng):
    return b"P%d\n%d %d\n255\n" % (6 if channels == 3 else 5, width, height) + rng.randbytes(width * height * channels)


def main(folder):
    rng = random.Random(1)
    sizes = [(1, 1), (1, 40), (40, 1), (17, 13), (64, 64), (129, 65), (200, 100), (333, 111)]
    for i, (w, h) in enumerate(sizes):
        pictures = {
            f"a{i}.png": png(w, h, (0, 2, 4, 6)[i % 4], 8 if i < 4 else 16, rng),
            f"b{i}.png": png(w, h, 2, 8, rng),
            f"c{i}.{'ppm' if i % 2 else 'pgm'}": pnm(w, h, 3 if i % 2 else 1, rng),
        }
        for name, data in pictures.items():
            with open(f"{folder}/{name}", "wb") as f:
                f.write(data)
    whole = png(50, 50, 2, 8, rng)
    for name, data in {"x1.png": whole[:200], "x2.png": whole[:20], "x3.ppm": pnm(50, 50, 3, rng)[:-100]}.items():
        with open(f"{folder}/{name}", "wb") as f:
            f.write(data)


main(sys.argv[1])
