#!/usr/bin/env python3
"""Reads the report and the trace of a run with a parser of its own and holds one against the other.

usage: test_trace.py PIPELINE_RUN
"""
import json
import subprocess
import sys
import tempfile

STAGES = ["read", "decode", "upload", "kernels", "download", "encode", "write"]


def check_shape(stats):
    assert stats["schema"] == "quern.stats/1" and stats["version"] == "1.2.3"
    assert stats["device"] == {"name": 'fake "cpu"', "platform": "C", "type": "cpu", "driver": "1"}
    assert stats["images"] == {"ok": 60, "skipped": 0, "failed": 0, "damaged": 0}
    assert list(stats["stages"]) == STAGES
    assert all(set(s) == {"busy_s", "threads"} for s in stats["stages"].values())
    assert set(stats["startup_s"]) == {"opencl", "build"}
    assert stats["program_cache"] == {"memory_hits": 0, "disk_hits": 0, "builds": 1}
    assert stats["pixels"] > 0 and stats["wall_s"] > 0 and stats["peak_rss_bytes"] > 0 and stats["cpu_s"] > 0
    busy = sum(s["busy_s"] for s in stats["stages"].values())
    assert abs(stats["overlap"] - busy / stats["wall_s"]) < 1e-3
    assert abs(stats["device_busy"] - stats["stages"]["kernels"]["busy_s"] / stats["wall_s"]) < 1e-3
    [only] = stats["passes"]
    assert only["name"] == "invert" and only["count"] == 60 and only["bytes"] == 2 * stats["pixels"]


def check_trace(trace, stats, sync):
    events = trace["traceEvents"]
    names = {e["tid"]: e["args"]["name"] for e in events if e["name"] == "thread_name"}
    lanes = {}
    for e in events:
        if e["ph"] == "X":
            lanes.setdefault(e["tid"], []).append(e)
    assert set(lanes) <= set(names), "a lane without a name"
    assert len(set(names.values())) == len(names), "two lanes of one name"
    for queue in ("device: upload", "device: kernels", "device: download"):
        assert queue in names.values()
    threads = 1 if sync else stats["stages"]["decode"]["threads"] + stats["stages"]["encode"]["threads"] + 1
    assert len(names) == threads + 3
    for tid, lane in lanes.items():
        lane.sort(key=lambda e: e["ts"])
        for a, b in zip(lane, lane[1:]):
            assert b["ts"] >= a["ts"] + a["dur"] - 0.002, f"overlap in {names[tid]}: {a} {b}"
        assert lane[-1]["ts"] + lane[-1]["dur"] <= stats["wall_s"] * 1e6 + 1
    for stage in STAGES:
        of_stage = [e for lane in lanes.values() for e in lane if e["cat"] == stage]
        total = sum(e["dur"] for e in of_stage) / 1e6
        assert abs(total - stats["stages"][stage]["busy_s"]) < 1e-5, (stage, total, stats["stages"][stage])
        if stage in ("read", "decode", "kernels", "encode", "write"):
            assert len({e["args"]["picture"] for e in of_stage}) == 60, stage


def main():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.argv[1], "--reports", folder], check=True)
        for mode in ("overlapped", "sync"):
            with open(f"{folder}/stats-{mode}.json") as f:
                stats = json.load(f)
            with open(f"{folder}/trace-{mode}.json") as f:
                trace = json.load(f)
            check_shape(stats)
            check_trace(trace, stats, mode == "sync")


main()
