"""pillow_job.py IN OUT NUMBER pool|threads|serial CHAIN: the job with Pillow, a picture at a time in each process. Its
GaussianBlur is three box blurs with 8 bits between them: cheaper arithmetic than quern's."""
import sys

from PIL import Image, ImageFilter

import steps


def colours(picture, matrix):
    return picture.convert("RGB", [v for row in matrix for v in (*row, 0)])


def apply(picture, name, values):
    if name == "gaussian":
        return picture.filter(ImageFilter.GaussianBlur(values[0]))
    if name == "unsharp":
        return picture.filter(ImageFilter.UnsharpMask(values[0], round(100 * values[1]), 0))
    if name == "median":
        return picture.filter(ImageFilter.MedianFilter(2 * int(values[0]) + 1))
    if name == "saturation":
        return colours(picture, steps.saturation_matrix(values[0]))
    if name == "sepia":
        return colours(picture, steps.sepia_matrix(values[0]))
    if name == "resize":
        size = tuple(round(side * values[0]) for side in picture.size)
        return picture.resize(size, Image.Resampling.LANCZOS)
    return picture.point(steps.curve(name, values) * 3)


def one(task):
    source, target, chain = task
    picture = Image.open(source).convert("RGB")
    for name, values in steps.parse(chain):
        picture = apply(picture, name, values)
    picture.save(target, quality=90, subsampling="4:2:0")


if __name__ == "__main__":
    steps.work(one, sys.argv[1:])
