#!/usr/bin/env bash
# Kills a busy queue by SIGKILL again and again and counts the images that are lost.
#   tests/benchmarks/kill_nine.sh [KILLS] [BUILD]   1,000 kills, build/release; exit 1 if an image is lost
# Needs unfog-queue-process (built by packaging/test.sh). About a quarter of a second a kill. tests/app/test_kill.cpp is the short form.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
kills=${1:-1000}
program=${2:-$root/build/release}/bin/unfog-queue-process
export QT_QPA_PLATFORM=offscreen
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT

count=0
lost=0
images=0
round=0
while [ "$count" -lt "$kills" ]; do
    round=$((round + 1))
    folder=$home/$round
    mkdir "$folder"
    touch "$folder/out"
    # A queue of 1,000 images, killed up to forty times before it may end.
    for ((i = 0; i < 40 && count < kills; ++i)); do
        "$program" "$folder" 1000 >"$folder/out" 2>/dev/null &
        process=$!
        wanted=$((RANDOM % 40 + 1))
        while [ -n "$(jobs -rp)" ] && [ "$(wc -l <"$folder/out")" -lt $wanted ]; do sleep 0.01; done
        [ -n "$(jobs -rp)" ] || break
        kill -9 $process
        wait $process 2>/dev/null || true
        count=$((count + 1))
    done
    "$program" "$folder" 1000 >/dev/null
    seeds=$(find "$folder/pictures" -name '*.png' | sed -E 's/.*\/[0-9]+-([0-9]+)-.*/\1/' | sort -un | wc -l)
    images=$((images + 1000))
    lost=$((lost + 1000 - seeds))
    printf '%s kills, %s of %s images lost\n' "$count" "$lost" "$images"
    rm -rf "$folder"
done
[ "$lost" -eq 0 ]
