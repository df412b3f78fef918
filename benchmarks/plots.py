#!/usr/bin/env python3
"""plots.py RESULT.json DIR [TRACE.json]: the suite's figures as pictures, each as SVG and PNG: job time by peer, kernel speed by
filter against OpenCV, time by size, and the overlap of one run's stages."""
import json
import os
import statistics
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  (after the backend is chosen)

OURS, THEIRS, FLOOR = "#c1440e", "#8a9ba8", "#3d4f5c"
matplotlib.rcParams |= {"font.size": 10, "axes.spines.top": False, "axes.spines.right": False, "svg.hashsalt": "quern",
                        "axes.titleweight": "bold", "axes.titlelocation": "left", "axes.titlesize": 11}


def colour(peer):
    return OURS if peer.startswith("quern") else FLOOR if peer == "floor" else THEIRS


def save(figure, folder, name):
    for kind in ("svg", "png"):
        figure.savefig(os.path.join(folder, f"{name}.{kind}"), dpi=110, bbox_inches="tight")
    plt.close(figure)


def per_100_mp(row):
    return statistics.median(row["wall_s"]) / row["pixels"] * 1e8


def job(result, folder):
    """One panel for each chain, a bar for each peer: seconds for 100 megapixels."""
    rows = result["parts"].get("job")
    if not rows:
        return
    chains = list(dict.fromkeys(r["chain"] for r in rows))
    counts = [sum(r["chain"] == c for r in rows) for c in chains]
    figure, panels = plt.subplots(len(chains), 1, figsize=(8, 0.33 * sum(counts) + 0.8 * len(chains)), squeeze=False,
                                  gridspec_kw={"height_ratios": counts, "hspace": 0.6})
    for panel, chain in zip(panels[:, 0], chains):
        some = sorted((r for r in rows if r["chain"] == chain), key=per_100_mp, reverse=True)
        values = [per_100_mp(r) for r in some]
        spans = [[v - min(r["wall_s"]) / r["pixels"] * 1e8 for v, r in zip(values, some)],
                 [max(r["wall_s"]) / r["pixels"] * 1e8 - v for v, r in zip(values, some)]]
        # Slow peers would squeeze the others: the axis ends at eight times quern, and longer bars say how long they are.
        limit = min(1.12 * max(values), 8 * next((per_100_mp(r) for r in some if r["peer"] == "quern"), values[-1]))
        panel.barh([r["peer"] for r in some], [min(v, limit) for v in values], color=[colour(r["peer"]) for r in some],
                   xerr=spans, error_kw={"elinewidth": 0.8, "ecolor": "#222222"})
        for y, v in enumerate(values):
            cut = v > 0.93 * limit
            panel.text(0.97 * limit if cut else v + spans[1][y] + 0.01 * limit, y, f"{v:.2f}" + (" >" if v > limit else ""),
                       va="center", ha="right" if cut else "left", fontsize=8, color="white" if cut else "black")
        panel.set_xlim(0, limit)
        panel.set_title(chain)
    panels[-1, 0].set_xlabel("seconds for 100 megapixels, JPEG to JPEG (less is better; line: fastest to slowest run)")
    save(figure, folder, "job")


def kernels(result, folder):
    """A bar for each filter: how many times OpenCV's speed, on a logarithmic axis."""
    rows = [r for r in result["parts"].get("kernels") or [] if r["mp"] == 15 and r["opencv_s"] and r["quern_s"]]
    if not rows:
        return
    ratio = {r["case"]: statistics.median(r["opencv_s"]) / statistics.median(r["quern_s"]) for r in rows}
    notes = {r["case"]: r.get("note", "") for r in rows}
    names = sorted(ratio, key=ratio.get)
    figure, panel = plt.subplots(figsize=(8, 0.27 * len(names) + 1.2))
    panel.barh(names, [ratio[n] - 1 for n in names], left=1,
               color=[OURS if ratio[n] >= 1 else THEIRS for n in names])
    panel.set_xscale("log", base=2)
    panel.set_xlim(min(0.4, 0.7 * min(ratio.values())), max(4, 1.5 * max(ratio.values())))
    panel.xaxis.set_major_formatter(matplotlib.ticker.FuncFormatter(lambda v, _: f"{v:g}x"))
    panel.axvline(1, color="black", linewidth=0.8)
    for y, n in enumerate(names):
        panel.text(ratio[n] * (1.04 if ratio[n] >= 1 else 0.96), y, f"{ratio[n]:.2f}", va="center", fontsize=8,
                   ha="left" if ratio[n] >= 1 else "right")
    panel.set_yticks(range(len(names)), [n + " *" * notes.get(n, "").startswith("other work") for n in names])
    mean = statistics.geometric_mean(ratio.values())
    panel.set_title(f"quern's speed in OpenCV's, 15 MP RGB 8 bit, {result['cores']} threads: {mean:.2f}x on the whole")
    panel.set_xlabel("left of the line OpenCV is faster, right of it quern; * OpenCV computes something else, and cheaper")
    save(figure, folder, "kernels")


