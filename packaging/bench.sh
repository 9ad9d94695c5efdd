#!/usr/bin/env bash
# Measures the engine on this machine and prints the tables of the README's chapter on speed.
#   packaging/bench.sh [FOLDER]   results in FOLDER (default: outputs/benchmark): report.md, CSV files, scale.svg
# Takes 9 GB of memory, 2.1 GB of disk and three quarters of an hour on 2 slow cores. Let nothing else run meanwhile.
# UNFOG_BENCH_ROUNDS (3): how often the variants take turns. UNFOG_BENCH_QUICK=1: small pictures only.
# UNFOG_BENCH_PARTS ("networks profile starter cold_start scale"): which tables; scale needs the rate from starter.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

out=${1:-$root/outputs/benchmark}
rounds=${UNFOG_BENCH_ROUNDS:-3}
sizes=256,512
scale_sizes="256 384 512 768 1024"
scale_batches="1 2 4 8"
if [ -n "${UNFOG_BENCH_QUICK:-}" ]; then
    sizes=256
    scale_sizes="128 256"
    scale_batches="1 2"
fi

install_packages
build_targets engine_benchmark unfog-cli
mkdir -p "$out"
rm -f "$out"/*.csv "$out/report.md"
bench=$build/bin/engine_benchmark
cores=$(nproc)

measure() { # LABEL ARGUMENTS …
    local label=$1
    shift
    say "$label: $*"
    "$bench" --label "$label" "$@" >&2
}

# Median of a field over the rounds: FILE LABEL CASE FIELD
median() {
    awk -F, -v label="$2" -v name="$3" -v field="$4" '$1 == label && $2 == name {print $field}' "$1" | sort -g |
        awk '{v[NR] = $1} END {if (NR) print v[int((NR + 1) / 2)]; else print 0}'
}

row() { awk "BEGIN {printf \"$1\n\", $2}"; }

# FLOP a second of a large direct convolution: what the arithmetic alone would take is told by it.
direct_rate() {
    awk -F, '$1 == "rate" {print $8 / $6}' "$out/starter.csv" | sort -g | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'
}

seconds_of() { # COMMAND …
    local begin end
    begin=$(date +%s.%N)
    "$@" >/dev/null 2>&1 || { say "failed: $*"; exit 1; }
    end=$(date +%s.%N)
    awk "BEGIN {printf \"%.3f\n\", $end - $begin}"
}

networks() {
    local round name label
    for ((round = 0; round < rounds; ++round)); do
        measure fast --only network/ --sizes "$sizes" --repeat 1 --csv "$out/networks.csv"
        measure half --only network/ --sizes "$sizes" --repeat 1 --precision float16 --csv "$out/networks.csv"
        UNFOG_WITHOUT=winograd measure direct --only network/ --sizes "$sizes" --repeat 1 --csv "$out/networks.csv"
        UNFOG_WITHOUT=kernels,memory measure plain --only network/ --sizes "$sizes" --repeat 1 --csv "$out/networks.csv"
    done
    printf '### Full SD 1.5 layout, random weights\n\nSeconds, median of %s rounds in which the variants took turns. "LibTorch": the same networks on LibTorch'"'"'s own operations.\n\n' "$rounds"
    printf '| | LibTorch | without Winograd | Unfog | ratio to LibTorch | float16 weights | ratio | peak GB | with float16 weights | GFLOP/s |\n|---|---|---|---|---|---|---|---|---|---|\n'
    for name in $(awk -F, '$1 == "fast" {print $2}' "$out/networks.csv" | sort -u); do
        local f=$out/networks.csv plain direct fast half peak small flop
        plain=$(median "$f" plain "$name" 6) direct=$(median "$f" direct "$name" 6)
        fast=$(median "$f" fast "$name" 6) half=$(median "$f" half "$name" 6)
        peak=$(median "$f" fast "$name" 9) small=$(median "$f" half "$name" 9) flop=$(median "$f" fast "$name" 8)
        row "| ${name#network/} | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f | %.1f | %.1f | %.0f |" \
            "$plain, $direct, $fast, $fast / $plain, $half, $half / $fast, $peak / 1e9, $small / 1e9, $flop / $fast / 1e9"
    done
}

profile() {
    printf '\n### Where a guided step goes (%s pixels)\n\n```\n' "${sizes##*,}"
    "$bench" --only "network/guided_step/${sizes##*,}" --sizes "${sizes##*,}" --profile | sed -n '3,14p'
    printf '```\n'
}

starter() {
    local round
    for ((round = 0; round < rounds; ++round)); do
        measure starter --model "$root/models/starter" --only model/ --repeat 9 --csv "$out/starter.csv"
        UNFOG_WITHOUT=winograd measure rate --only layer/convolution3x3/2_640 --repeat 5 --csv "$out/starter.csv"
    done
    local f=$out/starter.csv rate step flop
    rate=$(direct_rate)
    step=$(median "$f" starter model/guided_step 6) flop=$(median "$f" starter model/guided_step 8)
    printf '\n### Starter model\n\n'
    row "A guided step takes %.1f ms, %.2f times its arithmetic (%.2f GFLOP) at the rate of a large direct convolution (%.0f GFLOP/s)." \
        "$step * 1e3, $step / ($flop / $rate), $flop / 1e9, $rate / 1e9"
    row "Decoding takes %.0f ms, loading %.0f ms." \
        "$(median "$f" starter model/decode 6) * 1e3, $(median "$f" starter model/load 6) * 1e3"
}

cold_start() {
    local round list=()
    for ((round = 0; round < rounds + 2; ++round)); do
        list+=("$(seconds_of "$build/bin/unfog-cli" generate --model "$root/models/starter" --steps 20 \
            --prompt "a red apple on a blue background" --seed 1 --output "$out/apple.png")")
    done
    measure load --only load/ --folder "$out/sd15" --repeat "$rounds" --csv "$out/load.csv"
    printf '\n### From nothing\n\nFrom the start of `unfog-cli generate` to the written picture of 20 steps, starter model: %s s (all rounds). ' "${list[*]}"
    row "All networks of the SD 1.5 layout from 2.1 GB of float16 files, page cache warm: %.2f s." "$(median "$out/load.csv" load load/sd15_float16 6)"
    rm -rf "$out/sd15"
}

scale() {
    local side batch threads steps
    for side in $scale_sizes; do
        # A minute and more a run needs no other to warm up.
        local repeat=$((side < 768 ? 1 : 0))
        measure "size $side" --only "guided_step/" --sizes "$side" --repeat "$repeat" --csv "$out/scale.csv"
        measure "size $side" --only "decode/" --sizes "$side" --repeat "$repeat" --csv "$out/scale.csv"
    done
    for batch in $scale_batches; do
        measure "batch $batch" --only "guided_step/" --sizes 256 --batch "$batch" --repeat 1 --csv "$out/scale.csv"
    done
    for ((threads = 1; threads <= cores; threads *= 2)); do
        measure "threads $threads" --only "guided_step/" --sizes 256 --threads "$threads" --repeat 1 --csv "$out/scale.csv"
    done
    for steps in 5 10 20 40 80; do
        printf 'steps %s,starter picture,Float,%s,1,%s,,,,\n' "$steps" "$cores" \
            "$(seconds_of "$build/bin/unfog-cli" generate --model "$root/models/starter" --steps "$steps" \
                --prompt "a cat on a green background" --seed 1 --output "$out/cat.png")" >>"$out/scale.csv"
    done
    printf '\n### Against size, batch, threads and steps\n\n| | case | seconds | TFLOP | GFLOP/s | peak of tensors GB |\n|---|---|---|---|---|---|\n'
    awk -F, '{printf "| %s | %s | %.2f |", $1, $2, $6; if ($8) printf " %.2f | %.0f | %.2f |\n", $8 / 1e12, $8 / $6 / 1e9, $10 / 1e9; else print " | | |"}' "$out/scale.csv" |
        sed 's/network\///'
    plot
}

plot() {
    local rate
    rate=$(direct_rate)
    awk -F, '$2 ~ /guided_step/ && $1 ~ /^size/ {split($1, a, " "); print a[2], $6, $8, $10 / 1e9}' "$out/scale.csv" >"$out/size.dat"
    awk -F, '$2 ~ /decode/ && $1 ~ /^size/ {split($1, a, " "); print a[2], $6, $8, $10 / 1e9}' "$out/scale.csv" >"$out/decode.dat"
    gnuplot <<PLOT
set terminal svg size 900,400 font "sans,12" background "white"
set output "$out/scale.svg"
set multiplot layout 1,2
set logscale xy
set autoscale xfix
set grid
set key left top
set xlabel "side of the picture, pixels"
set xtics (${scale_sizes// /, })
set ylabel "seconds"
plot "$out/size.dat" using 1:2 with linespoints lw 2 title "guided step", \
     "$out/decode.dat" using 1:2 with linespoints lw 2 title "decode", \
     "$out/size.dat" using 1:(\$3 / $rate) with lines dt 2 title "arithmetic of a step at $(awk "BEGIN {printf \"%.0f\", $rate / 1e9}") GFLOP/s"
set ylabel "peak of tensors, GB"
set key right bottom
plot "$out/size.dat" using 1:4 with linespoints lw 2 title "guided step", \
     "$out/decode.dat" using 1:4 with linespoints lw 2 title "decode"
unset multiplot
PLOT
    rm -f "$out/size.dat" "$out/decode.dat"
}

{
    printf '%s, %s cores, %s; %s; %s\n\n' "$(awk -F': ' '/model name/ {print $2; exit}' /proc/cpuinfo)" "$cores" \
        "$(awk '/MemTotal/ {printf "%.0f GB", $2 / 1e6}' /proc/meminfo)" "$("$build/bin/unfog-cli" --version)" "$(date +'%-d %B %Y')"
    for part in ${UNFOG_BENCH_PARTS:-networks profile starter cold_start scale}; do
        "$part"
    done
} | tee "$out/report.md"
say "Written to $out"
