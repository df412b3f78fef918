"""Part (h): PNG in and out, one picture at a time, through nothing: quern and vips at vips's levels 1 and 6 with its
filters on, and quern's quickest level whose file is no larger. Photos, a graphic, 16 bits."""
import glob
import os
import shutil
import statistics
import subprocess
import time

import measure


def make_pictures(bench):
    """name -> PNG: two photos, a plot of this suite, the first photo with 16 bits."""
    folder = f"{bench.work}/png"
    names = measure.jpegs(bench.photos)[:1 if bench.quick else 2]
    if not os.path.exists(folder):
        out = bench.scratch()
        for i, name in enumerate(names):
            bench.quern_run("invert | invert", [f"{bench.photos}/{name}"], f"{out}/photo{i}.png", ["--meta", "none"])
        bench.quern_run("gaussian 0.6", [f"{out}/photo0.png"], f"{out}/deep.png", ["--depth", "16"])
        for plot in sorted(glob.glob(f"{bench.here}/results/*/kernels.png"))[:1]:
            shutil.copy(plot, f"{out}/graphic.png")
        os.rename(out, folder)
    return {name[:-4]: f"{folder}/{name}" for name in sorted(os.listdir(folder))}


def timed(words, out):
    before = os.times()
    begin = time.monotonic()
    subprocess.run(words, check=True, capture_output=True)
    wall, after = time.monotonic() - begin, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return {"wall_s": wall, "cpu_s": cpu, "bytes": os.path.getsize(out)}


def commands(bench, picture, out):
    """name -> words, of which the file's name is the last or stands before its options."""
    who = {}
    quern, vips = f"{out}/quern", f"{out}/vips"
    for level in (1, 2, 3, 4, 5, 6):
        who[f"quern {level}"] = (bench.quern_words("", [picture], f"{quern}{level}.png",
                                                   ["--overwrite", "--compression", str(level)]), f"{quern}{level}.png")
    who["quern, decoding"] = bench.quern_words("", [picture], f"{quern}.ppm", ["--overwrite"]), f"{quern}.ppm"
    if shutil.which("vips"):
        for level in (1, 6):
            target = f"{vips}{level}.png"
            who[f"vips {level}"] = ["vips", "copy", picture, f"{target}[compression={level},filter=all]"], target
        who["vips, decoding"] = ["vips", "copy", picture, f"{vips}.ppm"], f"{vips}.ppm"
    return who


def tell(name, runs):
    median = {k: statistics.median(r["cpu_s"] for r in rs) for k, rs in runs.items()}
    wall = {k: statistics.median(r["wall_s"] for r in rs) for k, rs in runs.items()}
    size = {k: rs[0]["bytes"] for k, rs in runs.items()}
    pairs = [(f"vips {level}", f"quern {level}") for level in (1, 6)] + [("vips, decoding", "quern, decoding")]
    for level in (1, 6):
        small = [k for k in size if k.startswith("quern ") and size[k] <= size.get(f"vips {level}", 0)]
        if small:
            pairs.append((f"vips {level}", min(small, key=median.get)))
    for one, other in dict.fromkeys(p for p in pairs if p[0] in median):
        print(f"  {name:8}" + " | ".join(f"{k:16}{size[k] / 1e6:8.3f} MB{wall[k] * 1e3:6.0f} ms, cpu {median[k] * 1e3:5.0f}"
                                         for k in (one, other)) + f" | {median[one] / median[other]:.2f} times")


def run(bench):
    result = {}
    for name, picture in make_pictures(bench).items():
        out = bench.scratch()
        who = commands(bench, picture, out)
        runs = {k: [] for k in who}
        for turn in range(3 if bench.quick else 5):
            for k, (words, target) in who.items():
                one = timed(words, target)
                if turn:
                    runs[k].append(one)
        tell(name, runs)
        result[name] = runs
        bench.discard(out)
    return result
