#!/usr/bin/env bash
# Whether two builds of unfog-cli draw the same pixels on this machine: twelve command lines, hashes compared.
#   tests/replay/same_pixels.sh OLD/unfog-cli NEW/unfog-cli
set -eu
old=$1 new=$2
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
tiny=$root/tests/reference/models starter=$root/models/starter
"$old" generate --model "$starter" --prompt "a pear" --size 64 --steps 4 --quiet --output "$folder/start.png" >/dev/null

lines=(
    "--model $tiny/tiny-sd15 --prompt|a fox|--steps 6 --seed 1"
    "--model $tiny/tiny-sd15 --prompt|a (red:1.3) [fox]|--negative blurry --scheduler dpmpp-2m --spacing karras --steps 8 --seed 2"
    "--model $tiny/tiny-sd15 --prompt|a fox|--init-image $folder/start.png --strength 0.6 --steps 10 --scheduler ddim --seed 3"
    "--model $tiny/tiny-sd15 --prompt|a fox|--scheduler euler-ancestral --count 2 --clip-skip 1 --steps 6 --seed 4"
    "--model $tiny/tiny-sd2v --prompt|a fox|--scheduler dpmpp-3m --steps 9 --seed 5"
    "--model $tiny/tiny-sd2v --prompt|a fox|--guidance-rescale 0.7 --guidance 9 --scheduler unipc --steps 7 --seed 6"
    "--model $tiny/tiny-sdxl --prompt|a fox|--scheduler heun --steps 5 --seed 7"
    "--model $tiny/tiny-sdxl --prompt|a fox|--plain-prompt --scheduler dpmpp-2m-sde --tiled-decode --steps 6 --seed 8"
    "--model $starter --prompt|a red apple on a blue background|--steps 12 --seed 9"
    "--model $starter --prompt|a red apple on a gray background|--scheduler dpmpp-2m --spacing karras --sigma-max 40 --steps 10 --guidance 4 --seed 10"
    "--model $starter --prompt|two cats|--scheduler ddim --eta 0.5 --steps 10 --precision float16 --seed 11"
    "--model $starter --prompt|a house|--init-image $folder/start.png --strength 0.5 --scheduler lcm --steps 8 --seed 12"
)
pixels() { # PROGRAM LINE
    local before prompt after
    IFS='|' read -r before prompt after <<<"$2"
    # shellcheck disable=SC2086 # options are words
    "$1" generate $before "$prompt" $after --json --output "$folder" | sed -n 's/.*"pixelSha256":"\([0-9a-f]*\)".*/\1/p'
}
different=0
for line in "${lines[@]}"; do
    a=$(pixels "$old" "$line") b=$(pixels "$new" "$line")
    [ -n "$a" ] && [ "$a" = "$b" ] || { echo "DIFFERENT: $line"; different=$((different + 1)); }
done
echo "$((${#lines[@]} - different)) of ${#lines[@]} command lines draw the same pixels"
[ "$different" -eq 0 ]
