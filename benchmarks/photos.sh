#!/bin/bash
# photos.sh DIR: puts 18 real photos of 4 to 16 megapixels into DIR, always the same ones: JPEGs out of two Debian 12
# wallpaper packages (62 MB to download; nothing is installed). A folder that has them already is left as it is.
set -euo pipefail

dir=${1:?usage: photos.sh DIR}
packages=(lomiri-wallpapers-16.04 mate-backgrounds)
# What these packages hold besides are drawings, gradients and small pictures.
photos=(
    Aqua.jpg Bridge_by_Sander_Klootwijk.jpg Dragonfly_by_Bolly.jpg Garden.jpg LadyBird.jpg Picture_0B_by_freespace.jpg
    TwoWings.jpg Wine_by_Jakkub_Mede.jpg Wood.jpg YellowFlower.jpg aitzgorri_by_Aitzol_Berasategi.jpg
    free_by_Peter_Nerlich.jpg friends_by_Aitzol_Berasategi.jpg greentock_by_Peter_Nerlich.jpg
    life_by_Aitzol_Berasategi.jpg picosdeeuropa_by_Aitzol_Berasategi.jpg seeding_by_Clements_Engelhardt.jpg
    sunset_by_Aitzol_Berasategi.jpg
)

missing=0
for photo in "${photos[@]}"; do
    [ -e "$dir/$photo" ] || missing=1
done
if [ "$missing" = 0 ]; then
    exit 0
fi

mkdir -p "$dir"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
if [ "$(id -u)" = 0 ]; then
    chown _apt "$work" # apt downloads as this user
fi
if ! (cd "$work" && apt-get -q download "${packages[@]}" >&2); then
    echo "photos.sh: cannot download ${packages[*]}: this needs Debian 12 and a fresh 'apt-get update'" >&2
    exit 1
fi
for package in "$work"/*.deb; do
    dpkg-deb -x "$package" "$work/root"
done
for photo in "${photos[@]}"; do
    found=$(find "$work/root" -type f -name "$photo")
    install -m 644 "$found" "$dir/$photo"
done
echo "${#photos[@]} photos in $dir" >&2
