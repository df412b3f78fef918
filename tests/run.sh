#!/bin/bash
# Installs what quern needs, builds it and runs the whole test suite: on a bare Debian 12, as root or with sudo.
#
# Builds in build/ci with warnings as errors, compiles everything with the other compiler too (build/other), then runs
# ctest. CC chooses the first compiler (gcc), BUILD another folder for all of this, JOBS how much runs at a time.
# Arguments go to ctest: tests/run.sh -L unit
set -euo pipefail
exec </dev/null

root=$(cd "$(dirname "$0")/.." && pwd)
build=${BUILD:-$root/build}
jobs=${JOBS:-$(nproc)}
cc=${CC:-gcc}
case $cc in
*clang*) other=gcc ;;
*) other=clang ;;
esac

packages=(
    cmake ninja-build pkg-config gcc libc6-dev clang
    binutils                          # PoCL links its kernels with ld when quern runs
    libpng-dev libdeflate-dev libjpeg62-turbo-dev liblcms2-dev
    ocl-icd-opencl-dev opencl-headers
    pocl-opencl-icd                   # an OpenCL device on every processor
    oclgrind                          # a second implementation, which checks memory accesses and races
    python3
    libimage-exiftool-perl pngcheck jpeginfo libjpeg-turbo-progs # other programs' opinion of what quern writes
)

say() {
    printf '\n== %s\n' "$*"
}

missing=()
for package in "${packages[@]}"; do
    if [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)" != installed ]; then
        missing+=("$package")
    fi
done
if [ ${#missing[@]} -gt 0 ]; then
    say "installing ${missing[*]}"
    as_root=(env DEBIAN_FRONTEND=noninteractive)
    if [ "$(id -u)" != 0 ]; then
        as_root=(sudo "${as_root[@]}")
    fi
    "${as_root[@]}" apt-get update
    "${as_root[@]}" apt-get install -y --no-install-recommends "${missing[@]}"
fi

# Also for the builds that tests make: make itself is not installed.
export CMAKE_GENERATOR=Ninja

say "building with $cc"
cmake -G Ninja -S "$root" -B "$build/ci" -DCMAKE_C_COMPILER="$cc" -DQUERN_WERROR=ON
cmake --build "$build/ci" -j "$jobs"

say "compiling with $other"
cmake -G Ninja -S "$root" -B "$build/other" -DCMAKE_C_COMPILER="$other" -DQUERN_WERROR=ON -DCMAKE_BUILD_TYPE=Debug
cmake --build "$build/other" -j "$jobs"

# Caches of this build alone: what another program left in the home directory is not to decide a test.
export XDG_CACHE_HOME=$build/cache POCL_CACHE_DIR=$build/cache/pocl
mkdir -p "$POCL_CACHE_DIR"

say "testing"
exec ctest --test-dir "$build/ci" --output-on-failure --no-tests=error -j "$jobs" "$@"
