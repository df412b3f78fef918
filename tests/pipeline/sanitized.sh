#!/bin/sh
# Builds quern with a sanitizer and runs a folder of pictures, and damaged ones, through it; any report fails.
# usage: sanitized.sh SOURCE BUILD address|thread
set -eu
source=$1 build=$2 sanitizer=$3
here=$(cd "$(dirname "$0")" && pwd)
data=$here/../data

cmake -S "$source" -B "$build" -DQUERN_SANITIZE="$sanitizer" -DCMAKE_BUILD_TYPE=RelWithDebInfo >"$build.log" 2>&1 ||
    { cat "$build.log"; exit 1; }
cmake --build "$build" --target quern pipeline_run fuzz_decode -j 2 >>"$build.log" 2>&1 || { tail -40 "$build.log"; exit 1; }
quern=$(find "$build" -name quern -type f -perm -u+x | head -n 1)
fuzz=$(find "$build" -name fuzz_decode -type f -perm -u+x | head -n 1)
pipeline=$(find "$build" -name pipeline_run -type f -perm -u+x | head -n 1)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/in" "$work/cache" "$work/reports"
python3 "$here/make_pictures.py" "$work/in"

export XDG_CACHE_HOME="$work/cache"
export ASAN_OPTIONS="log_path=$work/reports/asan:detect_leaks=1:halt_on_error=1"
export UBSAN_OPTIONS="log_path=$work/reports/ubsan:print_stacktrace=1:halt_on_error=1"
export LSAN_OPTIONS="suppressions=$data/lsan.supp:print_suppressions=0"
export TSAN_OPTIONS="log_path=$work/reports/tsan:suppressions=$data/tsan.supp:halt_on_error=0"

failed=0
# expects STATUS COMMAND...: the exit status that the run must have
expects() {
    want=$1
    shift
    status=0
    "$@" >"$work/output" 2>&1 || status=$?
    if [ "$status" -ne "$want" ]; then
        echo "exit status $status instead of $want: $*"
        tail -20 "$work/output"
        failed=1
    fi
}

# Programs are compiled by runs of their own: the leak sanitizer's tracer may die (signal 11) in a process that has the
# compiler in it, and that is no finding.
checks=$ASAN_OPTIONS
ASAN_OPTIONS="$checks:detect_leaks=0"
expects 1 "$quern" -f 'gaussian 2' "$work/in" -o "$work/first1/"
expects 1 "$quern" -f 'gamma 1.2 | gaussian 1 | invert' "$work/in" -o "$work/first2/" --to jpg
ASAN_OPTIONS=$checks
expects 0 "$pipeline"
# damaged files, another few than fuzz.decode has
[ "$sanitizer" != address ] || expects 0 "$fuzz" 33000 --from 3000
# 24 good pictures and three broken ones: exit 1, the good ones all there
expects 1 "$quern" -f 'gaussian 2' "$work/in" -o "$work/out1/" -j 4
expects 1 "$quern" -f 'gaussian 2' "$work/in" -o "$work/out2/" --sync --stats "$work/stats.json" --trace "$work/trace.json"
expects 1 "$quern" -f 'gamma 1.2 | gaussian 1 | invert' "$work/in" -o "$work/out3/" --to jpg --mem 2M -j 3
QUERN_FLOW_BYTES=1
export QUERN_FLOW_BYTES
expects 1 "$quern" -f 'gaussian 2' "$work/in" -o "$work/out4/" -j 4
for folder in out1 out4; do
    if ! diff -r "$work/$folder" "$work/out2" >/dev/null; then
        echo "overlapped ($folder) and --sync differ"
        failed=1
    fi
done
for folder in out1 out2 out3 out4; do
    count=$(find "$work/$folder" -type f 2>/dev/null | wc -l)
    if [ "$count" -ne 24 ]; then
        echo "$folder holds $count pictures, not 24"
        failed=1
    fi
done
for report in "$work"/reports/*; do
    [ -e "$report" ] || continue
    head -c 20000 "$report"
    failed=1
done
exit $failed
