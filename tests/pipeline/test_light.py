#!/usr/bin/env python3
"""Linear light by the picture's own curves: a box blur with linear=1 over small 16-bit PNGs that carry a gAMA chunk or a
profile, held against the definition in double.

usage: test_light.py QUERN
"""
import os
import random
import struct
import subprocess
import sys
import tempfile
import zlib

W, H = 13, 9


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(samples, channels, extra):
    rows = b"".join(b"\0" + struct.pack(f">{W * channels}H", *samples[y * W * channels:(y + 1) * W * channels])
                    for y in range(H))
    header = struct.pack(">IIBBBBB", W, H, 16, {1: 0, 3: 2, 4: 6}[channels], 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows)) +
            chunk(b"IEND", b""))


def iccp(space, curves):
    tags = [(b"wtpt", b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061))]
    if space == b"RGB ":
        for name, xyz in ((b"rXYZ", (28578, 14581, 912)), (b"gXYZ", (25241, 46981, 6362)), (b"bXYZ", (9376, 3972, 46799))):
            tags.append((name, b"XYZ \0\0\0\0" + struct.pack(">3i", *xyz)))
    tags += curves
    tags.append((b"cprt", b"text\0\0\0\0" + random.Random(7).randbytes(100).hex().encode()))  # libpng wants some length
    table, data, at = b"", b"", 132 + 12 * len(tags)
    for name, body in tags:
        body += b"\0" * (-len(body) % 4)
        table += name + struct.pack(">II", at + len(data), len(body))
        data += body
    total = at + len(data)
    head = struct.pack(">I4sI4s4s4s", total, b"\0\0\0\0", 0x02400000, b"mntr", space, b"XYZ ") + b"\0" * 12 + b"acsp"
    head += b"\0" * (68 - len(head)) + struct.pack(">3i", 63190, 65536, 54061)
    profile = head + b"\0" * (128 - len(head)) + struct.pack(">I", len(tags)) + table + data
    return chunk(b"iCCP", b"p\0\0" + zlib.compress(profile))


def para(form, *v):
    return b"para\0\0\0\0" + struct.pack(">HH", form, 0) + struct.pack(f">{len(v)}i", *(round(x * 65536) for x in v))


def curv(values):
    return b"curv\0\0\0\0" + struct.pack(">I", len(values)) + struct.pack(f">{len(values)}H", *values)


def solve(f, light):
    lo, hi = 0.0, 1.0
    for _ in range(60):
        mid = (lo + hi) / 2
        lo, hi = (mid, hi) if f(mid) < light else (lo, mid)
    return (lo + hi) / 2


def blurred(samples, channels, curves):
    """box 1 in linear light; alpha (the fourth channel) weighs the colours."""
    out = []
    for y in range(H):
        for x in range(W):
            near = [(min(max(y + dy, 0), H - 1) * W + min(max(x + dx, 0), W - 1)) * channels
                    for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
            alpha = [samples[p + 3] / 65535 if channels == 4 else 1.0 for p in near]
            for c in range(min(channels, 3)):
                light = sum(curves[c](samples[p + c] / 65535) * a for p, a in zip(near, alpha))
                out.append(solve(curves[c], light / sum(alpha)) * 65535 if sum(alpha) else 0)
            if channels == 4:
                out.append(sum(alpha) / 9 * 65535)
    return out


def read_pam(data):
    head, _, body = data.partition(b"ENDHDR\n")
    depth = int(head.split(b"DEPTH ")[1].split()[0])
    return depth, struct.unpack(f">{len(body) // 2}H", body)


def srgb(x):
    return x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4


def main():
    quern = sys.argv[1]
    rng = random.Random(3)
    steps = sorted(rng.randrange(65536) for _ in range(40))
    steps = [0] + [(i * 1500 + s // 40) for i, s in enumerate(steps)] + [65535]

    def sampled(x):
        at = x * (len(steps) - 1)
        i = min(int(at), len(steps) - 2)
        return (steps[i] + (at - i) * (steps[i + 1] - steps[i])) / 65535

    g22, g18, square = (lambda x: x ** 2.2), (lambda x: x ** 1.8), (lambda x: x * x)
    three = [(b"rTRC", para(0, 1.8)), (b"gTRC", curv(steps)), (b"bTRC", curv([0x0200]))]
    cases = {
        "plain": (3, b"", [srgb] * 3),
        "gama": (3, chunk(b"gAMA", struct.pack(">I", round(1e5 / 2.2))), [lambda x: x ** (1e5 / 45455)] * 3),
        "srgb-and-gama": (3, chunk(b"gAMA", struct.pack(">I", 100000)) + chunk(b"sRGB", b"\0"), [srgb] * 3),
        "three": (3, iccp(b"RGB ", three), [g18, sampled, square]),
        "alpha": (4, iccp(b"RGB ", three), [g18, sampled, square]),
        "gray": (1, iccp(b"GRAY", [(b"kTRC", para(0, 2.2))]), [g22]),
    }
    with tempfile.TemporaryDirectory() as folder:
        pictures = {}
        for name, (channels, extra, _) in cases.items():
            pictures[name] = [rng.choice((rng.randrange(65536), rng.randrange(2000))) for _ in range(W * H * channels)]
            with open(os.path.join(folder, name + ".png"), "wb") as f:
                f.write(png(pictures[name], channels, extra))
        files = [os.path.join(folder, name + ".png") for name in cases]
        # opaque pictures in both orders: which one is planned first must not matter
        for turn in (files, files[::-1]):
            subprocess.run([quern, "-q", "-f", "box 1 linear=1", "--to", "pam", "--overwrite", "-o", folder + "/out/"]
                           + turn, check=True)
            for name, (channels, _, curves) in cases.items():
                with open(f"{folder}/out/{name}.pam", "rb") as f:
                    depth, got = read_pam(f.read())
                want = blurred(pictures[name], channels, curves)
                assert depth == channels, name
                worst = max(abs(a - b) for a, b in zip(got, want))
                print(f"{name}: at most {worst:.2f} of 65535 from the definition")
                assert worst <= 3, name


if __name__ == "__main__":
    main()
