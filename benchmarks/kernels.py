"""Part (b) of the suite: the device time of each filter against OpenCV with all its threads, on pictures that
`texture` makes. quern's time is that of the passes alone, as the device measured it; OpenCV's is that of the call."""
import itertools
import json
import os
import statistics
import subprocess

CONVOLVE = ",".join(str(a * b) for a in (1, 2, 3, 2, 1) for b in (1, 3, 4, 2, 1))
OTHER = "other work: "  # begins what is said of a row that is told but not counted
# (case, chain, what differs in OpenCV)
CASES = [(f"gaussian {s}", f"gaussian {s}", "") for s in (1, 2, 4, 8, 20)] + [
    ("box 4", "box 4", ""),
    ("median 1", "median 1", ""),
    ("median 2", "median 2", ""),
    ("sobel", "sobel", "of the rounded luma"),
    ("laplacian", "laplacian", ""),
    ("convolve 5x5", f"convolve {CONVOLVE}", ""),
    ("erode 2", "erode 2", ""),
    ("erode 7", "erode 7", ""),
    ("bilateral", "bilateral 3 0.1 4", "colour weights from a table"),
    ("unsharp", "unsharp 1 amount=0.7", "rounds the blur to 8 bits first"),
    ("resize 71% lanczos3", "resize 70.71%", "Lanczos 4 without antialiasing: 8x8 taps"),
    ("resize 71% area", "resize 70.71% filter=area", ""),
    ("resize 71% bilinear", "resize 70.71% filter=triangle", OTHER + "2x2 taps, no antialiasing"),
    ("resize 50% lanczos3", "resize 50%", "Lanczos 4 without antialiasing: 8x8 taps"),
    ("resize 50% area", "resize 50% filter=area", "2x2 pixels each, also of an odd side"),
    ("resize 50% bilinear", "resize 50% filter=triangle", OTHER + "means of 2x2, quern's 4x4 taps antialias"),
    ("resize 150% catrom", "resize 150% filter=catrom", "a = -0.75"),
    ("rotate 7", "rotate 7 expand=0 border=clamp", "positions rounded to 1/32 pixel"),
    ("affine", "affine 1,0.1,3.5,0.02,1,2.25 border=clamp", "positions rounded to 1/32 pixel"),
    ("gray", "gray luma=601", ""),
    ("levels", "levels 2% 98%", "a table"),
    ("gamma", "gamma 1.4", "a table"),
    ("saturation", "saturation 1.25", ""),
    ("equalize", "equalize each", ""),
    ("threshold", "threshold 0.5", "of the rounded luma"),
    ("adaptive-threshold", "adaptive-threshold 7 2/255", ""),
    ("lut3d", "lut3d {cube}", "Pillow, a strip per core: trilinear, quern's is tetrahedral"),
    ("canny", "canny 20% 40%", ""),
    ("clahe", "clahe 2 8 8", "the luma's gain added to each colour, as quern does"),
    ("clahe of gray", "gray luma=601 | clahe 2 8 8", ""),
]
SIZES = {4: (2449, 1633), 15: (4743, 3163), 60: (9487, 6325)}
PICTURES = 4  # per run; the first one warms up
# Enough to see how each kind of pass grows; all of them at 60 MP would take the suite's ten minutes alone.
FEW = ("gaussian 2", "median 1", "erode 7", "resize 71% lanczos3", "rotate 7", "saturation", "equalize")


def make_picture(bench, mp):
    """A PPM of that many megapixels, kept between runs."""
    w, h = SIZES[mp]
    path = f"{bench.work}/texture-{mp}.ppm"
    if not os.path.exists(path):
        png = f"{bench.work}/texture-{mp}.png"
        subprocess.run([bench.texture, str(w), str(h), png], check=True)
        bench.quern_run("invert | invert", [png], f"{bench.work}/", ["--to", "ppm", "--overwrite"])
        os.unlink(png)
    return path


def make_cube(bench):
    """A .cube file of 33^3 nodes: a bent and mixed colour, so that no two axes are alike."""
    path = f"{bench.work}/bent.cube"
    with open(path, "w", encoding="utf-8") as file:
        file.write("LUT_3D_SIZE 33\n")
        for b, g, r in itertools.product(range(33), repeat=3):
            r, g, b = (v / 32 for v in (r, g, b))
            file.write(f"{r ** 0.8:.6f} {0.9 * g + 0.1 * b * r:.6f} {b ** 1.3:.6f}\n")
    return path


