"""Part (c): copies and chains of point filters as GB/s, against the copy bandwidth that `copy` measures on the device.
Counted are the picture's bytes in and out: what a chain has to move at the least."""
import statistics
import subprocess

import kernels

CHAINS = [("copy", "invert | invert"), ("1 filter", "levels 2% 98%"), ("2 filters", "levels 2% 98% | saturation 1.25"),
          ("4 filters", "levels 2% 98% | saturation 1.25 | gamma 1.1 | sepia 0.3"),
          ("8 filters", "levels 2% 98% | saturation 1.25 | gamma 1.1 | sepia 0.3 | hue 20deg | exposure 0.2 | "
                        "vibrance 0.3 | brightness-contrast 2% 1.1")]


def run(bench):
    picture = kernels.make_picture(bench, 15)
    w, h = kernels.SIZES[15]
    rounds = 1 if bench.quick else 3
    rows = [{"case": name, "chain": chain, "gb_s": []} for name, chain in CHAINS]
    bandwidth = []
    pictures = kernels.links(bench, picture, 15)
    for _ in range(rounds):
        words = [bench.copy, bench.device["name"], "48"]
        bandwidth.append(float(subprocess.run(words, check=True, capture_output=True, text=True).stdout))
        for row in rows:
            row["gb_s"] += [6e-9 * w * h / t for t in kernels.quern_times(bench, row["chain"], pictures)]
    limit = statistics.median(bandwidth)
    print(f"  copy bandwidth of the device: {limit:.1f} GB/s ({min(bandwidth):.1f}..{max(bandwidth):.1f})")
    for row in rows:
        if row["gb_s"]:
            median = statistics.median(row["gb_s"])
            print(f"  {row['case']:10}{median:7.2f} GB/s ({min(row['gb_s']):.2f}..{max(row['gb_s']):.2f}) "
                  f"{100 * median / limit:5.0f} %  {row['chain']}")
    return {"copy_gb_s": bandwidth, "chains": rows}
