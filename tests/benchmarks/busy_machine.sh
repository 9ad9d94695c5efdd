#!/bin/bash
# How long images take while other programs keep every core busy: 16 runs of the starter alone, then 16 beside one busy
# loop a core. The worst of the busy runs should be at most 3 times the quiet median: waiting threads must not spin.
#   tests/benchmarks/busy_machine.sh [PROGRAM]      default: build/release/bin/unfog-cli
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
program=${1:-$here/build/release/bin/unfog-cli}
folder=$(mktemp -d)
loops=()
stopLoops() {
    if [ ${#loops[@]} -gt 0 ]; then kill "${loops[@]}" 2>/dev/null || true; fi
    rm -rf "$folder"
}
trap stopLoops EXIT

runs() { # prints the seconds of 16 runs, sorted
    for i in $(seq 16); do
        local begin end
        begin=$(date +%s.%N)
        "$program" generate --model "$here/models/starter" --prompt "an apple" --steps 20 --seed "$i" --quiet \
            --output "$folder/$1-$i.png" >/dev/null
        end=$(date +%s.%N)
        echo "$end $begin" | awk '{printf "%.3f\n", $1 - $2}'
    done | sort -n
}

runs warm >/dev/null
quiet=$(runs quiet)
for _ in $(seq "$(nproc)"); do
    (while :; do :; done) &
    loops+=($!)
done
busy=$(runs busy)
echo "quiet: $(echo $quiet)"
echo "busy:  $(echo $busy)"
paste <(echo "$quiet") <(echo "$busy") | awk '
    { quiet[NR] = $1; busy[NR] = $2 }
    END {
        median = (quiet[8] + quiet[9]) / 2
        printf "quiet median %.2f s; busy median %.2f s, worst %.2f s = %.2f times the quiet median\n",
               median, (busy[8] + busy[9]) / 2, busy[NR], busy[NR] / median
    }'
