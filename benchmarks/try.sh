#!/bin/bash
# try.sh [FOLDER]: on a bare Debian 12, as root or with sudo: installs what quern needs, builds it, and filters a folder
# of photos: the one that is named, or 18 photos of Debian's wallpaper packages. Ends with where to look.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
build=${BUILD:-$root/build}/try
photos=${1:-$build/photos}
if [ -n "${1:-}" ] && [ ! -d "$photos" ]; then
    echo "try.sh: $photos is not a folder" >&2
    exit 2
fi

"$root/benchmarks/build.sh" "$build"
if [ -z "${1:-}" ]; then
    "$root/benchmarks/photos.sh" "$photos"
fi

chain='gaussian 2 | saturation 1.3 | levels black=3% white=97%'
out=$build/out
echo
echo "+ quern -f '$chain' $photos -r -o $out/ --overwrite"
status=0
"$build/quern" -f "$chain" "$photos" -r -o "$out/" --overwrite || status=$?
echo
echo "pictures: $out"
echo "program:  $build/quern (--help, --list-filters)"
exit "$status"