def sizes(result, folder):
    rows = [r for r in (result["parts"].get("scaling") or {}).get("size", []) if r["wall_s"]]
    if not rows:
        return
    figure, (panel, each) = plt.subplots(1, 2, figsize=(12, 4.5))
    net = [(r["mp"], 1000 * (statistics.median(r["wall_s"]) - r["start_s"]) / r["mp"])
           for r in rows if "start_s" in r and r["mp"] >= 1]
    each.plot([mp for mp, _ in net], [ms for _, ms in net], marker="o", color=OURS, label="one picture")
    many = result["parts"]["scaling"].get("total", [])
    if many:
        each.plot([r["mp"] for r in many], [statistics.median(r["ms_per_mp"]) for r in many], marker="s", color=OURS,
                  linestyle=":", label="as many as make 240 MP")
        each.legend(frameon=False)
    each.set(xscale="log", ylim=(0, None), xlabel="megapixels", ylabel="ms for a megapixel, quern, without its start",
             title="gaussian 2, by the size of a picture")
    each.xaxis.set_major_formatter(matplotlib.ticker.FuncFormatter(lambda v, _: f"{v:g}"))
    each.grid(alpha=0.25)
    for number, peer in enumerate(dict.fromkeys(r["peer"] for r in rows)):
        some = [r for r in rows if r["peer"] == peer]
        line, = panel.plot([r["mp"] for r in some], [statistics.median(r["wall_s"]) for r in some], marker="os^Dv"[number],
                           color=OURS if peer == "quern" else THEIRS, linestyle="-" if peer == "quern" else ":-"[number % 2],
                           label=peer)
        panel.annotate(peer, (some[-1]["mp"], statistics.median(some[-1]["wall_s"])), xytext=(6, -3),
                       textcoords="offset points", color=line.get_color(), fontsize=9)
    panel.set(xscale="log", yscale="log", xlabel="megapixels", ylabel="seconds, one JPEG to JPEG, start-up included")
    panel.xaxis.set_major_formatter(matplotlib.ticker.FuncFormatter(lambda v, _: f"{v:g}"))
    panel.grid(alpha=0.25)
    panel.set_title("gaussian 2 on one picture")
    save(figure, folder, "sizes")


def timeline(trace, folder):
    """The lanes of a trace: a bar for each piece of work, shaded by picture."""
    if not trace or not os.path.exists(trace):
        return
    with open(trace, encoding="utf-8") as file:
        events = json.load(file)["traceEvents"]
    names = {e["tid"]: e["args"]["name"] for e in events if e["name"] == "thread_name"}
    # What names no picture is waiting or housekeeping: left white, so that gaps are seen as such.
    work = [e for e in events if e["ph"] == "X" and e["tid"] in names and e["name"] != "wait"
            and e.get("args", {}).get("picture")]
    begin, end = min(e["ts"] for e in work), max(e["ts"] + e["dur"] for e in work)
    shades = plt.get_cmap("tab10").colors
    pictures = {p: i for i, p in enumerate(dict.fromkeys(e["args"]["picture"] for e in
                                                         sorted(work, key=lambda e: e["ts"])))}
    lanes = sorted({e["tid"] for e in work}, reverse=True)
    figure, panel = plt.subplots(figsize=(10, 0.42 * len(lanes) + 1.2))
    for e in work:
        panel.barh(lanes.index(e["tid"]), e["dur"] / 1e3, left=(e["ts"] - begin) / 1e3, height=0.75, linewidth=0.3,
                   color=shades[pictures[e["args"]["picture"]] % 10], edgecolor="white")
    panel.set_yticks(range(len(lanes)), [names[t] for t in lanes])
    panel.set_xlim(0, (end - begin) / 1e3)
    panel.set_xlabel("milliseconds; a colour is a picture")
    panel.set_title("overlap: decode, device and encode at the same time")
    save(figure, folder, "timeline")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        result = json.load(file)
    os.makedirs(sys.argv[2], exist_ok=True)
    for plot in (job, kernels, sizes):
        plot(result, sys.argv[2])
    timeline(sys.argv[3] if len(sys.argv) > 3 else "", sys.argv[2])


if __name__ == "__main__":
    main()
