#!/usr/bin/env python3
"""Values are rounded once, to the bits that are stored: 16-bit pictures to 8 bits and 8-bit pictures to 16, against a box
blur in exact fractions. Floats (PFM) are not rounded at all.

usage: test_depth.py QUERN
"""
import random
import struct
import subprocess
import sys
import tempfile

W, H = 97, 31


def box(samples, x, y, c):
    near = [(min(max(y + j, 0), H - 1) * W + min(max(x + i, 0), W - 1)) * 3 + c for j in (-1, 0, 1) for i in (-1, 0, 1)]
    return sum(samples[p] for p in near) / 9


def check_copies(folder, rng):
    """No filter: every bit stays, colours under full transparency too."""
    for bits in (8, 16):
        samples = [rng.choice((0, rng.randrange(1 << bits))) for _ in range(W * H * 4)]
        data = b"P7\nWIDTH %d\nHEIGHT %d\nDEPTH 4\nMAXVAL %d\nTUPLTYPE RGB_ALPHA\nENDHDR\n" % (W, H, (1 << bits) - 1)
        data += struct.pack(f">{len(samples)}{'B' if bits == 8 else 'H'}", *samples)
        with open(f"{folder}/in.pam", "wb") as f:
            f.write(data)
        for one, two in (("in.pam", "mid.png"), ("mid.png", "out.pam")):
            subprocess.run([sys.argv[1], "-q", "-f", "", "--overwrite", f"{folder}/{one}", "-o", f"{folder}/{two}", "--to",
                            two[-3:]], check=True)
        with open(f"{folder}/out.pam", "rb") as f:
            assert f.read() == data, f"{bits} bits with alpha are not the same through PNG"


def write_pfm(path, samples, order):
    rows = [samples[y * W * 3:(y + 1) * W * 3] for y in range(H)][::-1]
    with open(path, "wb") as f:
        f.write(b"PF\n%d %d\n%s\n" % (W, H, b"-1" if order == "<" else b"1"))
        for row in rows:
            f.write(struct.pack(f"{order}{W * 3}f", *row))


def read_pfm(path):
    with open(path, "rb") as f:
        _, size, _, data = f.read().split(b"\n", 3)
    w, h = map(int, size.split())
    flat = struct.unpack(f"<{w * h * 3}f", data)
    return w, h, [v for y in range(h)[::-1] for v in flat[y * w * 3:(y + 1) * w * 3]]


def run(folder, chain, one, two, *more):
    subprocess.run([sys.argv[1], "-q", "-f", chain, "--overwrite", f"{folder}/{one}", "-o", f"{folder}/{two}", *more],
                   check=True)


def same(a, b):
    return struct.pack(f"{len(a)}f", *a) == struct.pack(f"{len(b)}f", *b)


def check_floats(folder, rng):
    """From file to file in float: far beyond 0..1, every bit where pixels only move, rounded once where bits are few."""
    as_float = lambda v: struct.unpack("f", struct.pack("f", v))[0]
    samples = [as_float(rng.uniform(-1, 2) * 10 ** rng.randrange(-3, 4)) for _ in range(W * H * 3)]
    odd = list(samples)
    odd[:5] = [float("inf"), float("-inf"), -0.0, 1e-42, 3e38]
    for order in "<>":
        write_pfm(f"{folder}/in.pfm", odd, order)
        run(folder, "", "in.pfm", "out.pfm", "--no-fuse")
        with open(f"{folder}/in.pfm", "rb") as a, open(f"{folder}/out.pfm", "rb") as b:
            assert a.read() == b.read(), "a copy is not the same"
        run(folder, "rotate 90 | flip", "in.pfm", "out.pfm")
        w, h, got = read_pfm(f"{folder}/out.pfm")
        turned = [odd[(x * W + y) * 3 + c] for y in range(W) for x in range(H) for c in range(3)]
        turned = [turned[((W - 1 - y) * H + H - 1 - x) * 3 + c] for y in range(W) for x in range(H) for c in range(3)]
        assert (w, h) == (H, W) and same(got, turned), "pixels that only move have changed"
    write_pfm(f"{folder}/in.pfm", samples, "<")
    run(folder, "box 1", "in.pfm", "out.pfm")
    w, h, got = read_pfm(f"{folder}/out.pfm")
    for i, v in enumerate(got): # nine samples and their sum, each off by half a unit in the last place
        x, y, c = i // 3 % W, i // 3 // W, i % 3
        near = [abs(samples[(min(max(y + j, 0), H - 1) * W + min(max(x + k, 0), W - 1)) * 3 + c])
                for j in (-1, 0, 1) for k in (-1, 0, 1)]
        assert abs(v - box(samples, x, y, c)) <= max(near) * 2e-6
    for bits, top in (("8", 255), ("16", 65535)):
        run(folder, "", "in.pfm", "out.ppm", "--to", "ppm", "--depth", bits)
        with open(f"{folder}/out.ppm", "rb") as f:
            data = f.read().split(b"\n", 3)[3]
        want = [min(max(v, 0), 1) * top for v in samples]
        worst = max(abs(a - b) for a, b in zip(struct.unpack(f">{len(samples)}{'B' if top == 255 else 'H'}", data), want))
        assert worst <= 0.5 + 1e-2 * (top > 255), worst
        run(folder, "gamma 2.2", "out.ppm", "out.pfm", "--to", "pfm")
        _, _, got = read_pfm(f"{folder}/out.pfm")
        for v, s in zip(got, struct.unpack(f">{len(samples)}{'B' if top == 255 else 'H'}", data)):
            assert abs(v - (s / top) ** (1 / 2.2)) < 1e-6, "a result in float is rounded"


def main():
    rng = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        check_copies(folder, rng)
        check_floats(folder, rng)
        for before, after, chain, slack in ((65535, 255, "", 1e-9), (65535, 255, "box 1", 1e-3), (255, 65535, "box 1", 0.01)):
            samples = [rng.randrange(before + 1) for _ in range(W * H * 3)]
            with open(f"{folder}/in.ppm", "wb") as f:
                f.write(b"P6\n%d %d\n%d\n" % (W, H, before))
                f.write(struct.pack(f">{len(samples)}{'H' if before > 255 else 'B'}", *samples))
            for more in ((), ("--band-rows", "7")):
                subprocess.run([sys.argv[1], "-q", "-f", chain, "--depth", "8" if after == 255 else "16", "--overwrite",
                                *more, f"{folder}/in.ppm", "-o", f"{folder}/out.ppm"], check=True)
                with open(f"{folder}/out.ppm", "rb") as f:
                    _, size, top, data = f.read().split(b"\n", 3)
                assert size == b"%d %d" % (W, H) and int(top) == after
                got = struct.unpack(f">{len(samples)}{'H' if after > 255 else 'B'}", data)
                worst = 0
                for i, v in enumerate(got):
                    want = box(samples, i // 3 % W, i // 3 // W, i % 3) if chain else samples[i]
                    worst = max(worst, abs(v - want * after / before))
                print(f"{before} to {after}, '{chain}': at most {worst:.4f} from the exact value")
                assert worst <= 0.5 + slack


main()
