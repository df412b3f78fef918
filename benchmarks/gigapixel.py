#!/usr/bin/env python3
"""gigapixel.py QUERN TEXTURE DIR [--most MP] [--gray] [--device D]: time and memory of one picture of 1 megapixel up to
one of 1 gigapixel (32768x32768), PNG and JPEG, through three filters; beside it libvips's own pipeline (pyvips), or where
Python has none of it, vips with the first filter alone, since its command runs one operation. Of the small ones also as
many as make 67 megapixels in one run, since the start of the program is not theirs alone. With --gray also a gray PNG of
65536x65536. Writes DIR/gigapixel.json and, where there is matplotlib, a plot of the time per megapixel. Not a part of
the suite: with all sizes it takes about 15 minutes on two cores and 12 GB in DIR."""
import argparse
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time

CHAIN = "gaussian 3 | unsharp 1 amount=0.8 | saturation 1.2"
SIDES = [1024, 2048, 4096, 8192, 16384, 32768]
BATCH = 8192


def timed(words):
    """Seconds and the largest resident memory, in MB, of the one process."""
    begin = time.monotonic()
    child = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"gigapixel.py: {words[0]} ended with {child.returncode}: {' '.join(words)}")
    return {"wall_s": time.monotonic() - begin, "cpu_s": used.ru_utime + used.ru_stime, "mb": used.ru_maxrss / 1024}


def make(texture, side, folder, kind):
    path = f"{folder}/{kind}-{side}.png"
    if not os.path.exists(path):
        subprocess.run([texture, str(side), str(side), f"{path}.part", kind], check=True)
        os.rename(f"{path}.part", path)
    return path


def measured(who, words, side, out, runs, rows):
    """The quickest of some runs, told and kept; its output is removed."""
    best = min((timed(words) for _ in range(runs)), key=lambda r: r["wall_s"])
    best |= {"who": who, "side": side, "bytes": os.path.getsize(out), "s_per_mp": best["wall_s"] / side / side * 1e6}
    os.remove(out)
    rows.append(best)
    print(f"{side:6} {who:16} {best['wall_s']:8.2f} s {1000 * best['s_per_mp']:7.2f} ms/MP {best['mb']:6.0f} MB", flush=True)


def batch(args, side, picture, rows):
    """As many small pictures as make BATCH of the side squared: what a megapixel takes once the program runs."""
    kind, n = picture[-3:], (BATCH // side) ** 2
    source, target = f"{args.folder}/many", f"{args.folder}/many-out"
    os.makedirs(source, exist_ok=True)
    for i in range(n):
        os.link(picture, f"{source}/{i:03}.{kind}")
    words = [args.quern, "-q", "-d", args.device, "-f", CHAIN, source, "-o", f"{target}/"]
    best = None
    for _ in range(3):
        shutil.rmtree(target, ignore_errors=True)
        run = timed(words)
        best = run if best is None or run["wall_s"] < best["wall_s"] else best
    shutil.rmtree(source)
    shutil.rmtree(target)
    best |= {"who": f"quern {kind}, {BATCH}x{BATCH} in all", "side": side, "pictures": n,
             "s_per_mp": best["wall_s"] / BATCH / BATCH * 1e6}
    rows.append(best)
    print(f"{side:6} {best['who']:16} {best['wall_s']:8.2f} s {1000 * best['s_per_mp']:7.2f} ms/MP {best['mb']:6.0f} MB",
          flush=True)


def compare(args, side, rows):
    png = make(args.texture, side, args.folder, "rgb")
    jpeg = f"{args.folder}/rgb-{side}.jpg"
    quern = [args.quern, "-q", "--overwrite", "-d", args.device]
    if not os.path.exists(jpeg):
        subprocess.run([*quern, "-f", "", png, "-o", jpeg], check=True)
    runs = 1 if side > 8192 else 3
    for picture in (png, jpeg):
        kind = picture[-3:]
        out = f"{args.folder}/out.{kind}"
        measured(f"quern {kind}", [*quern, "-f", CHAIN, picture, "-o", out], side, out, runs, rows)
        if side < BATCH:
            batch(args, side, picture, rows)
        if importlib.util.find_spec("pyvips"):
            one = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers", "pyvips_one.py")
            measured(f"vips {kind}", [sys.executable, one, picture, out, CHAIN], side, out, runs, rows)
        elif shutil.which("vips"):
            measured(f"vips {kind}, blur", ["vips", "gaussblur", picture, out, "3"], side, out, runs, rows)


def plot(rows, path):
    try:
        import matplotlib
    except ImportError:
        print("no matplotlib: no plot")
        return
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, panel = plt.subplots(figsize=(7, 4))
    for who in dict.fromkeys(r["who"] for r in rows if r["side"] <= SIDES[-1]):
        some = [r for r in rows if r["who"] == who]
        panel.plot([r["side"] ** 2 / 1e6 for r in some], [1000 * r["s_per_mp"] for r in some], label=who, marker="o",
                   color="#c1440e" if who.startswith("quern") else "#8a9ba8", linestyle="-" if "png" in who else "--")
    panel.set_xscale("log")
    panel.set_ylim(0)
    panel.set_xlabel("megapixels of one picture")
    panel.set_ylabel("ms for a megapixel, start of the program included")
    panel.set_title(CHAIN, loc="left", fontsize=10)
    panel.legend(frameon=False)
    figure.savefig(path, dpi=110, bbox_inches="tight")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("quern")
    parser.add_argument("texture")
    parser.add_argument("folder")
    parser.add_argument("--most", type=float, default=1100, metavar="MP")
    parser.add_argument("--gray", action="store_true")
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args()
    os.makedirs(args.folder, exist_ok=True)
    rows = []
    for side in SIDES:
        if side * side <= args.most * 1e6:
            compare(args, side, rows)
    if args.gray:
        side, out = 65536, f"{args.folder}/out.png"
        picture = make(args.texture, side, args.folder, "gray")
        measured("quern png, gray", [args.quern, "-q", "--overwrite", "--max-pixels", str(side * side), "-d", args.device,
                                     "-f", "gaussian 3", picture, "-o", out], side, out, 1, rows)
    with open(f"{args.folder}/gigapixel.json", "w", encoding="utf-8") as file:
        json.dump({"chain": CHAIN, "rows": rows}, file, indent=1)
    plot(rows, f"{args.folder}/gigapixel.svg")


main()
