#!/usr/bin/env python3
"""--to-srgb over PNGs with profiles that have sRGB's primaries and other curves, so that what must come out is known in
closed form; and that without it the profile stays as it is.

usage: test_to_srgb.py QUERN
"""
import os
import random
import struct
import subprocess
import sys
import tempfile
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from test_light import H, W, chunk, iccp, para, png, read_pam, solve, srgb  # noqa: E402

SKIP = 77


def chunks(data):
    at, found = 8, {}
    while at < len(data):
        (n,) = struct.unpack(">I", data[at:at + 4])
        found[data[at + 4:at + 8]] = data[at + 8:at + 8 + n]
        at += 12 + n
    return found


def to_xyz(primaries, white):
    """Columns: the primaries, as bright as makes their sum the white."""
    def xyz(p):
        return [p[0] / p[1], 1, (1 - p[0] - p[1]) / p[1]]
    columns = [xyz(p) for p in primaries]
    parts = solve3([[c[row] for c in columns] for row in range(3)], xyz(white))
    return [[columns[i][row] * parts[i] for i in range(3)] for row in range(3)]


def solve3(m, v):
    """m x = v, by Cramer's rule."""
    def det(a):
        return sum(a[0][i] * (a[1][(i + 1) % 3] * a[2][(i + 2) % 3] - a[1][(i + 2) % 3] * a[2][(i + 1) % 3])
                   for i in range(3))
    return [det([[v[r] if c == i else m[r][c] for c in range(3)] for r in range(3)]) / det(m) for i in range(3)]


def check_primaries(quern, folder):
    """cHRM says other primaries, gAMA, or sRGB, the curve; gray has none."""
    d65 = (0.3127, 0.3290)
    adobe, srgbs = ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06)), ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
    chrm = chunk(b"cHRM", struct.pack(">8I", *(round(v * 1e5) for p in (d65, *adobe) for v in p)))
    gama = chunk(b"gAMA", struct.pack(">I", round(1e5 / 1.8)))
    values = [random.Random(8).randrange(65536) for _ in range(W * H * 3)]
    for name, extra, light in (("chrm", chrm, srgb), ("both", gama + chrm, lambda v: v ** 1.8)):
        with open(f"{folder}/{name}.png", "wb") as f:
            f.write(png(values, 3, extra))
        for to in ("pam", "png"):
            subprocess.run([quern, "-q", "-f", "", "--to-srgb", f"{folder}/{name}.png", "-o", f"{folder}/{name}-srgb.{to}"],
                           check=True)
        with open(f"{folder}/{name}-srgb.png", "rb") as f:
            left = chunks(f.read())
        assert b"sRGB" in left and b"cHRM" not in left and b"gAMA" not in left, left.keys()
        with open(f"{folder}/{name}-srgb.pam", "rb") as f:
            _, got = read_pam(f.read())
        ours, theirs = to_xyz(srgbs, d65), to_xyz(adobe, d65)
        worst = 0
        for i in range(0, len(values), 3):
            lit = [light(v / 65535) for v in values[i:i + 3]]
            want = solve3(ours, [sum(theirs[r][c] * lit[c] for c in range(3)) for r in range(3)])
            for c in range(3):
                worst = max(worst, abs(got[i + c] - solve(srgb, min(max(want[c], 0), 1)) * 65535))
        print(f"{name}: at most {worst:.0f} of 65535 from the definition")
        assert worst <= 130, name
    with open(f"{folder}/gray.png", "wb") as f:
        f.write(png(values[:W * H], 1, chrm))
    subprocess.run([quern, "-q", "-f", "", "--to-srgb", f"{folder}/gray.png", "-o", f"{folder}/gray.pam"], check=True)
    with open(f"{folder}/gray.pam", "rb") as f:
        assert list(read_pam(f.read())[1]) == values[:W * H]


def check_eight_bits(quern, folder, cases, pictures):
    """The same in 8 bits, where lcms2 goes another way."""
    def run(source, target, *options):
        subprocess.run([quern, "-q", "-f", "", *options, source, "-o", target], check=True)

    for name, (channels, _) in cases.items():
        run(f"{folder}/{name}.png", f"{folder}/{name}-8.png", "--depth", "8")
        run(f"{folder}/{name}-8.png", f"{folder}/{name}-8.pam", "--to-srgb")
        with open(f"{folder}/{name}-8.pam", "rb") as f:
            got = f.read().partition(b"ENDHDR\n")[2]
        assert len(got) == W * H * channels
        for i, v in enumerate(pictures[name]):
            byte = round(v * 255 / 65535)
            want = byte if channels == 4 and i % 4 == 3 else solve(srgb, (byte / 255) ** 1.8) * 255
            assert abs(got[i] - want) <= 1.5, (name, i, got[i], want)


def main():
    quern = sys.argv[1]
    rng = random.Random(5)
    gamma = para(0, 1.8)
    rgb = iccp(b"RGB ", [(b"rTRC", gamma), (b"gTRC", gamma), (b"bTRC", gamma)])
    cases = {
        "rgb": (3, rgb),
        "alpha": (4, rgb),
        "gray": (1, iccp(b"GRAY", [(b"kTRC", gamma)])),
        "gama": (3, chunk(b"gAMA", struct.pack(">I", round(1e5 / 1.8)))),
    }
    with tempfile.TemporaryDirectory() as folder:
        names = []
        pictures = {}
        for name, (channels, extra) in cases.items():
            pictures[name] = [rng.randrange(65536) for _ in range(W * H * channels)]
            names.append(os.path.join(folder, name + ".png"))
            with open(names[-1], "wb") as f:
                f.write(png(pictures[name], channels, extra))

        def run(out, *options):
            done = subprocess.run([quern, "-q", "-f", "", *options, "-o", f"{folder}/{out}/", *names],
                                  capture_output=True, text=True)
            if "built without lcms2" in done.stderr:
                print("skipped: built without lcms2")
                sys.exit(SKIP)
            assert done.returncode == 0, done.stderr

        run("pam", "--to-srgb", "--to", "pam")
        run("png", "--to-srgb")
        run("kept")
        check_eight_bits(quern, folder, cases, pictures)
        check_primaries(quern, folder)
        for name, (channels, extra) in cases.items():
            with open(f"{folder}/pam/{name}.pam", "rb") as f:
                depth, got = read_pam(f.read())
            assert depth == channels
            worst = 0
            for i, v in enumerate(pictures[name]):
                alpha = channels == 4 and i % 4 == 3
                want = v if alpha else solve(srgb, (v / 65535) ** 1.8) * 65535
                worst = max(worst, abs(got[i] - want) * (1e9 if alpha and got[i] != v else 1))
            print(f"{name}: at most {worst:.0f} of 65535 from the definition")
            assert worst <= 130, name  # half of an 8-bit step; lcms2 works with 16-bit tables
            with open(f"{folder}/png/{name}.png", "rb") as f:
                left = chunks(f.read())
            assert b"iCCP" not in left and b"gAMA" not in left, name
            with open(f"{folder}/kept/{name}.png", "rb") as f:
                left = chunks(f.read())
            if name == "gama":
                assert left[b"gAMA"] == extra[8:12]
            else:
                def profile(data):
                    return zlib.decompress(data[data.index(b"\0") + 2:])
                assert profile(left[b"iCCP"]) == profile(chunks(b"12345678" + extra)[b"iCCP"]), name


main()
