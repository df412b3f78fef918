"""pillow_job.py IN OUT PROCESSES: the job with Pillow, a picture at a time in each process. Its GaussianBlur is three
box blurs with 8 bits between them: cheaper arithmetic than quern's."""
import multiprocessing
import os
import sys

from PIL import Image, ImageFilter


def one(names):
    source, target = names
    Image.open(source).convert("RGB").filter(ImageFilter.GaussianBlur(2)).save(target, quality=90, subsampling="4:2:0")


if __name__ == "__main__":
    folder, out, processes = sys.argv[1], sys.argv[2], int(sys.argv[3])
    names = [(os.path.join(folder, n), os.path.join(out, n)) for n in sorted(os.listdir(folder)) if n.endswith(".jpg")]
    with multiprocessing.Pool(processes) as pool:
        pool.map(one, names, chunksize=1)
