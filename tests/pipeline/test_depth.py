#!/usr/bin/env python3
"""Values are rounded once, to the bits that are stored: 16-bit pictures to 8 bits and 8-bit pictures to 16, against a box
blur in exact fractions.

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


def main():
    rng = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        check_copies(folder, rng)
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
