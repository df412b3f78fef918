"""The peers' own benchmarks, on their terms. libvips's: crop 100 pixels off every edge, shrink by 10 % bilinear, sharpen
with a 3x3 kernel, save, on 5000x5000 and 10000x10000. sharp's: 2725x2225 JPEG to 720x588, Lanczos 3, quality 80."""
import os
import shutil
import statistics
import subprocess

import measure
import part_start

SHARPEN = "-1,-1,-1,-1,16,-1,-1,-1,-1"
COPIES = 16  # of sharp's picture, in a folder


def texture_jpeg(bench, w, h, folder):
    os.makedirs(folder, exist_ok=True)
    path = f"{folder}/in.jpg"
    if not os.path.exists(path):
        subprocess.run([bench.texture, str(w), str(h), f"{folder}/t.png"], check=True)
        bench.quern_run("invert | invert", [f"{folder}/t.png"], path, ["--to", "jpg", "--quality", "92"])
        os.unlink(f"{folder}/t.png")
    return path


def vips_program(bench, side, source, out):
    """libvips's benchmark by its own command line: three steps, of which two leave a file between. Its C API needs none,
    so this is the slower way; said in the table."""
    inner = side - 200
    kernel = f"{out}/kernel.mat"
    with open(kernel, "w", encoding="ascii") as file:
        file.write("3 3 8 0\n-1 -1 -1\n-1 16 -1\n-1 -1 -1\n")
    steps = (f"vips crop {source} {out}/a.v 100 100 {inner} {inner} && "
             f"vips affine {out}/a.v {out}/b.v '0.9 0 0 0.9' --interpolate bilinear && "
             f"vips conv {out}/b.v '{out}/vips.jpg[Q=90]' {kernel} --precision integer")
    return ["sh", "-c", f"export VIPS_CONCURRENCY={bench.cores}; {steps}"]


def libvips_benchmark(bench, side, rounds):
    source = texture_jpeg(bench, side, side, f"{bench.work}/own-{side}")
    out = bench.scratch()
    chain = f"crop {side - 200}x{side - 200}+100+100 | resize 90% filter=triangle | convolve {SHARPEN}"
    who = {"quern": (bench.quern_words(chain, [source], f"{out}/q.jpg", ["--overwrite"]), "antialiased bilinear")}
    if shutil.which("vips"):
        who["vips"] = (vips_program(bench, side, source, out), "by its CLI, files between steps; 2x2 taps: cheaper")
    for name, python, note in (("pyvips", bench.python_vips, "as it runs this itself, by rows; 2x2 taps: cheaper"),
                               ("OpenCV", bench.python_cv2, "2x2 taps: cheaper"),
                               ("Pillow", bench.python_pil, "antialiased bilinear")):
        if python:
            words = [python, f"{bench.here}/peers/own.py", name, source, f"{out}/{name}.jpg"]
            who[name] = (words, note)
    rows = turns(who, rounds)
    bench.discard(out)
    return [dict(r, benchmark=f"libvips {side}x{side}") for r in rows]


def turns(who, rounds):
    times = {name: [] for name in who}
    for turn in range(rounds + 1):
        for name, (words, _) in who.items():
            try:
                seconds = part_start.time_of(words)
            except subprocess.CalledProcessError as error:
                print(f"    {name}: {error}")
                continue
            if turn:
                times[name].append(seconds)
    rows = [{"peer": n, "wall_s": t, "note": who[n][1]} for n, t in times.items() if t]
    for r in sorted(rows, key=lambda r: statistics.median(r["wall_s"])):
        print(f"    {r['peer']:12}{statistics.median(r['wall_s']):8.3f} s "
              f"({min(r['wall_s']):.3f}..{max(r['wall_s']):.3f})  {r['note']}", flush=True)
    return rows


def sharp_benchmark(bench, rounds):
    one = texture_jpeg(bench, 2725, 2225, f"{bench.work}/own-sharp")
    folder = f"{bench.work}/own-sharp-many"
    os.makedirs(folder, exist_ok=True)
    for i in range(COPIES):
        if not os.path.exists(f"{folder}/{i:02}.jpg"):
            os.link(one, f"{folder}/{i:02}.jpg")
    out = bench.scratch()
    more = ["--quality", "80", "--subsampling", "420", "--overwrite"]
    chain = "resize 720x588 filter=lanczos3"
    who = {"quern": (bench.quern_words(chain, [folder], f"{out}/", more), "all samples"),
           "quern shrink": (bench.quern_words(chain, [folder], f"{out}/s/", more + ["--shrink-on-load"]),
                            "shrinks while it decodes")}
    if shutil.which("vipsthumbnail"):
        names = f"{folder}/{measure.jpegs(folder)[0]}"
        words = ["sh", "-c", f"export VIPS_CONCURRENCY=1; ls {folder}/*.jpg | xargs -P{bench.cores} -I@ vipsthumbnail @ "
                             f"--size '720x588!' -o '{out}/v-%s.jpg[Q=80]'"]
        if os.path.exists(names):
            who["vips"] = (words, "shrinks while it decodes")
    rows = turns(who, rounds)
    bench.discard(out)
    return [dict(r, benchmark="sharp") for r in rows]


def run(bench):
    rounds = 1 if bench.quick else 3
    rows = []
    for side in (5000,) if bench.quick else (5000, 10000):
        print(f"  libvips's, {side}x{side}")
        rows += libvips_benchmark(bench, side, rounds)
    print(f"  sharp's, {COPIES} pictures")
    return rows + sharp_benchmark(bench, rounds)