def links(bench, picture, mp):
    """The picture under as many names as a run takes."""
    paths = [f"{bench.work}/t{mp}-{i}.ppm" for i in range(PICTURES)]
    for path in paths:
        if not os.path.exists(path):
            os.link(picture, path)
    return paths


def device_times(trace):
    """Seconds of kernels for each picture of a trace, in order of time, without the first."""
    with open(trace, encoding="utf-8") as file:
        events = json.load(file)["traceEvents"]
    lanes = {e["tid"] for e in events if e["name"] == "thread_name" and e["args"]["name"] == "device: kernels"}
    total = {}
    for e in sorted((e for e in events if e["ph"] == "X" and e["tid"] in lanes), key=lambda e: e["ts"]):
        picture = e["args"]["picture"]
        total[picture] = total.get(picture, 0) + e["dur"] / 1e6
    return list(total.values())[1:]


def quern_times(bench, chain, pictures):
    out = bench.scratch()
    trace = f"{out}/trace.json"
    bench.quern_run(chain, pictures, f"{out}/o/", ["--sync", "--trace", trace])
    times = device_times(trace)
    bench.discard(out)
    return times


def available(bench):
    """Names of the filters that this quern has."""
    text = subprocess.run([bench.quern, "--list-filters", "--json"], check=True, capture_output=True, text=True).stdout
    return {f["name"] for f in json.loads(text)}


def run_size(bench, mp, cases, rounds):
    picture = make_picture(bench, mp)
    pictures = links(bench, picture, mp)
    peer = None
    if bench.python_cv2:
        peer = subprocess.Popen([bench.python_cv2, f"{bench.here}/peers/opencv_kernels.py", picture],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    rows = []
    for case, chain, note in cases:
        quern, opencv, problem = [], [], ""
        for _ in range(rounds):
            try:
                quern += quern_times(bench, chain, pictures)
            except subprocess.CalledProcessError as error:
                problem = (error.stderr or "").strip().splitlines()[-1:] or ["failed"]
                problem = problem[0]
                break
            if peer:
                peer.stdin.write(f"{case} {PICTURES - 1}\n")
                peer.stdin.flush()
                answer = peer.stdout.readline().split()
                opencv += [float(t) for t in answer if t != "-"]
        rows.append({"case": case, "chain": chain.replace(bench.work + "/", ""), "mp": mp, "quern_s": quern,
                     "opencv_s": opencv, "note": note, "problem": problem})
        print_row(rows[-1])
    if peer:
        peer.stdin.close()
        peer.wait()
    return rows


def print_row(row):
    if row["problem"] or not row["quern_s"]:
        print(f"  {row['case']:22}{row['mp']:4} MP  {row['problem'] or 'no times'}")
        return
    ours = statistics.median(row["quern_s"])
    theirs = statistics.median(row["opencv_s"]) if row["opencv_s"] else None
    line = f"  {row['case']:22}{row['mp']:4} MP {ours * 1e3:9.1f} ms"
    line += f" ({min(row['quern_s']) * 1e3:.1f}..{max(row['quern_s']) * 1e3:.1f})"
    if theirs:
        line = f"{line:60}{theirs * 1e3:9.1f} ms  x {theirs / ours:5.2f}  {row['note']}"
    print(line, flush=True)


def run(bench):
    have = available(bench)
    cube = make_cube(bench)
    cases = [(name, chain.replace("{cube}", cube), note) for name, chain, note in CASES if chain.split()[0] in have]
    for case in CASES:
        if case[1].split()[0] not in have:
            print(f"  {case[0]}: this quern has no such filter")
    few = [c for c in cases if c[0] in FEW]
    print(f"  {'filter':22}{'':7} {'quern, device time':27}{'OpenCV':>14}  speed-up, what OpenCV does otherwise")
    plan = [(15, few, 1)] if bench.quick else [(15, cases, 1), (4, few, 1), (60, few, 1)]
    rows = []
    for mp, some, rounds in plan:
        rows += run_size(bench, mp, some, rounds)
    for what, counts in (("the same work", lambda r: not r["note"].startswith(OTHER)), ("all", lambda r: True)):
        ratios = [statistics.median(r["opencv_s"]) / statistics.median(r["quern_s"]) for r in rows
                  if r["mp"] == 15 and r["opencv_s"] and r["quern_s"] and counts(r)]
        if ratios:
            print(f"  15 MP, {what}: geometric mean {statistics.geometric_mean(ratios):.2f} x OpenCV, worst "
                  f"{min(ratios):.2f}, {sum(r < 1 for r in ratios)} of {len(ratios)} slower")
    return rows
