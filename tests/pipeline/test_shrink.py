#!/usr/bin/env python3
"""--shrink-on-load: the result is that of the picture that djpeg makes at 1/2, 1/4 or 1/8, resized to the size that the
whole picture would have had. Without the option, and where the resize is not the first stage, it changes nothing.

usage: test_shrink.py QUERN
"""
import shutil
import subprocess
import sys
import tempfile

W, H = 331, 203


def picture(w, h):
    return b"P6\n%d %d\n255\n" % (w, h) + bytes(
        v & 255 for y in range(h) for x in range(w) for v in (x * 5 + y, (x ^ y) * 3, (x * y) >> 3))


def size_of(ppm):
    return tuple(int(v) for v in ppm.split(b"\n", 2)[1].split())


def main():
    quern = sys.argv[1]
    if not (shutil.which("djpeg") and shutil.which("cjpeg")):
        print("skipped: no djpeg and cjpeg")
        sys.exit(77)

    with tempfile.TemporaryDirectory() as folder:

        def run(*args):
            out = f"{folder}/out.ppm"
            subprocess.run([quern, "-q", "--overwrite", *args, "-o", out], check=True)
            with open(out, "rb") as f:
                return f.read()

        with open(f"{folder}/a.ppm", "wb") as f:
            f.write(picture(W, H))
        for kind in ([], ["-progressive"], ["-grayscale"]):
            subprocess.run(["cjpeg", "-quality", "90", *kind, "-outfile", f"{folder}/a.jpg", f"{folder}/a.ppm"], check=True)
            for chain, size, by in (("resize 100x80", (100, 80), 2), ("thumbnail 80x80", (80, 49), 4),
                                    ("resize 25%", (83, 51), 4), ("resize 20x", (20, 12), 8),
                                    ("resize 41x25 filter=area | gaussian 1", (41, 25), 8),
                                    ("resize 60x60 fit=cover at=west", (60, 60), 2),
                                    ("resize 60% | resize 10x10", (10, 10), 1), ("gaussian 1 | resize 20x20", (20, 20), 1),
                                    ("resize 20x20 filter=nearest", (20, 20), 1), ("resize 300x300", (300, 300), 1)):
                exact = run("-f", chain, f"{folder}/a.jpg")
                with open(f"{folder}/small.ppm", "wb") as f:
                    subprocess.run(["djpeg", "-scale", f"1/{by}", f"{folder}/a.jpg"], check=True, stdout=f)
                got = run("--shrink-on-load", "-f", chain, f"{folder}/a.jpg")
                assert size_of(got) == size_of(exact) == size, (kind, chain, size_of(got))
                assert (got == exact) == (by == 1), (kind, chain)
                if by == 1:
                    continue
                if "cover" in chain: # the cut lies where it lies in the whole picture
                    full = "resize 98x60"
                    want = run("-f", f"{full} | crop 60x60 at=west", f"{folder}/small.ppm")
                else:
                    first, _, rest = chain.partition("|")
                    area = " filter=area" if "area" in first else ""
                    want = run("-f", f"resize {size[0]}x{size[1]}{area}" + ("|" + rest if rest else ""),
                               f"{folder}/small.ppm")
                assert got == want, (kind, chain)
                for more in () if kind else (["--sync"], ["--band-rows", "3"], ["--mem", "60K"]):
                    assert run("--shrink-on-load", *more, "-f", chain, f"{folder}/a.jpg") == got, (kind, chain, more)
        # upright first: the sides of what is decoded are the other way round
        subprocess.run(["cjpeg", "-quality", "90", "-outfile", f"{folder}/a.jpg", f"{folder}/a.ppm"], check=True)
        with open(f"{folder}/a.jpg", "rb") as f:
            plain = f.read()
        exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
        with open(f"{folder}/turned.jpg", "wb") as f:
            f.write(plain[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + plain[2:])
        with open(f"{folder}/small.ppm", "wb") as f:
            subprocess.run(["djpeg", "-scale", "1/4", f"{folder}/a.jpg"], check=True, stdout=f)
        got = run("--shrink-on-load", "-f", "thumbnail 80x80", f"{folder}/turned.jpg")
        assert size_of(got) == (49, 80)
        assert got == run("-f", "rotate 90 | resize 49x80", f"{folder}/small.ppm")
        print("ok")


main()
