#!/usr/bin/env python3
"""The job: a folder of photos, `gaussian 2`, JPEG to JPEG at quality 90 and 4:2:0, by quern, by the floor (decode and
encode only) and by those peers that are installed. Every round runs all of them in turn, so that noise of the machine
meets all alike; a first round warms up, a second samples memory, the others are timed.

job.py --quern PATH --floor PATH --photos DIR [--rounds N] [--device SPEC] [--json FILE]
"""
import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import measure

HERE = os.path.dirname(os.path.abspath(__file__))


def python_with(module):
    """A Python that has the module: this one or Debian's own."""
    for python in (sys.executable, "/usr/bin/python3"):
        probe = [python, "-c", f"import {module}"]
        if shutil.which(python) and subprocess.run(probe, capture_output=True, check=False).returncode == 0:
            return python
    return None


def vips(cores, min_ampl):
    # Above quality 89 vips writes 4:4:4 unless told otherwise.
    each = f'vips gaussblur "$0/@" "$1/@[Q=90,strip,subsample-mode=on]" 2 --min-ampl {min_ampl}'
    return ["sh", "-c", f'export VIPS_CONCURRENCY=1; ls "$0" | xargs -P{cores} -I@ {each}', measure.IN, measure.OUT]


def contenders(args, cores):
    """name -> (command, what it computes), and the packages of the peers that are not here."""
    quern = [args.quern, "-q", "-f", "gaussian 2", measure.IN, "-o", measure.OUT, "--quality", "90", "--subsampling",
             "420", "--meta", "none", "-d", args.device]
    found = {
        "floor": ([args.floor, measure.IN, measure.OUT, str(cores)], "decode and encode only"),
        "quern": (quern, "17x17 taps, 16-bit fixed point"),
        "quern --sync": (quern + ["--sync"], "the same, one step after another"),
    }
    missing = []
    for name, module, package, what in (
            ("opencv", "cv2", "python3-opencv", "17x17 taps, fixed point"),
            ("pillow", "PIL", "python3-pil", "three box blurs, 8 bits between")):
        python = python_with(module)
        if python:
            found[name] = ([python, f"{HERE}/peers/{name}_job.py", measure.IN, measure.OUT, str(cores)], what)
        else:
            missing.append(package)
    if shutil.which("vips"):
        found["vips 7x7"] = (vips(cores, 0.2), "its default, stops at 20 % of the peak: 7x7 taps, weights 6..20")
        found["vips 15x15"] = (vips(cores, 0.001), "its widest: 15x15 taps, weights 0..20")
    else:
        missing.append("libvips-tools")
    return found, missing


def time_of(command, env=None):
    begin = time.monotonic()
    subprocess.run(command, check=True, env=env)
    return time.monotonic() - begin


def one_picture(args, repeats):
    """A 640x480 JPEG, end to end: the first run ever (empty caches), and warm ones."""
    work = tempfile.mkdtemp()
    small = f"{work}/small.jpg"
    photo = os.path.join(args.photos, measure.jpegs(args.photos)[0])
    subprocess.run([args.quern, "-q", "-f", "resize 640x480", photo, "-o", small], check=True)
    env = dict(os.environ, XDG_CACHE_HOME=f"{work}/cache", POCL_CACHE_DIR=f"{work}/pocl")
    os.mkdir(env["XDG_CACHE_HOME"])
    os.mkdir(env["POCL_CACHE_DIR"])
    quern = [args.quern, "-q", "-f", "gaussian 2", "--overwrite", "-d", args.device, small, "-o", f"{work}/out.jpg"]
    peer = ["vips", "gaussblur", small, f"{work}/vips.jpg", "2"]
    result = {"cold_s": time_of(quern, env), "warm_s": []}
    if shutil.which("vips"):
        result["vips_s"] = []
    for _ in range(repeats):
        result["warm_s"].append(time_of(quern, env))
        if "vips_s" in result:
            result["vips_s"].append(time_of(peer))
    shutil.rmtree(work)
    return result


def device_of(args):
    """The device that quern takes, as its statistics tell."""
    photo = os.path.join(args.photos, measure.jpegs(args.photos)[0])
    out = tempfile.mkdtemp()
    text = subprocess.run([args.quern, "-q", "-f", "invert", "-d", args.device, "--stats", "-", photo, "-o", out + "/"],
                          check=True, capture_output=True, text=True).stdout
    shutil.rmtree(out)
    return json.loads(text)["device"]


def report(who, runs, memory):
    median = {name: statistics.median(r["wall_s"] for r in rs) for name, rs in runs.items()}
    print(f"{'':13}{'wall s':>8}{'min..max':>12}{'/ floor':>9}{'/ quern':>9}{'cpu s':>7}{'MB':>6}")
    for name, rs in runs.items():
        walls = [r["wall_s"] for r in rs]
        print(f"{name:13}{median[name]:8.2f}{f'{min(walls):.2f}..{max(walls):.2f}':>12}"
              f"{median[name] / median['floor']:9.2f}{median[name] / median['quern']:9.2f}"
              f"{statistics.median(r['cpu_s'] for r in rs):7.2f}{memory[name] / 1e6:6.0f}  {who[name][1]}")


def spread(times):
    return f"{statistics.median(times) * 1e3:.0f} ms ({min(times) * 1e3:.0f}..{max(times) * 1e3:.0f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    for name in ("quern", "floor", "photos"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--json")
    args = parser.parse_args()
    args.photos = os.path.abspath(args.photos)
    cores = len(os.sched_getaffinity(0))
    who, missing = contenders(args, cores)
    runs, memory = {name: [] for name in who}, {}
    load = os.getloadavg()[0]
    for turn in range(args.rounds + 2):
        for name, (command, _) in who.items():
            result = measure.run(command, args.photos, memory=turn == 1)
            if turn == 1:
                memory[name] = result["peak_bytes"]
            elif turn > 1:
                runs[name].append(result)
    small = one_picture(args, args.rounds)
    device = device_of(args)
    sizes = [measure.jpeg_frame(os.path.join(args.photos, n))[:2] for n in measure.jpegs(args.photos)]
    pixels = sum(w * h for w, h in sizes)
    print(f"{len(sizes)} photos, {pixels / 1e6:.0f} MP, gaussian 2, JPEG quality 90 4:2:0; {cores} cores "
          f"{platform.machine()}, {device['platform']} {device['type']} {device['driver']}; {args.rounds} rounds, "
          f"load before {load:.1f}")
    report(who, runs, memory)
    print(f"one 640x480 JPEG: first run ever {small['cold_s'] * 1e3:.0f} ms, then {spread(small['warm_s'])}"
          + (f"; vips 7x7 {spread(small['vips_s'])}" if "vips_s" in small else ""))
    if missing:
        print("not measured, because not installed: " + " ".join(missing))
    if args.json:
        with open(args.json, "w", encoding="utf-8") as file:
            json.dump({"schema": "quern.bench-job/1", "date": time.strftime("%Y-%m-%d"), "cores": cores,
                       "device": device, "photos": len(sizes), "pixels": pixels, "load_before": load, "runs": runs,
                       "peak_bytes": memory, "one_picture": small}, file, indent=1)


if __name__ == "__main__":
    main()
