"""pyvips_one.py IN OUT CHAIN: one picture with libvips's own pipeline, streaming, however large it is; its default quality
and compression. As pyvips_job.py otherwise."""
import sys

import pyvips

import pyvips_job
import steps


def main():
    source, target, chain = sys.argv[1:]
    picture = pyvips.Image.new_from_file(source, access="sequential")
    for name, values in steps.parse(chain):
        picture = pyvips_job.apply(picture, name, values)
    picture.write_to_file(target)


main()
