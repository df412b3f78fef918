"""The peers: which are here, and the chains of the job as each of them is told to do them."""
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
# Steps as quern writes them; the Python peers read the same text (peers/steps of opencv_job.py and pillow_job.py).
CHAINS = {
    "1 filter": "gaussian 2",
    "2 filters": "unsharp 1 amount=0.7 | resize 50%",
    "4 filters": "levels 2% 98% | gaussian 1.5 | saturation 1.25 | sepia 0.3",
    "6 filters": "levels 2% 98% | gaussian 1.5 | unsharp 1 amount=0.7 | saturation 1.25 | sepia 0.3 | resize 50%",
    "8 filters": "levels 2% 98% | gamma 1.1 | median 1 | gaussian 1.5 | unsharp 1 amount=0.7 | saturation 1.25 | "
                 "sepia 0.3 | resize 50%",
}
PACKAGES = {"vips": "libvips-tools", "convert": "imagemagick", "gm": "graphicsmagick", "gegl": "gegl", "gmic": "gmic",
            "ffmpeg": "ffmpeg"}
MODULES = {"cv2": "python3-opencv", "PIL": "python3-pil", "matplotlib": "python3-matplotlib"}


def python_with(module):
    """A Python that has the module: this one or Debian's own."""
    for python in (sys.executable, "/usr/bin/python3"):
        probe = [python, "-c", f"import {module}"]
        if shutil.which(python) and subprocess.run(probe, capture_output=True, check=False).returncode == 0:
            return python
    return None


def missing_packages():
    missing = [package for tool, package in PACKAGES.items() if not shutil.which(tool)]
    return missing + [package for module, package in MODULES.items() if not python_with(module)]


def each(cores, words, before=""):
    """A shell that runs words, with @ for the name of a picture, $0 for the folder in and $1 for the one out, on
    `cores` pictures at a time: one thread each, which keeps all cores busy without sharing a picture."""
    one = f"export VIPS_CONCURRENCY=1 MAGICK_THREAD_LIMIT=1 OMP_NUM_THREADS=1 GEGL_THREADS=1; {before}"
    return ["sh", "-c", f'{one} ls "$0" | xargs -P{cores} -I@ {words}', "@in@", "@out@"]


def shell_peers(cores):
    """name -> (command, note, slow) of those peers that do the first chain by a command line."""
    table = [
        ("vips", "vips", 'vips gaussblur "$0/@" "$1/@[Q=90,strip,subsample-mode=on]" 2', "7x7 taps: cheaper", False),
        ("vips 15x15", "vips", 'vips gaussblur "$0/@" "$1/@[Q=90,strip,subsample-mode=on]" 2 --min-ampl 0.001',
         "15x15 taps, its widest", False),
        ("ImageMagick", "convert",
         'convert "$0/@" -blur 8x2 -strip -sampling-factor 2x2 -quality 90 "$1/@"', "16 bit, 17x17 taps", True),
        ("GraphicsMagick", "gm",
         'gm convert "$0/@" -blur 8x2 -strip -sampling-factor 2x2 -quality 90 "$1/@"', "17x17 taps", True),
        ("G'MIC", "gmic", 'gmic -v 0 "$0/@" -blur 2 -c 0,255 -o "$1/@",90', "float, recursive", True),
        ("GEGL", "gegl", 'gegl "$0/@" -o "$1/@" -- gegl:gaussian-blur std-dev-x=2 std-dev-y=2',
         "float, linear light", True),
        ("ffmpeg", "ffmpeg", 'ffmpeg -v error -nostdin -y -threads 1 -filter_threads 1 -i "$0/@" -vf gblur=sigma=2 '
         '-q:v 3 "$1/@"', "on 4:2:0 planes, recursive: half the samples; its own quality scale", False),
    ]
    return {name: (each(cores, words), note, slow) for name, tool, words, note, slow in table if shutil.which(tool)}


def magick_steps(chain):
    """ImageMagick's words for a chain, without those steps that it has no like of: then None."""
    words = []
    for step in (s.split() for s in chain.split("|")):
        if step[0] == "resize":
            words.append(f"-filter Lanczos -resize {step[1]}")
        elif step[0] == "unsharp":
            words.append("-unsharp 4x1+0.7+0")
        else:
            return None
    return " ".join(words)


def alone(python, words):
    """libvips with one thread in each process of a pool, as OpenCV has there."""
    return ["env", "VIPS_CONCURRENCY=1", python, *words]


def job_peers(bench, chain):
    """name -> (command, note, slow): every peer that is here and can do this chain."""
    peers = {}
    for name, python, notes in (
            ("pyvips", bench.python_vips, "7x7 taps: cheaper" if chain == "gaussian 2" else "8 bits between steps"),
            ("OpenCV", bench.python_cv2, "17x17 taps, fixed point" if chain == "gaussian 2" else "8 bits between steps"),
            ("Pillow", bench.python_pil, "three box blurs" if "gaussian" in chain else "8 bits between steps")):
        if python:
            script = f"{HERE}/peers/{name.lower()}_job.py"
            peers[name] = (alone(python, [script, "@in@", "@out@", str(bench.cores), "pool", chain]), notes, False)
            if chain == "gaussian 2" and name == "Pillow":
                for mode in ("threads", "serial"):
                    words = [python, script, "@in@", "@out@", str(bench.cores), mode, chain]
                    peers[f"{name}, {mode}"] = (words, notes, True)
    if chain == "gaussian 2":
        peers |= shell_peers(bench.cores)
    elif magick_steps(chain):
        steps = magick_steps(chain)
        for name, tool in (("ImageMagick", "convert"), ("GraphicsMagick", "gm convert")):
            if shutil.which(tool.split()[0]):
                words = each(bench.cores, f'{tool} "$0/@" {steps} -strip -sampling-factor 2x2 -quality 90 "$1/@"')
                peers[name] = (words, "", True)
    return peers
