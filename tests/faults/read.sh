#!/bin/sh
# read.sh LAYER QUERN MKPIC
# A disk that fails in the middle of a file is no picture that ends early: every reader says which it was, nothing is
# written, and --truncated keep does not keep it.
set -e
layer=$1 quern=$2 mkpic=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"$mkpic" good.png 400 300
"$quern" -q -f '' good.png -o good.jpg
"$quern" -q -f '' good.png -o good.ppm
"$quern" -q -f '' good.png -o good.pam
cat good.ppm good.ppm good.ppm >several.ppm
bad=0
expect() { # FILE BYTES TEXT OPTIONS...: a read error or an early end after BYTES
    file=$1 bytes=$2 text=$3
    shift 3
    rm -rf out
    QR_FAIL=$bytes LD_PRELOAD=$layer "$quern" -q -f invert "$@" -o out/ --to png 2>err && { echo "$*: exit 0"; bad=1; }
    grep -q "^quern: $file: .*$text" err || { echo "$* after $bytes: $(cat err)"; bad=1; }
    [ ! -e "out/${file%%.*}.png" ] || [ "$file" = 'bad.ppm\[2\]' ] || { echo "$*: written"; bad=1; }
}
for type in png jpg ppm pam; do
    cp good.$type bad.$type
    for bytes in 0 3 5000; do
        expect bad.$type $bytes "cannot read: Input/output error" bad.$type
        expect bad.$type $bytes "cannot read: Input/output error" bad.$type --truncated keep
    done
    head -c 5000 good.$type >bad.$type
    expect bad.$type 5000000 "ends early" bad.$type
done
# the second picture of a file that holds three, and of standard input
size=$(wc -c <good.ppm)
cp several.ppm bad.ppm
expect 'bad.ppm\[2\]' $((size + 5000)) "cannot read: Input/output error" bad.ppm
[ -e out/bad.png ] || { echo "the first of several is not written"; bad=1; }
QR_FAIL=$((size + 5000)) LD_PRELOAD=$layer "$quern" -q -f '' - -o - 2>err <bad.ppm | cmp - good.ppm || bad=1
grep -q "^quern: -\[2\]: cannot read: Input/output error" err || { cat err; bad=1; }
# a large file, which is read piece by piece
"$mkpic" large.png 5600 4300
"$quern" -q -f '' large.png -o bad.png --compression 0 --overwrite
expect bad.png 70000000 "cannot read: Input/output error" bad.png
expect bad.png 3000000 "cannot read: Input/output error" bad.png --truncated keep
exit $bad
