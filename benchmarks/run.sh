#!/bin/bash
# run.sh [--quick]: builds quern and the floor, fetches the photos, and measures the job (job.py) against the floor and
# against those peers that are installed. Takes two minutes, --quick one. Writes build/bench/job.json.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
build=${BUILD:-$root/build}/bench
rounds=9
case ${1:-} in
'') ;;
--quick) rounds=3 ;;
*)
    echo "usage: run.sh [--quick]" >&2
    exit 2
    ;;
esac

"$root/benchmarks/build.sh" "$build" -DQUERN_BENCHMARKS=ON
"$root/benchmarks/photos.sh" "$build/originals"
# What cameras write: baseline, 4:2:0. Half of the originals are progressive, which costs a decoder three times as much.
if [ ! -d "$build/photos" ]; then
    rm -rf "$build/photos.tmp"
    mkdir "$build/photos.tmp"
    "$build/benchmarks/floor" "$build/originals" "$build/photos.tmp" 1 92
    mv "$build/photos.tmp" "$build/photos"
fi
# Caches of the benchmark's own: what was compiled before is not to decide a first run.
export XDG_CACHE_HOME=$build/cache POCL_CACHE_DIR=$build/cache/pocl
mkdir -p "$POCL_CACHE_DIR"
python3 "$root/benchmarks/job.py" --quern "$build/quern" --floor "$build/benchmarks/floor" \
    --photos "$build/photos" --rounds "$rounds" --json "$build/job.json"
echo "figures: $build/job.json"
