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
