#!/bin/bash
# bundle.sh OUT.tar.gz [CMAKE-ARGUMENT...]: quern, its kernel tests, the benchmark programs and the shared libraries that
# they link, as a folder in an archive that runs on another x86-64 Linux with nothing but an OpenCL driver: `./run.sh`
# in it prints correctness and speed. glibc is not bundled: the archive names the version that it needs.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
out=$(realpath -m "${1:?usage: bundle.sh OUT.tar.gz [CMAKE-ARGUMENT...]}")
shift
build=${BUILD:-$root/build}/bundle
"$root/benchmarks/build.sh" "$build" -DQUERN_BENCHMARKS=ON "$@"
cmake -S "$root" -B "$build" -DBUILD_TESTING=ON
cmake --build "$build" --target test_filters

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dir=$work/quern-bundle
mkdir -p "$dir/bin" "$dir/lib" "$dir/pictures"
programs=("$build/quern" "$build/tests/kernels/test_filters" "$build/benchmarks/floor" "$build/benchmarks/texture"
    "$build/benchmarks/copy")
cp "${programs[@]}" "$dir/bin/"
strip "$dir"/bin/*
cp "$root/tests/kernels/filters.txt" "$root/LICENSE" "$dir/"

# What the programs link, but for glibc: that one has to be the machine's own, because its drivers link it too.
glibc='^(ld-linux|libc|libm|libdl|libpthread|librt|libresolv|libutil)[-.]'
ldd "$dir"/bin/* | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' | sort -u | while read -r library; do
    if ! basename "$library" | grep -qE "$glibc"; then
        cp -L "$library" "$dir/lib/"
    fi
done
# The newest glibc symbol that anything here asks for.
objdump -T "$dir"/bin/* "$dir"/lib/* 2>/dev/null | grep -oE 'GLIBC_[0-9.]+' | sed 's/GLIBC_//' | sort -uV | tail -1 \
    >"$dir/glibc"
[ -s "$dir/glibc" ] || { echo "bundle.sh: no glibc version found: is binutils' objdump here?" >&2; exit 1; }

# Four small pictures; big ones are made on the spot by bin/texture.
number=1
for size in '1 1' '317 211' '640 480' '1024 1'; do
    # shellcheck disable=SC2086  # two words
    "$build/benchmarks/texture" $size "$dir/pictures/$number.png" rgb "$number"
    number=$((number + 1))
done

install -m 755 "$root/benchmarks/bundle_run.sh" "$dir/run.sh"
tar -C "$work" -czf "$out" quern-bundle
echo "$out: $(du -h "$out" | cut -f1), needs x86-64 Linux with glibc $(cat "$dir/glibc") or newer and an OpenCL driver"
