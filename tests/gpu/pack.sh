#!/usr/bin/env bash
# Makes the tree that tests/gpu/check.sh needs on another machine, with the header-only libraries that such a machine may lack:
#   tests/gpu/pack.sh [FOLDER]     default: build/gpu-pack; refused above 60 MiB
# Left out: the window, pictures of the README, and the weights of the starter model (check.sh takes a small recorded model).
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
folder=${1:-$root/build/gpu-pack}
rm -rf "$folder"
mkdir -p "$folder/headers"
cd "$root"
git ls-files --cached --others --exclude-standard CMakeLists.txt src packaging/cmake tests/CMakeLists.txt tests/gpu tests/replay tests/benchmarks tests/weights \
    tests/program tests/reference models/starter resources/clip |
    grep -vE '^src/(app|widgets|gallery|export|jobs|settings|threads)/|^tests/reference/models/starter/.*safetensors$|^tests/reference/pipelines/starter|^models/starter/.*safetensors$|\.png$' |
    tar -cf - -T - | tar -xf - -C "$folder"

# Headers: what the sources really include of these libraries, by the compiler's own list.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
grep -rhoE '#include <(nlohmann|tl|boost|CLI)/[^>]*>' src tests/gpu tests/replay tests/benchmarks tests/weights | sort -u >"$scratch/all.cpp"
g++ -std=c++20 -M "$scratch/all.cpp" | grep -oE '/usr/include/(nlohmann|tl|boost|CLI)/[^ \\]*' | sort -u |
    sed 's#^/usr/include/##' | tar -cf - -C /usr/include -T - | tar -xf - -C "$folder/headers"

bytes=$(du -sb --apparent-size "$folder" | cut -f1)
printf '%s: %d files, %.1f MiB\n' "$folder" "$(find "$folder" -type f | wc -l)" "$(awk "BEGIN {print $bytes / 1048576}")"
[ "$bytes" -le $((60 * 1048576)) ] || { echo "This is more than the 60 MiB that may travel." >&2; exit 1; }
