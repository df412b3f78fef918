#!/bin/sh
# ladder.sh LAYER QUERN MKPIC shared|copied
# Commands that the device refuses once, at every place of a picture that is held whole and of one that flows: the
# result is the same, byte for byte. What it refuses for good fails by name.
set -e
layer=$1 quern=$2 mkpic=$3
export QUERN_TRANSFER=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for i in 1 2 3; do
    "$mkpic" p$i.png 700 50$i $i
done
"$mkpic" flows.png 900 1400
bad=0
# as in "p": several, whole, the result over the picture; "beside": several that flow at once (where copies are made,
# whole); "flows": in bands, by a ceiling that it does not keep to
run() {
    case $1 in
    p) "$quern" -q -f 'gaussian 2 | saturation 1.5' p1.png p2.png p3.png -o "$2/" --band-rows 64 ;;
    beside) QUERN_FLOW_BYTES=1 "$quern" -q -f 'gaussian 2 | saturation 1.5' p1.png p2.png p3.png -o "$2/" --band-rows 64 ;;
    flows) "$quern" -q -f 'gaussian 2 | saturation 1.5' flows.png -o "$2/" --band-rows 64 --mem 1M ;;
    esac
}
for what in p beside flows; do
    run $what $what-right
    for fault in clEnqueueNDRangeKernel clEnqueueNDRangeKernel+ clCreateBuffer clEnqueueMapBuffer clEnqueueWriteBuffer; do
        call=${fault%+} codes=-5
        [ "$fault" = "$call" ] || codes=-4
        for n in 1 2 3 5 7 12; do
            rm -rf out
            OPENCL_LAYERS=$layer QF_FAIL=$call:$n:$codes run $what out 2>err && diff -r out $what-right >diff ||
                { echo "$what, $call:$n:$codes:"; cat err diff; bad=1; }
        done
    done
done
OPENCL_LAYERS=$layer QF_FAIL=clEnqueueNDRangeKernel:3+:-5 run p lost 2>err && bad=1
[ "$(grep -c 'CL_OUT_OF_RESOURCES' err)" -ge 3 ] && grep -q '^quern: p3.png: ' err || { cat err; bad=1; }
[ "$(ls lost 2>/dev/null | wc -l)" = 0 ] || bad=1
# Pictures fail again and again: fewer of them are on the device at a time, and all come out. So many that it does not
# matter how often memory that lies idle is given back instead.
for i in 10 11 12 13 14 15 16 17 18 19; do
    "$mkpic" p$i.png 200 1$i
    for again in a b c d e; do
        cp p$i.png p$i$again.png
    done
done
"$quern" -q -f 'gaussian 2 | saturation 1.5' p??*.png -o many-right/
OPENCL_LAYERS=$layer QF_FAIL=clEnqueueNDRangeKernel:3%3:-5 \
    "$quern" -v -f 'gaussian 2 | saturation 1.5' p??*.png -o many/ --slots 3 2>err && diff -r many many-right &&
    grep -q '^quern: 2 pictures at a time' err || { cat err; bad=1; }
# with copies the third slot then lies idle, and what it gives back is enough
[ "$QUERN_TRANSFER" = copied ] || grep -q '^quern: 1 picture at a time' err || { cat err; bad=1; }
# as on a GPU: the first launch of a pass is a small one, which tells how large the others may be
export QUERN_DEVICE_CLASS=gpu
"$quern" -q -f 'gaussian 2 | saturation 1.5' flows.png -o one.png --sync
OPENCL_LAYERS=$layer QF_REPORT=report "$quern" -q -f 'gaussian 2 | saturation 1.5' p1.png p2.png flows.png -o gpu/
cmp one.png gpu/flows.png || bad=1
[ "$(sed -n 's/^calls clEnqueueNDRangeKernel //p' report)" -gt 7 ] || { cat report; bad=1; } # 2 passes of 3 pictures
exit $bad
