#!/usr/bin/env python3
"""Metadata as other programs see it: written with exiftool, through quern from JPEG to JPEG, to PNG and back, read with
exiftool again; the files themselves judged by jpeginfo, djpeg and pngcheck where those are there.

usage: test_metadata.py QUERN
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from test_light import iccp, para  # noqa: E402
import zlib  # noqa: E402

SKIP = 77
W, H = 48, 24
KEPT = ["EXIF:Artist", "EXIF:GPSLatitude", "EXIF:ISO", "IPTC:Keywords", "IPTC:City", "XMP-dc:Title", "XMP-dc:Description"]


def exif(*args):
    done = subprocess.run(["exiftool", "-m", "-q", "-q", *args], capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def tags(path):
    return json.loads(exif("-j", "-G1:0", "-n", "-a", path))[0]


def tag(found, name):
    group, _, key = name.partition(":")
    for k, v in found.items():
        parts = k.split(":")
        if parts[-1] == key and (group in parts or (group == "EXIF" and any(p in ("IFD0", "ExifIFD", "GPS") for p in parts))):
            return v
    return None


def sound(path):
    """No complaint of the programs that know the format."""
    if path.endswith(".png") and shutil.which("pngcheck"):
        done = subprocess.run(["pngcheck", "-q", path], capture_output=True, text=True)
        assert done.returncode == 0 and "warning" not in done.stdout.lower(), done.stdout
    if path.endswith(".jpg") and shutil.which("jpeginfo"):
        done = subprocess.run(["jpeginfo", "-c", path], capture_output=True, text=True)
        assert done.returncode == 0 and " OK" in done.stdout, done.stdout
    if path.endswith(".jpg") and shutil.which("djpeg"):
        done = subprocess.run(["djpeg", "-strict", "-outfile", os.devnull, path], capture_output=True, text=True)
        assert done.returncode == 0 and not done.stderr, done.stderr


class Quern:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder

    def __call__(self, chain, source, target, *options):
        done = subprocess.run([self.program, "-v", "-f", chain, *options, "--overwrite", f"{self.folder}/{source}", "-o",
                               f"{self.folder}/{target}"], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stderr


def make_source(quern, folder):
    with open(f"{folder}/in.ppm", "wb") as f:  # bright in the upper left corner only
        f.write(b"P6\n%d %d\n255\n" % (W, H))
        f.write(bytes(255 if x < W // 2 and y < H // 2 else 0 for y in range(H) for x in range(W) for _ in range(3)))
    quern("", "in.ppm", "in.jpg")
    quern("", "in.ppm", "thumb.jpg", "--quality", "20")
    gamma = para(0, 1.8)
    chunk = iccp(b"RGB ", [(b"rTRC", gamma), (b"gTRC", gamma), (b"bTRC", gamma)])
    with open(f"{folder}/in.icc", "wb") as f:
        f.write(zlib.decompress(chunk[8 + 3:-4]))
    exif("-overwrite_original", "-Artist=Käthe", "-GPSLatitude=48.5", "-GPSLatitudeRef=N", "-ISO=200", "-IPTC:Keywords=one",
         "-IPTC:City=Ulm", "-XMP-dc:Title=A title", "-XMP-dc:Description=" + "long " * 100, "-Comment=a comment",
         "-ExifImageWidth=%d" % W, "-ExifImageHeight=%d" % H, "-XMP-tiff:Orientation#=6", "-ColorSpace#=65535",
         "-XResolution=150", "-YResolution=150", "-JFIF:ResolutionUnit#=1", "-JFIF:XResolution=150",
         "-JFIF:YResolution=150",
         f"-ThumbnailImage<={folder}/thumb.jpg", f"-ICC_Profile<={folder}/in.icc", f"{folder}/in.jpg")


def check_kept(folder, names):
    before = tags(f"{folder}/in.jpg")
    assert all(tag(before, k) is not None for k in KEPT), before
    for name in names:
        path = f"{folder}/{name}"
        sound(path)
        after = tags(path)
        for k in KEPT:
            assert tag(after, k) == tag(before, k), (name, k, tag(before, k), tag(after, k))
        assert exif("-icc_profile", "-b", path) == exif("-icc_profile", "-b", f"{folder}/in.jpg"), name
        assert exif("-ThumbnailImage", "-b", path) == b"", name
        assert (tag(after, "EXIF:ExifImageWidth"), tag(after, "EXIF:ExifImageHeight")) == (W // 2, H // 2), name
        assert tag(after, "XMP-tiff:Orientation") == 1, name
        comment = exif("-s3", "-Comment", path)
        assert comment == b"a comment\n", (name, comment)


def check_orientations(quern, folder):
    """However it was held, the bright corner is where a viewer shows it."""
    corner = {1: (0, 0), 2: (1, 0), 3: (1, 1), 4: (0, 1), 5: (0, 0), 6: (1, 0), 7: (1, 1), 8: (0, 1)}
    for o in range(1, 9):
        exif("-overwrite_original", f"-Orientation#={o}", f"{folder}/in.jpg")
        quern("", "in.jpg", "up.jpg")
        after = tags(f"{folder}/up.jpg")
        assert tag(after, "EXIF:Orientation") == 1, o
        w, h = (H, W) if o >= 5 else (W, H)
        assert (tag(after, "EXIF:ExifImageWidth"), tag(after, "EXIF:ExifImageHeight")) == (w, h), o
        quern("", "up.jpg", "up.ppm")
        with open(f"{folder}/up.ppm", "rb") as f:
            _, size, _, data = f.read().split(b"\n", 3)
        assert size == b"%d %d" % (w, h)
        x, y = corner[o]
        at = ((h - 3 if y else 2) * w + (w - 3 if x else 2)) * 3
        assert data[at] > 200, o
        assert sum(v > 128 for v in data) < len(data) / 2, o
        quern("", "in.jpg", "as.jpg", "--no-orient")
        assert tag(tags(f"{folder}/as.jpg"), "EXIF:Orientation") == o


def main():
    if not shutil.which("exiftool"):
        print("skipped: there is no exiftool")
        sys.exit(SKIP)
    with tempfile.TemporaryDirectory() as folder:
        quern = Quern(sys.argv[1], folder)
        make_source(quern, folder)
        check_orientations(quern, folder)
        exif("-overwrite_original", "-Orientation#=1", f"{folder}/in.jpg")
        quern("resize 50%", "in.jpg", "a.jpg")
        quern("", "a.jpg", "b.png")
        quern("", "b.png", "c.jpg")
        quern("", "c.jpg", "d.jpg", "--progressive", "--restart", "1", "--optimize")
        check_kept(folder, ["a.jpg", "b.png", "c.jpg", "d.jpg"])
        told = quern("", "in.jpg", "e.ppm")
        for kind in ("profile", "EXIF", "XMP", "IPTC", "text"):
            assert any(kind in line and "left out" in line for line in told.splitlines()), (kind, told)
        told = quern("gray", "a.jpg", "f.jpg")
        assert "profile is dropped" in told and not exif("-icc_profile", "-b", f"{folder}/f.jpg"), told
        quern("", "in.jpg", "g.jpg", "--meta", "iptc,dpi")
        after = tags(f"{folder}/g.jpg")
        assert tag(after, "IPTC:City") == "Ulm" and tag(after, "EXIF:Artist") is None and not tag(after, "XMP-dc:Title")
        assert tag(after, "JFIF:XResolution") == 150
        quern("", "in.jpg", "h.jpg", "--meta", "none")
        assert tag(tags(f"{folder}/h.jpg"), "IPTC:City") is None
        same = exif("-ThumbnailImage", "-b", f"{folder}/in.jpg")
        quern("", "in.jpg", "i.jpg")
        assert same and exif("-ThumbnailImage", "-b", f"{folder}/i.jpg") == same  # nothing was painted


main()
