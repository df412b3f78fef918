"""opencv_job.py IN OUT PROCESSES: the job with OpenCV, a picture at a time in each process."""
import multiprocessing
import os
import sys

import cv2


def one(names):
    cv2.setNumThreads(1)
    source, target = names
    picture = cv2.imread(source, cv2.IMREAD_COLOR)
    # quern's support and border: 4 sigma, edge pixels repeated
    picture = cv2.GaussianBlur(picture, (17, 17), 2, borderType=cv2.BORDER_REPLICATE)
    cv2.imwrite(target, picture, [cv2.IMWRITE_JPEG_QUALITY, 90])


if __name__ == "__main__":
    folder, out, processes = sys.argv[1], sys.argv[2], int(sys.argv[3])
    names = [(os.path.join(folder, n), os.path.join(out, n)) for n in sorted(os.listdir(folder)) if n.endswith(".jpg")]
    with multiprocessing.Pool(processes) as pool:
        pool.map(one, names, chunksize=1)
