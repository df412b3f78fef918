"""Part (f): how the job grows: one picture of 0.1 to 1000 megapixels, 1 to 54 pictures, threads, slots, and --sync."""
import math
import os
import statistics
import subprocess

import measure
import part_job
import part_start
import tools

SIZES = (0.1, 1, 4, 15, 60, 250, 1000)
STREAMING = ("quern", "vips")  # beyond 300 megapixels: the others hold it whole
PEERS = ("OpenCV", "Pillow", "vips")
TOTAL = 240  # megapixels of each folder whose pictures are of one size


def one_of_size(bench, mp):
    """A folder with one JPEG of that many megapixels, 4:3."""
    folder = f"{bench.work}/size-{mp}"
    if not os.path.exists(folder):
        out = bench.scratch()
        w = round(math.sqrt(mp * 1e6 * 4 / 3))
        subprocess.run([bench.texture, str(w), str(round(w * 3 / 4)), f"{out}/t.png"], check=True)
        os.mkdir(f"{out}/f")
        bench.quern_run("invert | invert", [f"{out}/t.png"], f"{out}/f/one.jpg", ["--subsampling", "420"])
        os.rename(f"{out}/f", folder)
        bench.discard(out)
    return folder


def by_size(bench):
    rows = []
    start = start_of(bench)
    for mp in SIZES[:4] if bench.quick else SIZES:
        folder = one_of_size(bench, mp)
        who = {"quern": part_job.contenders(bench, "gaussian 2")["quern"][0]}
        who |= {n: c[0] for n, c in tools.job_peers(bench, "gaussian 2").items() if n in PEERS}
        who = {n: c for n, c in who.items() if mp < 300 or n in STREAMING}
        times = {name: [] for name in who}
        for turn in range(2 if mp >= 60 or bench.quick else 3):
            for name, command in who.items():
                try:
                    seconds = measure.run(command, folder)["wall_s"]
                except RuntimeError as error:
                    print(f"  {mp} MP: {name}: {error}")
                    continue
                if turn or mp >= 60:
                    times[name].append(seconds)
        print(f"  {mp:6} MP  " + "  ".join(f"{n} {statistics.median(t):.3f} s" for n, t in times.items() if t), flush=True)
        rows += [{"peer": n, "mp": mp, "wall_s": t} for n, t in times.items()]
    per_mp = {r["mp"]: 1000 * (statistics.median(r["wall_s"]) - start) / r["mp"]
              for r in rows if r["peer"] == "quern" and r["wall_s"]}
    print(f"  start of quern {1000 * start:.0f} ms; without it: " +
          ", ".join(f"{mp:g} MP {ms:.2f} ms/MP" for mp, ms in per_mp.items()))
    return [r | {"start_s": start} if r["peer"] == "quern" else r for r in rows]


def same_total(bench, start):
    """Folders of TOTAL megapixels, of many small pictures or of few large ones (the largest has more): seconds without
    the start, by megapixels of a picture. Nothing but the first and the last bands of all is not overlapped there, so
    that what a megapixel takes is to be seen."""
    sizes = [mp for mp in (SIZES[:4] if bench.quick else SIZES) if mp >= 1]
    times = {mp: [] for mp in sizes}
    for _ in range(2 if bench.quick else 3):
        for mp in sizes:
            picture = os.path.join(one_of_size(bench, mp), "one.jpg")
            number = max(1, round(TOTAL / mp))
            seconds = quern_over(bench, [], [picture] * number) - start
            times[mp].append(1000 * seconds / (mp * number))
    print(f"  {TOTAL} MP in all, without the start: " +
          ", ".join(f"{mp:g} MP each {statistics.median(some):.2f} ms/MP" for mp, some in times.items()))
    return [{"mp": mp, "ms_per_mp": some} for mp, some in times.items()]


def start_of(bench):
    """Seconds of quern for a picture of next to nothing: what is no picture's own."""
    folder = one_of_size(bench, 0.0002)
    command = part_job.contenders(bench, "gaussian 2")["quern"][0]
    return statistics.median([measure.run(command, folder)["wall_s"] for _ in range(6)][1:])


def quern_with(bench, options, number):
    """Seconds of quern over that many photos."""
    folder = f"{bench.work}/job-18"
    names = [os.path.join(folder, n) for n in measure.jpegs(folder)]
    return quern_over(bench, options, [names[i % len(names)] for i in range(number)])


def quern_over(bench, options, names):
    out = bench.scratch()
    words = [bench.quern, "-q", "-d", bench.spec, "-f", "gaussian 2", *names, "-o", f"{out}/{{n}}.jpg", "--quality", "90",
             "--subsampling", "420", "--meta", "none", *options]
    seconds = part_start.time_of(words)
    bench.discard(out)
    return seconds


def run(bench):
    part_job.folders(bench)
    rows = by_size(bench)
    cases = [("pictures", str(n), [], n) for n in (1, 3, 9, 18)]
    threads = sorted({1, 2, bench.cores, 2 * bench.cores})
    cases += [("threads", str(n), ["-j", str(n)], 18) for n in threads]
    cases += [("slots", str(n), ["--slots", str(n)], 18) for n in (1, 2, 3, 4)]
    cases += [("order", "overlapped", [], 18), ("order", "--sync", ["--sync"], 18)]
    times = {case[:2]: [] for case in cases}
    for turn in range(2 if bench.quick else 3):
        for what, value, options, number in cases:
            seconds = quern_with(bench, options, number)
            if turn:
                times[what, value].append(seconds)
    for (what, value), some in times.items():
        print(f"  {what:9}{value:>11}{statistics.median(some):8.2f} s ({min(some):.2f}..{max(some):.2f})")
    gain = statistics.median(times["order", "--sync"]) / statistics.median(times["order", "overlapped"])
    print(f"  overlapped is {gain:.2f} x as fast as --sync")
    return {"size": rows, "total": same_total(bench, start_of(bench)), "cases": [{"what": w, "value": v, "wall_s": t} for (w, v), t in times.items()]}
