"""pyvips_job.py IN OUT NUMBER pool|threads|serial CHAIN: the job with libvips's own pipelines, a picture at a time in each
process: read, all steps and write flow by rows, without a picture in between. Eight bits between steps. Its gaussblur cuts
the weights at 20 % of the largest: 7x7 taps at sigma 2."""
import sys

import pyvips

import steps


def bytes_of(picture):
    return picture.cast("uchar")


def apply(picture, name, values):
    if name == "gaussian":
        return picture.gaussblur(values[0])
    if name == "unsharp":
        return bytes_of(picture * (1 + values[1]) - picture.gaussblur(values[0]) * values[1])
    if name == "median":
        return picture.median(2 * int(values[0]) + 1)
    if name == "saturation":
        return bytes_of(picture.recomb(steps.saturation_matrix(values[0])))
    if name == "sepia":
        return bytes_of(picture.recomb(steps.sepia_matrix(values[0])))
    if name == "resize":
        return picture.resize(values[0], kernel="lanczos3")
    return picture.maplut(pyvips.Image.new_from_array([steps.curve(name, values)]).cast("uchar"))


def one(task):
    source, target, chain = task
    picture = pyvips.Image.new_from_file(source, access="sequential")
    for name, values in steps.parse(chain):
        picture = apply(picture, name, values)
    picture.jpegsave(target, Q=90, strip=True, subsample_mode="on")


if __name__ == "__main__":
    steps.work(one, sys.argv[1:])
