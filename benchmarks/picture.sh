#!/bin/bash
# picture.sh QUERN OUT.jpg: the strip at the top of the README: one photo (seeding, by Clemens Engelhardt, CC0) as it is
# and through six filters. Cut, filtered and put side by side by quern itself.
set -euo pipefail

quern=${1:?usage: picture.sh QUERN OUT.jpg}
out=${2:?usage: picture.sh QUERN OUT.jpg}
here=$(cd "$(dirname "$0")" && pwd)
chains=('invert | invert' 'gaussian 4' 'unsharp 2 amount=3' sobel 'posterize 4' 'hue 120deg' 'otsu')

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$here/photos.sh" "$work/photos"
"$quern" -q -f 'crop 2800x2800+1100+100 | resize 160x160' "$work/photos/seeding_by_Clements_Engelhardt.jpg" \
    -o "$work/tile.png" --to png --meta none
"$quern" -q -f "resize $((160 * ${#chains[@]}))x160 filter=nearest" "$work/tile.png" -o "$work/strip.png"
x=0
for chain in "${chains[@]}"; do
    "$quern" -q -f "$chain" "$work/tile.png" -o "$work/filtered.png" --overwrite
    "$quern" -q -f "over $work/filtered.png offset=$x,0" "$work/strip.png" --in-place
    x=$((x + 160))
done
"$quern" -q -f 'invert | invert' "$work/strip.png" -o "$out" --to jpg --quality 88 --overwrite
