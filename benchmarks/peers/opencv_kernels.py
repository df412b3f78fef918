"""opencv_kernels.py PICTURE.ppm: OpenCV's side of the kernel timings, with all its threads. Reads lines "CASE REPEATS"
and answers each with the seconds of every call, or with "-" for a case that it does not know. Targets are allocated
once, as quern's are. Radius and border are quern's (edge pixels repeated) unless kernels.py's table says otherwise."""
import os
import sys
import time

import cv2
import numpy

EDGE = cv2.BORDER_REPLICATE


def gaussian(sigma):
    side = 2 * round(4 * sigma) + 1  # quern's support
    return lambda p, d: cv2.GaussianBlur(p, (side, side), sigma, d, borderType=EDGE)


def unsharp(p, d):
    blurred = cv2.GaussianBlur(p, (9, 9), 1, borderType=EDGE)
    return cv2.addWeighted(p, 1.7, blurred, -0.7, 0, d)


def sobel(p, _):
    gray = cv2.cvtColor(p, cv2.COLOR_RGB2GRAY)
    x = cv2.Sobel(gray, cv2.CV_32F, 1, 0, borderType=EDGE)
    y = cv2.Sobel(gray, cv2.CV_32F, 0, 1, borderType=EDGE)
    return cv2.convertScaleAbs(cv2.magnitude(x, y))


def morphology(radius):
    element = numpy.ones((2 * radius + 1, 2 * radius + 1), numpy.uint8)
    return lambda p, d: cv2.erode(p, element, d)


def resized(factor, kind):
    return lambda p, _: cv2.resize(p, None, fx=factor, fy=factor, interpolation=kind)


def rotated(p, _):
    h, w = p.shape[:2]
    turn = cv2.getRotationMatrix2D(((w - 1) / 2, (h - 1) / 2), -7, 1)
    return cv2.warpAffine(p, turn, (w, h), flags=cv2.INTER_LINEAR, borderMode=EDGE)


def sheared(p, _):
    h, w = p.shape[:2]
    matrix = numpy.array([[1, 0.1, 3.5], [0.02, 1, 2.25]])
    return cv2.warpAffine(p, matrix, (w, h), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=EDGE)


def lookup(function):
    table = numpy.clip(numpy.round(255 * function(numpy.arange(256) / 255)), 0, 255).astype(numpy.uint8)
    return lambda p, d: cv2.LUT(p, table, d)


def saturation(p, d):
    weights = numpy.array([0.2126, 0.7152, 0.0722])
    return cv2.transform(p, 1.25 * numpy.eye(3) - 0.25 * numpy.tile(weights, (3, 1)), d)


def equalize(p, _):
    return cv2.merge([cv2.equalizeHist(c) for c in cv2.split(p)])


def clahe_of_gray(p, _):
    return cv2.createCLAHE(2.0, (8, 8)).apply(cv2.cvtColor(p, cv2.COLOR_RGB2GRAY))


def clahe(p, d):
    gray = cv2.cvtColor(p, cv2.COLOR_RGB2GRAY)
    gain = cv2.subtract(cv2.createCLAHE(2.0, (8, 8)).apply(gray), gray, dtype=cv2.CV_16S)
    return cv2.add(p, cv2.merge((gain, gain, gain)), d, dtype=cv2.CV_8U)


def threshold(p, _):
    return cv2.threshold(cv2.cvtColor(p, cv2.COLOR_RGB2GRAY), 127, 255, cv2.THRESH_BINARY)[1]


def adaptive(p, _):
    gray = cv2.cvtColor(p, cv2.COLOR_RGB2GRAY)
    return cv2.adaptiveThreshold(gray, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, 15, 2)


def canny(p, _):
    return cv2.Canny(cv2.cvtColor(p, cv2.COLOR_RGB2GRAY), 51, 102, L2gradient=True)


def cube_of_pillow(p):
    """OpenCV has no cubes: Pillow's, on a strip of rows per core (it lets go of Python's lock meanwhile)."""
    from concurrent.futures import ThreadPoolExecutor
    from PIL import Image, ImageFilter
    table = ImageFilter.Color3DLUT.generate(33, lambda r, g, b: (r ** 0.8, 0.9 * g + 0.1 * b * r, b ** 1.3))
    cores = len(os.sched_getaffinity(0))
    strips = [Image.fromarray(s) for s in numpy.array_split(p, cores)]
    pool = ThreadPoolExecutor(cores)
    return lambda: list(pool.map(lambda s: s.filter(table), strips))


MADE = {}


def cube(p, _):
    if "cube" not in MADE:
        MADE["cube"] = cube_of_pillow(p)  # in the call that warms up
    return MADE["cube"]()


FIVE = numpy.outer([1, 2, 3, 2, 1], [1, 3, 4, 2, 1]).astype(numpy.float32)
CASES = {f"gaussian {s}": gaussian(s) for s in (1, 2, 4, 8, 20)} | {
    "box 4": lambda p, d: cv2.blur(p, (9, 9), d, borderType=EDGE),
    "median 1": lambda p, d: cv2.medianBlur(p, 3, d),
    "median 2": lambda p, d: cv2.medianBlur(p, 5, d),
    "sobel": sobel,
    "laplacian": lambda p, d: cv2.Laplacian(p, cv2.CV_8U, d, ksize=1, borderType=EDGE),
    "convolve 5x5": lambda p, d: cv2.filter2D(p, -1, FIVE / FIVE.sum(), d, borderType=EDGE),
    "erode 2": morphology(2),
    "erode 7": morphology(7),
    "bilateral": lambda p, d: cv2.bilateralFilter(p, 9, 25.5, 3, d, EDGE),
    "unsharp": unsharp,
    "resize 71% lanczos3": resized(0.7071, cv2.INTER_LANCZOS4),
    "resize 71% area": resized(0.7071, cv2.INTER_AREA),
    "resize 71% bilinear": resized(0.7071, cv2.INTER_LINEAR),
    "resize 50% lanczos3": resized(0.5, cv2.INTER_LANCZOS4),
    "resize 50% area": resized(0.5, cv2.INTER_AREA),
    "resize 50% bilinear": resized(0.5, cv2.INTER_LINEAR),
    "resize 150% catrom": resized(1.5, cv2.INTER_CUBIC),
    "rotate 7": rotated,
    "affine": sheared,
    "gray": lambda p, _: cv2.cvtColor(p, cv2.COLOR_RGB2GRAY),
    "levels": lookup(lambda v: (v - 0.02) / 0.96),
    "gamma": lookup(lambda v: v ** (1 / 1.4)),
    "saturation": saturation,
    "equalize": equalize,
    "threshold": threshold,
    "adaptive-threshold": adaptive,
    "lut3d": cube,
    "canny": canny,
    "clahe": clahe,
    "clahe of gray": clahe_of_gray,
}


def main():
    picture = cv2.cvtColor(cv2.imread(sys.argv[1], cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    target = numpy.zeros_like(picture)
    for line in sys.stdin:
        case, _, repeats = line.strip().rpartition(" ")
        times = []
        if case in CASES:
            for turn in range(int(repeats) + 1):
                begin = time.perf_counter()
                try:
                    CASES[case](picture, target)
                except ImportError:
                    break
                if turn:  # the first one warms up
                    times.append(time.perf_counter() - begin)
        print(" ".join(f"{t:.6f}" for t in times) or "-", flush=True)


if __name__ == "__main__":
    main()
