#!/usr/bin/env bash
# Proves that every include in src points to a room that src/rooms.txt allows, that no folder has more than 25
# files, and that the drawn map is the one of the table.
#   tests/structure/check_rooms.sh [--draw]      --draw writes the map anew
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
here=tests/structure map=resources/documentation/rooms.svg
failed=0

draw() { awk -F'|' -f "$here/draw_rooms.awk" src/rooms.txt; }
if [ "${1:-}" = --draw ]; then
    draw >"$map"
    exit
fi

find src -name '*.h' -o -name '*.cpp' | sort | xargs grep -Hn '^#include' | awk -f "$here/check_includes.awk" src/rooms.txt - || failed=1

while read -r count folder; do
    [ "$count" -le 25 ] || { echo "$folder has $count files; at most 25 beside its sub-folders"; failed=1; }
done < <(find src -type f -printf '%h\n' | sort | uniq -c)

for folder in src/*/; do
    grep -q "^$(basename "$folder") *|" src/rooms.txt || { echo "$folder is not in src/rooms.txt"; failed=1; }
done

cmp -s <(draw) "$map" || { echo "$map is not what src/rooms.txt says: tests/structure/check_rooms.sh --draw"; failed=1; }
exit "$failed"
