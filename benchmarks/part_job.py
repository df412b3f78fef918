"""Part (a) and (g): five chains over a folder of photos, JPEG to JPEG at quality 90 and 4:2:0, by quern, by the floor
(decode and encode only) and by the peers. Every round runs all of them in turn, so that noise of the machine meets all
alike; a first round, on 18 of the photos, warms up and samples memory. Peers that are known to be slow run once, on six
photos; those that the first round shows to be, once on 18."""
import os
import statistics

import measure
import tools

PHOTOS = 54  # so many that nobody's start-up decides
FEW, FEWEST = 18, 6
SLOW = 6  # times the floor's time in the first round


def folders(bench):
    """Folders with all, few and the fewest: links to the photos, again and again."""
    names = measure.jpegs(bench.photos)
    found = []
    for number in (PHOTOS if not bench.quick else FEW, FEW, FEWEST):
        folder = f"{bench.work}/job-{number}"
        os.makedirs(folder, exist_ok=True)
        for i in range(number):
            link = f"{folder}/{i:03}.jpg"
            if not os.path.exists(link):
                os.symlink(os.path.join(bench.photos, names[i % len(names)]), link)
        found.append(folder)
    return found


def pixels(folder):
    sizes = (measure.jpeg_frame(os.path.join(folder, n))[:2] for n in measure.jpegs(folder))
    return sum(w * h for w, h in sizes)


def contenders(bench, chain):
    """name -> (command, note, slow)."""
    quern = [bench.quern, "-q", "-f", chain, measure.IN, "-o", measure.OUT, "--quality", "90", "--subsampling", "420",
             "--meta", "none", "-d", bench.spec]
    who = {"floor": ([bench.floor, measure.IN, measure.OUT, str(bench.cores)], "decode and encode only", False),
           "quern": (quern, "", False)}
    if chain == "gaussian 2":
        who["quern --sync"] = (quern + ["--sync"], "one step after another", False)
    return who | tools.job_peers(bench, chain)


def trace(bench):
    """The trace of one run over 18 photos, programs built before, for the plot of the overlap."""
    out = bench.scratch()
    path = f"{bench.work}/trace.json"
    for _ in range(2):
        bench.quern_run("gaussian 2", [f"{bench.work}/job-18"], f"{out}/", ["--overwrite", "--trace", path])
    bench.discard(out)
    return path


def attempt(peer, command, folder, memory, scale):
    """One run; None where the peer cannot do it, which is told."""
    try:
        return measure.run(command, folder, memory=memory, scale=scale)
    except RuntimeError as error:
        print(f"  {peer}: {error}; left out")
        return None


def add(row, one, folder):
    row["wall_s"].append(one["wall_s"])
    row["cpu_s"].append(one["cpu_s"])
    row["pixels"] = pixels(folder)
    if one["sampling"] and one["sampling"] not in row["note"]:
        row["note"] = ", ".join(filter(None, (row["note"], one["sampling"])))


def measure_chain(bench, name, chain, rounds):
    every, few, fewest = folders(bench)
    scale = 0.5 if "resize 50%" in chain else 1
    rows, fast, limit = [], {}, None
    for peer, (command, note, slow) in contenders(bench, chain).items():
        if slow and bench.quick:
            continue
        folder = fewest if slow else few
        one = attempt(peer, command, folder, not slow, 1 if peer == "floor" else scale)
        if not one:
            continue
        row = {"chain": name, "peer": peer, "note": note, "wall_s": [], "cpu_s": [], "pixels": 0,
               "peak_bytes": one.get("peak_bytes")}
        rows.append(row)
        limit = SLOW * one["wall_s"] if peer == "floor" else limit
        own = peer.startswith("quern")  # its first run may have compiled programs, which is no slowness
        if slow or (limit and not own and one["wall_s"] > limit):
            add(row, one, folder)
        else:
            fast[peer] = (row, command)
    for _ in range(rounds):
        for peer, (row, command) in fast.items():
            one = attempt(peer, command, every, False, 1 if peer == "floor" else scale)
            if one:
                add(row, one, every)
    return [r for r in rows if r["wall_s"]]


def report(rows):
    speed = {r["peer"]: r["pixels"] / 1e6 / statistics.median(r["wall_s"]) for r in rows}
    print(f"    {'':18}{'MP/s':>7}{'wall s':>8}{'min..max':>14}{'x floor':>9}{'x quern':>9}{'cpu s':>8}{'MB':>6}")
    for r in sorted(rows, key=lambda r: -speed[r["peer"]]):
        walls = r["wall_s"]
        floor, quern = (speed.get(p, 0) / speed[r["peer"]] for p in ("floor", "quern"))
        memory = f"{r['peak_bytes'] / 1e6:6.0f}" if r["peak_bytes"] else f"{'':6}"
        print(f"    {r['peer']:18}{speed[r['peer']]:7.0f}{statistics.median(walls):8.2f}"
              f"{f'{min(walls):.2f}..{max(walls):.2f}':>14}{floor:9.2f}{quern:9.2f}"
              f"{statistics.median(r['cpu_s']):8.2f}{memory}  {r['note']}", flush=True)


def run(bench):
    rows = []
    chains = dict(tools.CHAINS)
    if bench.quick:
        chains = {k: chains[k] for k in ("1 filter", "6 filters")}
    folders(bench)
    bench.trace = trace(bench)
    for name, chain in chains.items():
        print(f"  {name}: {chain}", flush=True)
        some = measure_chain(bench, name, chain, 1 if bench.quick else 2)
        report(some)
        rows += some
    return rows
