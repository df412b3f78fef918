#!/usr/bin/env python3
"""The suite: parts job, own, kernels, points, start, small, scaling, png; every part interleaves quern with its peers.

suite.py --quern PATH --floor PATH --texture PATH --copy PATH --photos DIR --work DIR [--parts A,B] [--quick]
         [--device SPEC] --results DIR
"""
import argparse
import importlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time

import tools

PARTS = {"job": "the job: folder in, folder out", "own": "the peers' own benchmarks",
         "kernels": "device time of each filter", "points": "point chains against the copy bandwidth",
         "start": "one small picture, cold and warm", "small": "2,000 small pictures",
         "scaling": "by size, number, threads, slots", "png": "PNG in and out against vips"}


class Bench:
    """What every part needs: the programs, the folders, and how quern is run."""

    def __init__(self, args):
        self.here = os.path.dirname(os.path.abspath(__file__))
        self.quern, self.floor, self.texture, self.copy = args.quern, args.floor, args.texture, args.copy
        self.photos, self.work = os.path.abspath(args.photos), os.path.abspath(args.work)
        self.quick, self.spec = args.quick, args.device
        self.cores = len(os.sched_getaffinity(0))
        self.python_cv2, self.python_pil = tools.python_with("cv2"), tools.python_with("PIL")
        self.python_vips = tools.python_with("pyvips")
        self.device = None
        self.trace = None  # of one run of the job, for the plot
        os.makedirs(self.work, exist_ok=True)

    def quern_words(self, chain, inputs, output, more=()):
        return [self.quern, "-q", "-d", self.spec, "-f", chain, *inputs, "-o", output, *more]

    def quern_run(self, chain, inputs, output, more=()):
        return subprocess.run(self.quern_words(chain, inputs, output, more), check=True, capture_output=True, text=True)

    def scratch(self):
        return tempfile.mkdtemp(dir=self.work)

    @staticmethod
    def discard(folder):
        shutil.rmtree(folder)


def device_of(bench):
    """The device that quern takes, as its statistics tell."""
    out = bench.scratch()
    subprocess.run([bench.texture, "64", "64", f"{out}/t.png"], check=True)
    text = bench.quern_run("invert", [f"{out}/t.png"], f"{out}/o.png", ["--stats", "-"]).stdout
    bench.discard(out)
    return json.loads(text)["device"]


def results_folder(root, device):
    """A folder for this device and day."""
    name = re.sub(r"[^a-z0-9]+", "-", device["name"].lower()).strip("-")
    folder = f"{root}/{name}-{time.strftime('%Y-%m-%d')}"
    os.makedirs(folder, exist_ok=True)
    return folder


def parts_of_the_day(folder):
    """What a run of some parts joins; a run of all takes its place."""
    try:
        with open(f"{folder}/result.json", encoding="utf-8") as file:
            return json.load(file)["parts"]
    except FileNotFoundError:
        return {}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    for name in ("quern", "floor", "texture", "copy", "photos", "work"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--results", required=True)
    args = parser.parse_args()
    parts = args.parts.split(",")
    for part in parts:
        if part not in PARTS:
            parser.error(f"no part '{part}'; there are {', '.join(PARTS)}")
    bench = Bench(args)
    device = bench.device = device_of(bench)
    folder = results_folder(args.results, device)
    result = {"schema": "quern.bench/1", "date": time.strftime("%Y-%m-%d"), "quick": bench.quick, "cores": bench.cores,
              "machine": platform.machine(), "device": device, "load_before": os.getloadavg()[0],
              "parts": parts_of_the_day(folder) if args.parts != ",".join(PARTS) else {}}
    print(f"{bench.cores} cores {platform.machine()}, {device['name']} ({device['platform']}, {device['driver']}), "
          f"load before {result['load_before']:.1f}")
    if result["load_before"] > 0.5 * bench.cores:
        print("this machine is busy: read the ratios, not the seconds")
    for part in parts:
        print(f"\n{part}: {PARTS[part]}", flush=True)
        begin = time.monotonic()
        try:
            result["parts"][part] = importlib.import_module("kernels" if part == "kernels" else "part_" + part).run(bench)
        except (subprocess.CalledProcessError, RuntimeError, OSError) as error:
            # One part that cannot be run is told and does not take the others with it.
            print(f"  {part} ended early: {error} {(getattr(error, 'stderr', '') or '').strip()}")
        print(f"  ({time.monotonic() - begin:.0f} s)")
        with open(f"{folder}/result.json", "w", encoding="utf-8") as file:
            json.dump(result, file, indent=1)
    missing = tools.missing_packages()
    if missing:
        print("\nnot measured, because not installed: apt-get install " + " ".join(missing))
    if not bench.python_vips:
        print("not measured, because not installed: pip install pyvips (which takes libvips42)")
    python = tools.python_with("matplotlib")
    if python:
        subprocess.run([python, f"{bench.here}/plots.py", f"{folder}/result.json", folder, bench.trace or ""], check=True)
    else:
        print("no plots: they take python3-matplotlib")
    print(f"figures and plots: {folder}")


if __name__ == "__main__":
    sys.exit(main())
