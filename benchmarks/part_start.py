"""Part (d): one 640x480 JPEG, end to end: the first run ever (empty caches), and warm ones in turn with the peers."""
import os
import shutil
import statistics
import subprocess
import time

import tools


def time_of(command, env=None):
    begin = time.monotonic()
    subprocess.run(command, check=True, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - begin


def run(bench):
    work = bench.scratch()
    subprocess.run([bench.texture, "640", "480", f"{work}/t.png"], check=True)
    small = f"{work}/in/small.jpg"
    os.mkdir(f"{work}/in")
    os.mkdir(f"{work}/out")
    bench.quern_run("invert | invert", [f"{work}/t.png"], small, ["--to", "jpg"])
    env = dict(os.environ, XDG_CACHE_HOME=f"{work}/cache", POCL_CACHE_DIR=f"{work}/pocl")
    for name in ("XDG_CACHE_HOME", "POCL_CACHE_DIR"):
        os.mkdir(env[name])
    quern = bench.quern_words("gaussian 2", [small], f"{work}/quern.jpg", ["--overwrite"])
    who = {"quern": quern}
    folders = {"@in@": f"{work}/in", "@out@": f"{work}/out"}
    for name, (words, _, _) in tools.job_peers(bench, "gaussian 2").items():
        if "," not in name:
            # one picture needs no pool
            words = ["serial" if w == "pool" else "1" if w == str(bench.cores) else folders.get(w, w) for w in words]
            who[name] = words
    times = {name: [] for name in who}
    cold = time_of(quern, env)
    print(f"  quern, the first run ever: {cold * 1e3:.0f} ms")
    broken = set()
    for turn in range(4 if bench.quick else 10):
        for name, words in who.items():
            if name in broken:
                continue
            try:
                seconds = time_of(words, env)
            except subprocess.CalledProcessError:
                broken.add(name)
                print(f"  {name} failed; left out")
                continue
            if turn:
                times[name].append(seconds)
    shutil.rmtree(work)
    for name, some in sorted(((n, t) for n, t in times.items() if t), key=lambda i: statistics.median(i[1])):
        print(f"  {name:16}{statistics.median(some) * 1e3:7.0f} ms ({min(some) * 1e3:.0f}..{max(some) * 1e3:.0f})")
    return {"cold_s": cold, "warm_s": times}
