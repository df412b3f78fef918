#!/usr/bin/env python3
"""Runs one golden case of the command line, or writes what it gives as the new expectation.

A case is a folder: `cmd` (for sh, with quern and mkpic in the path, in an empty folder of its own), and what it must
give: `stdout`, `stderr` (none: nothing) and `exit` (none: 0). A comment "# needs: root" in cmd skips the case (exit
77) where that is not so; so does cmd itself by exit 77. Times and the device's name are replaced before comparing. No
temporary file may stay.

    run.py --quern FILE --mkpic FILE --cache DIR [--accept] CASE
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SUMMARY = re.compile(r"· [\d.]+ MP in [\d.]+ s \([\d.]+ MP/s\) · .* · device busy \d+ %")
MILLISECONDS = re.compile(r'"milliseconds":\{[^}]*\}')
SKIP = 77


def steady(raw):
    text = raw.decode("utf-8", "backslashreplace")
    text = SUMMARY.sub("· N MP in N s (N MP/s) · DEVICE · device busy N %", text)
    return MILLISECONDS.sub('"milliseconds":{}', text)


def expectation(case, name, otherwise):
    path = case / name
    return path.read_text(encoding="utf-8") if path.exists() else otherwise


def unmet(command):
    needs = re.findall(r"^# needs: (.*)$", command, re.MULTILINE)
    words = " ".join(needs).split()
    if "root" in words and os.geteuid() != 0:
        return "root"
    for tool in words:
        if tool != "root" and shutil.which(tool) is None:
            return tool
    return None


def environment(options, folder):
    tools = folder / "bin"
    tools.mkdir()
    (tools / "quern").symlink_to(options.quern.resolve())
    (tools / "mkpic").symlink_to(options.mkpic.resolve())
    env = {k: v for k, v in os.environ.items() if not k.startswith("QUERN_")}
    env.update(PATH=f"{tools}:{env.get('PATH', '')}", HOME=str(folder), LC_ALL="C", NO_COLOR="1",
               XDG_CACHE_HOME=str(options.cache), POCL_CACHE_DIR=str(options.cache / "pocl"), TMPDIR=str(folder))
    return env


def run(options, folder, command):
    work = folder / "work"
    work.mkdir()
    options.cache.joinpath("pocl").mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    done = subprocess.run(["sh", "-c", command], cwd=work, env=environment(options, folder), stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=300)
    left = [str(p.relative_to(work)) for p in work.rglob(".quern-*")]
    return {"stdout": steady(done.stdout), "stderr": steady(done.stderr), "exit": f"{done.returncode}\n"}, left


def accept(case, got):
    for name, text in got.items():
        if text in ("", "0\n" if name == "exit" else ""):
            (case / name).unlink(missing_ok=True)
        else:
            (case / name).write_text(text, encoding="utf-8")


def compare(case, got, left):
    bad = [f"temporary file left: {name}" for name in left]
    for name, text in got.items():
        want = expectation(case, name, "0\n" if name == "exit" else "")
        if text != want:
            bad.append(f"--- {name}, expected:\n{want}--- {name}, given:\n{text}")
    print("\n".join(bad))
    return 1 if bad else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quern", type=pathlib.Path, required=True)
    parser.add_argument("--mkpic", type=pathlib.Path, required=True)
    parser.add_argument("--cache", type=pathlib.Path, required=True)
    parser.add_argument("--accept", action="store_true")
    parser.add_argument("case", type=pathlib.Path)
    options = parser.parse_args()
    options.cache = options.cache.resolve()
    command = (options.case / "cmd").read_text(encoding="utf-8")
    missing = unmet(command)
    if missing:
        print(f"skipped: needs {missing}")
        return SKIP
    with tempfile.TemporaryDirectory(prefix="quern-cli-") as name:
        got, left = run(options, pathlib.Path(name), command)
    if got["exit"] == f"{SKIP}\n":
        print("skipped by the case itself")
        return SKIP
    if options.accept:
        accept(options.case, got)
        return 1 if left else 0
    return compare(options.case, got, left)


if __name__ == "__main__":
    sys.exit(main())
