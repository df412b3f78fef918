"""Runs a command over a folder of photos and measures it: wall time, CPU time and memory of all its processes."""
import os
import shutil
import signal
import struct
import subprocess
import tempfile
import threading
import time

SAMPLE_S = 0.02
IN, OUT = "@in@", "@out@"  # words of a command that stand for its folders


def jpegs(folder):
    return sorted(n for n in os.listdir(folder) if n.endswith(".jpg"))


def jpeg_frame(path):
    """(width, height, sampling factors) from the frame header of a JPEG file."""
    with open(path, "rb") as file:
        data = file.read()
    at = 2
    while at + 4 <= len(data):
        marker, length = data[at + 1], struct.unpack(">H", data[at + 2:at + 4])[0]
        if 0xC0 <= marker <= 0xC2:
            height, width, components = struct.unpack(">HHB", data[at + 5:at + 10])
            return width, height, tuple(data[at + 11 + 3 * i] for i in range(components))
        at += 2 + length
    raise ValueError(f"{path}: no frame header")


def check_work(photos, out, scale=1):
    """(problem, sampling): each photo is to be there, of its size times scale up to rounding; the sampling is told where
    it is not 4:2:0, because more chroma is more work."""
    sampling = ""
    for name in jpegs(photos):
        target = os.path.join(out, name)
        if not os.path.exists(target):
            return f"{name} was not written", ""
        want, got = jpeg_frame(os.path.join(photos, name)), jpeg_frame(target)
        if any(abs(scale * w - g) > 1 for w, g in zip(want[:2], got[:2])):
            return f"{name}: {got[0]}x{got[1]}", ""
        if got[2] != (0x22, 0x11, 0x11):
            sampling = "writes 4:4:4" if got[2] == (0x11, 0x11, 0x11) else "writes other chroma"
    return "", sampling


def session_bytes(session):
    """Memory of all processes of a session, shared pages counted once (PSS)."""
    total = 0
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
                if int(file.read().rpartition(")")[2].split()[3]) != session:
                    continue
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
                total += sum(int(line.split()[1]) * 1024 for line in file if line.startswith("Pss:"))
        except (OSError, IndexError):
            pass  # the process has ended meanwhile
    return total


def watch_memory(session, done, peak):
    while not done.wait(SAMPLE_S):
        peak[0] = max(peak[0], session_bytes(session))


def run(command, photos, memory=False, scale=1):
    """One run of a command that reads the photos and writes as many. With memory its processes are sampled, which costs
    time: such a run's times are not to be used."""
    out = tempfile.mkdtemp()
    words = [{IN: photos, OUT: out}.get(word, word) for word in command]
    begin = time.monotonic()
    child = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    done, peak = threading.Event(), [0]
    if memory:
        watcher = threading.Thread(target=watch_memory, args=(child.pid, done, peak))
        watcher.start()
    try:
        _, status, usage = os.wait4(child.pid, 0)
    except BaseException:
        os.killpg(child.pid, signal.SIGKILL)
        raise
    finally:
        done.set()
    wall = time.monotonic() - begin
    if memory:
        watcher.join()
    problem, sampling = f"exit status {os.waitstatus_to_exitcode(status)}", ""
    if not status:
        problem, sampling = check_work(photos, out, scale)
    shutil.rmtree(out)
    if problem:
        raise RuntimeError(f"{words[0]}: {problem}")
    result = {"wall_s": wall, "cpu_s": usage.ru_utime + usage.ru_stime, "sampling": sampling}
    if memory:
        result["peak_bytes"] = peak[0]
    return result
