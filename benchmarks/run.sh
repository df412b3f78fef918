#!/bin/bash
# run.sh [--quick] [--parts A,B] [--device SPEC] [--photos DIR]: the suite. Builds quern and the benchmarks' own
# programs, fetches photos (or takes those that are named, and only JPEGs), and measures quern against its floor and the
# peers that are installed. About ten minutes on two cores, --quick two. Results: build/bench/results/DEVICE-DATE/.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
build=${BUILD:-$root/build}/bench
usage="usage: run.sh [--quick] [--parts A,B] [--device SPEC] [--photos DIR]"
options=()
photos=
while [ $# -gt 0 ]; do
    case $1 in
    --quick) options+=(--quick) ;;
    --parts | --device | --photos)
        [ $# -gt 1 ] || { echo "$usage" >&2; exit 2; }
        if [ "$1" = --photos ]; then photos=$2; else options+=("$1" "$2"); fi
        shift
        ;;
    *)
        echo "$usage" >&2
        exit 2
        ;;
    esac
    shift
done
if [ -n "$photos" ] && ! ls "$photos"/*.jpg >/dev/null 2>&1; then
    echo "run.sh: $photos: no *.jpg there" >&2
    exit 2
fi

"$root/benchmarks/build.sh" "$build" -DQUERN_BENCHMARKS=ON
if [ -z "$photos" ]; then
    photos=$build/photos
    "$root/benchmarks/photos.sh" "$build/originals"
    # What cameras write: baseline, 4:2:0. Half of the originals are progressive: three times the work for a decoder.
    if [ ! -d "$photos" ]; then
        rm -rf "$photos.tmp"
        mkdir "$photos.tmp"
        "$build/benchmarks/floor" "$build/originals" "$photos.tmp" 1 92
        mv "$photos.tmp" "$photos"
    fi
fi
# Caches of the benchmark's own: what was compiled before is not to decide a first run.
export XDG_CACHE_HOME=$build/cache POCL_CACHE_DIR=$build/cache/pocl
mkdir -p "$POCL_CACHE_DIR"
python3 "$root/benchmarks/suite.py" --quern "$build/quern" --floor "$build/benchmarks/floor" \
    --texture "$build/benchmarks/texture" --copy "$build/benchmarks/copy" --photos "$photos" \
    --work "$build/suite" --results "$build/results" ${options[@]+"${options[@]}"}
