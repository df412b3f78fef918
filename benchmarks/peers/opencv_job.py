"""opencv_job.py IN OUT NUMBER pool|threads|serial CHAIN: the job with OpenCV, a picture at a time in each process."""
import sys

import cv2
import numpy

import steps

EDGE = cv2.BORDER_REPLICATE


def gaussian(picture, sigma):
    side = 2 * round(4 * sigma) + 1  # quern's support and border
    return cv2.GaussianBlur(picture, (side, side), sigma, borderType=EDGE)


def colours(picture, matrix):
    return cv2.transform(picture, numpy.array(matrix)[::-1, ::-1].copy())  # OpenCV's order is BGR


def apply(picture, name, values):
    if name == "gaussian":
        return gaussian(picture, values[0])
    if name == "unsharp":
        return cv2.addWeighted(picture, 1 + values[1], gaussian(picture, values[0]), -values[1], 0)
    if name == "median":
        return cv2.medianBlur(picture, 2 * int(values[0]) + 1)
    if name == "saturation":
        return colours(picture, steps.saturation_matrix(values[0]))
    if name == "sepia":
        return colours(picture, steps.sepia_matrix(values[0]))
    if name == "resize":
        h, w = picture.shape[:2]
        # INTER_AREA is its only antialiased one: cheaper than quern's Lanczos
        return cv2.resize(picture, (round(w * values[0]), round(h * values[0])), interpolation=cv2.INTER_AREA)
    return cv2.LUT(picture, numpy.array(steps.curve(name, values), numpy.uint8))


def one(task):
    cv2.setNumThreads(1)
    source, target, chain = task
    picture = cv2.imread(source, cv2.IMREAD_COLOR)
    for name, values in steps.parse(chain):
        picture = apply(picture, name, values)
    cv2.imwrite(target, picture, [cv2.IMWRITE_JPEG_QUALITY, 90])


if __name__ == "__main__":
    steps.work(one, sys.argv[1:])
