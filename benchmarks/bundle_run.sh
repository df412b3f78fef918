#!/bin/sh
# run.sh [--quick] [DEVICE]: the kernel tests against their references on an OpenCL device, then speed. DEVICE is what
# quern's -d takes: auto (default), gpu, cpu, an index, a part of a name. --quick: self-test instead of all tests.
# OCL_ICD_VENDORS, where it is set, says which drivers are seen (a folder of .icd files, or one); else the first of the
# usual folders that has any.
here=$(cd "$(dirname "$0")" && pwd) || exit 1
quick=0
if [ "${1:-}" = --quick ]; then
    quick=1
    shift
fi
device=${1:-auto}
work=$(mktemp -d "${TMPDIR:-/tmp}/quern-bundle.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# The machine's own loader comes first where it has one: a driver may depend on it. The folder's own fills the gaps.
LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$here/lib
export LD_LIBRARY_PATH
: "${HOME:=$work}"
export HOME XDG_CACHE_HOME="$work/cache" POCL_CACHE_DIR="$work/pocl" QUERN_TEST_CACHE="$work/programs"
mkdir -p "$XDG_CACHE_HOME" "$POCL_CACHE_DIR" "$QUERN_TEST_CACHE"

if [ -z "${OCL_ICD_VENDORS:-}" ]; then
    for folder in /etc/OpenCL/vendors /usr/share/OpenCL/vendors /usr/local/etc/OpenCL/vendors /opt/rocm/etc/OpenCL/vendors \
        /run/opengl-driver/etc/OpenCL/vendors; do
        for icd in "$folder"/*.icd; do
            [ -e "$icd" ] && OCL_ICD_VENDORS=$folder && break 2
        done
    done
    # A container may have NVIDIA's library without the file that names it.
    if [ -z "${OCL_ICD_VENDORS:-}" ]; then
        mkdir "$work/vendors"
        for library in libnvidia-opencl.so.1 libamdocl64.so libpocl.so.2; do
            for folder in /usr/lib/x86_64-linux-gnu /usr/lib64 /usr/lib /usr/local/nvidia/lib64 /opt/rocm/lib; do
                [ -e "$folder/$library" ] && echo "$folder/$library" >"$work/vendors/$library.icd" && break
            done
        done
        OCL_ICD_VENDORS=$work/vendors
    fi
fi
export OCL_ICD_VENDORS

if ! "$here/bin/quern" --version; then
    echo "run.sh: quern does not start; it needs x86-64 Linux with glibc $(cat "$here/glibc") or newer" >&2
    exit 1
fi
echo "drivers: $OCL_ICD_VENDORS"
"$here/bin/quern" --list-devices || exit
bad=0

echo
echo "== correctness"
"$here/bin/quern" --self-test -d "$device" >"$work/self" 2>&1 || bad=1
tail -n 3 "$work/self"
if [ "$quick" = 0 ]; then
    while read -r filter; do
        case $filter in '' | '#'*) continue ;; esac
        QUERN_TEST_DEVICE=$device "$here/bin/test_filters" "$filter" >"$work/log" 2>&1
        status=$?
        if [ $status = 77 ]; then
            echo "$filter: skipped"
        elif [ $status != 0 ]; then
            bad=1
            echo "$filter: WRONG"
            tail -n 5 "$work/log"
        else
            echo "$filter: as the reference"
        fi
    done <"$here/filters.txt"
fi
"$here/bin/quern" -q -d "$device" -f 'gaussian 2 | saturation 1.2' "$here/pictures" -o "$work/small/" || bad=1

echo
echo "== speed: device time of one 15 MP picture, RGB 8 bit (mean of 4), and GB/s of its passes"
"$here/bin/texture" 4743 3163 "$work/t.png" && "$here/bin/quern" -q -d "$device" -f 'invert | invert' "$work/t.png" \
    -o "$work/t1.ppm" || exit 1
for i in 2 3 4; do ln "$work/t1.ppm" "$work/t$i.ppm"; done
name=$("$here/bin/quern" -q -d "$device" -f invert "$here/pictures/1.png" -o "$work/one.png" --stats - |
    sed -n 's/.*"device":{"name":"\([^"]*\)".*/\1/p')
echo "device: $name; copy bandwidth $("$here/bin/copy" "$name") GB/s"
for chain in 'invert | invert' 'levels 2% 98% | saturation 1.25 | sepia 0.3' 'gaussian 2' 'gaussian 8' 'median 1' 'sobel' \
    'erode 7' 'unsharp 1 amount=0.7' 'resize 70.71%' 'equalize' 'rotate 7'; do
    rm -rf "$work/o"
    if "$here/bin/quern" -q -d "$device" -f "$chain" "$work"/t?.ppm -o "$work/o/" --sync --stats "$work/stats"; then
        sed -n 's/.*"seconds":\([0-9.e+-]*\),"bytes":\([0-9]*\).*/\1 \2/p' "$work/stats" |
            awk -v chain="$chain" '{ s += $1; b += $2 } END { if (s > 0)
                printf "%-48s %8.2f ms %8.2f GB/s\n", chain, s / 4 * 1e3, b / s * 1e-9 }'
    else
        bad=1
    fi
done

echo
echo "== the job: 8 of these as JPEG through gaussian 2, files in, files out"
mkdir "$work/j" "$work/f"
"$here/bin/quern" -q -d "$device" -f 'invert | invert' "$work/t1.ppm" -o "$work/j/1.jpg"
for i in 2 3 4 5 6 7 8; do cp "$work/j/1.jpg" "$work/j/$i.jpg"; done
for how in '' --sync; do
    rm -rf "$work/o"
    # shellcheck disable=SC2086  # no word where it is empty
    "$here/bin/quern" -d "$device" $how -f 'gaussian 2' "$work/j" -o "$work/o/" 2>&1 | tail -n 1 || bad=1
done
[ $bad = 0 ] && echo "all good" || echo "something is WRONG, see above"
exit $bad
