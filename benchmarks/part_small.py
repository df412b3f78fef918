"""Part (e): 2,000 JPEGs of 256x256 through `gaussian 2`, by quern, the floor and the peers that need no process for each
picture."""
import os
import statistics

import measure
import part_job
import tools

PEERS = ("pyvips", "OpenCV", "Pillow", "Pillow, threads")


def make_pictures(bench):
    number = 500 if bench.quick else 2000
    folder = f"{bench.work}/small-{number}"
    if not os.path.exists(folder):
        out = bench.scratch()
        names = measure.jpegs(bench.photos)
        bench.quern_run("resize 256x256 fit=cover", [os.path.join(bench.photos, n) for n in names], f"{out}/",
                        ["--meta", "none", "--quality", "92", "--subsampling", "420"])
        os.mkdir(f"{out}/all")
        for i in range(number):
            os.link(os.path.join(out, names[i % len(names)]), f"{out}/all/{i:04}.jpg")
        os.rename(f"{out}/all", folder)
        bench.discard(out)
    return folder, number


def run(bench):
    folder, number = make_pictures(bench)
    who = {n: c[0] for n, c in part_job.contenders(bench, "gaussian 2").items() if n in ("floor", "quern")}
    who |= {n: c[0] for n, c in tools.job_peers(bench, "gaussian 2").items() if n in PEERS}
    runs = {name: [] for name in who}
    for turn in range(3 if bench.quick else 4):
        for name, command in who.items():
            one = measure.run(command, folder)
            if turn:
                runs[name].append(one)
    median = {n: statistics.median(r["wall_s"] for r in rs) for n, rs in runs.items() if rs}
    for name in sorted(median, key=median.get):
        above = (median[name] - median["floor"]) / number * 1e3
        print(f"  {name:16}{number / median[name]:8.0f} pictures/s{above:8.2f} ms a picture above the codecs, "
              f"cpu {statistics.median(r['cpu_s'] for r in runs[name]):.2f} s")
    return {"pictures": number, "runs": runs}
