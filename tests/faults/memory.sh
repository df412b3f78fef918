#!/bin/sh
# memory.sh LAYER QUERN MKPIC shared|copied
# A device of 64 MB, 16 MB of them in one buffer: what fits comes out as on a large one, larger pictures flow through it
# in bands, and what must be whole on the device and is not able to is refused by name.
set -e
layer=$1 quern=$2 mkpic=$3
export QUERN_TRANSFER=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for i in 1 2 3; do
    "$mkpic" small$i.png 40$i 30$i $i
    "$mkpic" middle$i.png 130$i 100$i 4 16
done
"$mkpic" large.png 2900 2100
"$mkpic" deep.png 2000 1500 4 16
"$mkpic" nodes.png 2500 2000 1
bad=0
for chain in 'gaussian 2 | resize 70% | sepia 0.4' 'equalize'; do
    "$quern" -q -f "$chain" small*.png middle*.png large.png deep.png -o whole/ --overwrite
    files='small1.png small2.png small3.png middle1.png middle2.png middle3.png large.png deep.png'
    OPENCL_LAYERS=$layer QF_MEMORY=64000000:16000000 "$quern" -q -f "$chain" $files -o cut/ --overwrite || bad=1
    for f in $files; do
        cmp whole/$f cut/$f || bad=1
    done
done
# every filter, as its help has it; on a device that has memory of its own, which is the one that keeps count
"$mkpic" look.png 64 64; "$mkpic" texture.jpg 32 32; "$mkpic" logo.png 30 20 4; "$mkpic" shape.png 30 20 1
printf 'LUT_1D_SIZE 2\n0 0 0\n1 1 1\n' >contrast.cube
printf 'LUT_3D_SIZE 2\n0 0 0\n1 0 0\n0 1 0\n1 1 0\n0 0 1\n1 0 1\n0 1 1\n1 1 1\n' >film.cube
"$mkpic" photo.png 1000 700 4
"$quern" --list-filters --json | sed -n 's/^{"name".*"example":"\([^"]*\)".*/\1/p' >examples
[ "$(wc -l <examples)" -ge 58 ] || bad=1
while [ "$QUERN_TRANSFER" = copied ] && read -r chain; do
    "$quern" -q -f "$chain" photo.png -o whole/ --overwrite &&
        OPENCL_LAYERS=$layer QF_MEMORY=64000000:16000000 "$quern" -q -f "$chain" photo.png -o cut/ --overwrite &&
        cmp whole/photo.png cut/photo.png || { echo "$chain"; bad=1; }
done <examples
# what takes rows out of order takes windows of the picture, or of what a pass has made, from a file; canny's nodes are whole,
# and of more pixels than a buffer has room for they are refused
for chain in 'rotate 90' 'flip | gaussian 2' 'transverse | sepia 0.4' 'gaussian 1 | rotate 90' 'resize 120% | rotate 40' \
        'equalize | transpose' 'canny'; do
    "$quern" -q -f "$chain" deep.png -o turned.png --overwrite &&
        OPENCL_LAYERS=$layer QF_MEMORY=64000000:16000000 "$quern" -q -f "$chain" deep.png -o windows.png --overwrite &&
        cmp turned.png windows.png || { echo "$chain"; bad=1; }
done
OPENCL_LAYERS=$layer QF_MEMORY=64000000:16000000 "$quern" -q -f 'invert | canny | rotate 90' nodes.png small1.png -o last/ 2>err && bad=1
grep -q '^quern: nodes.png: .*MiB' err || { cat err; bad=1; }
"$quern" -q -f 'invert | canny | rotate 90' small1.png -o turned.png --overwrite && cmp turned.png last/small1.png || bad=1
[ ! -e last/nodes.png ] || bad=1
# branches share a picture that is held whole: it goes through the device in bands all the same
"$quern" -q deep.png -f 'gaussian 2' -o whole1/ -f 'equalize' -o whole2/
OPENCL_LAYERS=$layer QF_MEMORY=64000000:16000000 "$quern" -q deep.png -f 'gaussian 2' -o cut1/ -f 'equalize' -o cut2/ &&
    cmp whole1/deep.png cut1/deep.png && cmp whole2/deep.png cut2/deep.png || bad=1
# a device that has less than it says
OPENCL_LAYERS=$layer QF_FAIL=clCreateBuffer:9:-4 "$quern" -q -f 'gaussian 2 | resize 70% | sepia 0.4' large.png -o some.png &&
    "$quern" -q -f 'gaussian 2 | resize 70% | sepia 0.4' large.png -o all.png && cmp some.png all.png || bad=1
exit $bad
