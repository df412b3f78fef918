#!/bin/bash
# build.sh DIR [CMAKE-ARGUMENT...]: a release build of quern in DIR, on a bare Debian 12: installs with apt-get what is
# missing (as root, or with sudo). The tests are not built.
set -euo pipefail
exec </dev/null

root=$(cd "$(dirname "$0")/.." && pwd)
build=${1:?usage: build.sh DIR [CMAKE-ARGUMENT...]}
shift
packages=(
    cmake ninja-build pkg-config gcc libc6-dev
    binutils                          # PoCL links its kernels with ld when quern runs
    libpng-dev libdeflate-dev libjpeg62-turbo-dev liblcms2-dev
    ocl-icd-opencl-dev opencl-headers
    pocl-opencl-icd                   # an OpenCL device on every processor; a GPU's own driver goes before it
)

missing=()
for package in "${packages[@]}"; do
    if [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)" != installed ]; then
        missing+=("$package")
    fi
done
if [ ${#missing[@]} -gt 0 ]; then
    echo "installing ${missing[*]}"
    as_root=(env DEBIAN_FRONTEND=noninteractive)
    if [ "$(id -u)" != 0 ]; then
        as_root=(sudo "${as_root[@]}")
    fi
    "${as_root[@]}" apt-get -q update
    "${as_root[@]}" apt-get -q install -y --no-install-recommends "${missing[@]}"
fi

cmake -G Ninja -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF "$@"
cmake --build "$build"
