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
bad=0
for chain in 'gaussian 2 | resize 70% | sepia 0.4' 'equalize'; do
    "$quern" -q -f "$chain" small*.png middle*.png large.png deep.png -o whole/ --overwrite
    files='small1.png small2.png small3.png middle1.png middle2.png middle3.png large.png deep.png'
    OPENCL_LAYERS=$layer QF_MEMORY=64000000:16000000 "$quern" -q -f "$chain" $files -o cut/ --overwrite || bad=1
    for f in $files; do
        cmp whole/$f cut/$f || bad=1
    done
done
OPENCL_LAYERS=$layer QF_MEMORY=64000000:16000000 "$quern" -q -f 'rotate 90' deep.png small1.png -o last/ 2>err && bad=1
grep -q '^quern: deep.png: .*MiB' err || { cat err; bad=1; }
"$quern" -q -f 'rotate 90' small1.png -o turned.png && cmp turned.png last/small1.png || bad=1
[ ! -e last/deep.png ] || bad=1
# branches share a picture that is held whole: it goes through the device in bands all the same
"$quern" -q deep.png -f 'gaussian 2' -o whole1/ -f 'equalize' -o whole2/
OPENCL_LAYERS=$layer QF_MEMORY=64000000:16000000 "$quern" -q deep.png -f 'gaussian 2' -o cut1/ -f 'equalize' -o cut2/ &&
    cmp whole1/deep.png cut1/deep.png && cmp whole2/deep.png cut2/deep.png || bad=1
# a device that has less than it says
OPENCL_LAYERS=$layer QF_FAIL=clCreateBuffer:9:-4 "$quern" -q -f 'gaussian 2 | resize 70% | sepia 0.4' large.png -o some.png &&
    "$quern" -q -f 'gaussian 2 | resize 70% | sepia 0.4' large.png -o all.png && cmp some.png all.png || bad=1
exit $bad
