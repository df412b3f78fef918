"""What the Python peers share: a chain as quern writes it, taken apart, and the folder of pictures worked through."""
import multiprocessing
import multiprocessing.pool
import os

# Rec. 709, as quern's saturation and sepia have it
LUMA = (0.2126, 0.7152, 0.0722)
SEPIA = ((0.393, 0.769, 0.189), (0.349, 0.686, 0.168), (0.272, 0.534, 0.131))


def parse(chain):
    """[(name, [value, ...])], percent as fractions; keys are given up, their values stay."""
    steps = []
    for text in chain.split("|"):
        name, *words = text.split()
        values = [w.rpartition("=")[2] for w in words]
        steps.append((name, [float(v[:-1]) / 100 if v.endswith("%") else float(v) for v in values]))
    return steps


def saturation_matrix(amount):
    return [[(1 - amount) * LUMA[j] + amount * (i == j) for j in range(3)] for i in range(3)]


def sepia_matrix(amount):
    return [[amount * SEPIA[i][j] + (1 - amount) * (i == j) for j in range(3)] for i in range(3)]


def curve(name, values):
    """The 256 levels of a point filter."""
    if name == "levels":
        black, white = values
        tones = [(i / 255 - black) / (white - black) for i in range(256)]
    else:
        tones = [(i / 255) ** (1 / values[0]) for i in range(256)]
    return [min(255, max(0, round(255 * t))) for t in tones]


def work(one, arguments):
    """arguments: IN OUT NUMBER MODE CHAIN; MODE is pool (processes), threads or serial."""
    folder, out, number, mode, chain = arguments
    tasks = [(os.path.join(folder, n), os.path.join(out, n), chain) for n in sorted(os.listdir(folder))]
    if mode == "serial":
        for task in tasks:
            one(task)
        return
    pool = multiprocessing.Pool if mode == "pool" else multiprocessing.pool.ThreadPool
    with pool(int(number)) as workers:
        workers.map(one, tasks, chunksize=max(1, min(16, len(tasks) // 64)))
