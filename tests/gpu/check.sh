#!/usr/bin/env bash
# Checks and measures the engine on a CUDA card, in one command within 8 minutes on a bare machine with a LibTorch and no network;
# without a card, on the processor with the same code as far as it goes.
#   tests/gpu/check.sh [FOLDER]    table.md, results.json and a log a part go to FOLDER (default: outputs/gpu-check)
# UNFOG_LIBTORCH: a folder of LibTorch; default: Python's torch package where there is one, else the system's. UNFOG_REFERENCE:
# a folder of recorded runs (default: tests/reference). tests/gpu/pack.sh makes a small tree of what this needs. Ends with 1
# when a check failed.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
out=$(mkdir -p "${1:-$root/outputs/gpu-check}" && cd "${1:-$root/outputs/gpu-check}" && pwd)
build=${UNFOG_BUILD_DIR:-$root/build/gpu-check}
reference=${UNFOG_REFERENCE:-$root/tests/reference}
failed=0
begin=$SECONDS
rm -f "$out"/*.log "$out"/*.json "$out"/*.csv "$out"/table.md

say() { printf '%s\n' "$*" >&2; }

libtorch=${UNFOG_LIBTORCH:-}
if [ -z "$libtorch" ] && command -v python3 >/dev/null; then
    libtorch=$(python3 -c 'import importlib.util; print(importlib.util.find_spec("torch").submodule_search_locations[0])' 2>/dev/null || true)
fi
generator=()
command -v ninja >/dev/null && generator=(-G Ninja)
say "Building with ${libtorch:-the LibTorch of the system}"
cmake -S "$root" -B "$build" "${generator[@]}" -DCMAKE_BUILD_TYPE=Release -DUNFOG_ENGINE_ONLY=ON -DUNFOG_LIBTORCH="$libtorch" \
    -DCMAKE_INCLUDE_PATH="$root/headers" >"$out/configure.log" 2>&1 &&
    cmake --build "$build" --parallel --target device_check full_size_model reference_replay engine_benchmark \
        $(grep -q '^UNFOG_LIBTORCH_FOUND:INTERNAL=[0-9.]*;[0-9]' "$build/CMakeCache.txt" && echo unfog_cuda) >"$out/build.log" 2>&1 || {
    say "FAILED  build: see $out/configure.log and build.log"
    tail -n 30 "$out/configure.log" "$out/build.log" >&2
    exit 1
}
built=$((SECONDS - begin))
bin=$build/bin
rows=()

check() { # NAME COMMAND …: standard error to NAME.log, standard output to NAME.json; its last line into the table
    local name=$1 state=ok
    shift
    "$@" >"$out/$name.out" 2>"$out/$name.log" || { state=FAILED failed=1; }
    cat "$out/$name.out" >>"$out/$name.log"
    rows+=("| $name | $state | $(grep -E '[0-9]+ passed' "$out/$name.log" | tail -n 1) |")
    say "$state  $name"
}

measure() { # LABEL ARGUMENTS …
    local label=$1
    shift
    "$bin/engine_benchmark" --csv "$out/benchmark.csv" --label "$label" "$@" >>"$out/benchmark.log" 2>&1 || {
        failed=1
        rows+=("| $label $* | FAILED | $(tail -n 1 "$out/benchmark.log") |")
    }
    say "measured $label $*"
}

model=$root/models/starter
[ -e "$model/unet/diffusion_pytorch_model.safetensors" ] || model=$reference/models/tiny-sd15
"$bin/full_size_model" "$out/full-size.safetensors" || failed=1
check devices "$bin/device_check" "$model" "$out/full-size.safetensors"
rm -f "$out/full-size.safetensors"
mv "$out/devices.out" "$out/devices.json"

card=
grep -q '"cuda:[0-9]*"' "$out/devices.json" && ! grep -q 'CUDA is off' "$out/devices.json" && card=1
if [ -n "$card" ]; then
    for precision in float32 float16 bfloat16; do
        check "replay-cuda-$precision" "$bin/reference_replay" "$reference" --device cuda --precision "$precision"
    done
    UNFOG_WITHOUT=graph check replay-cuda-float32-without-graph "$bin/reference_replay" "$reference" --device cuda --precision float32
    for precision in float16 float32; do
        measure "SD 1.5, $precision" --only network/ --sizes 512,1024 --repeat 10 --device cuda --precision "$precision"
    done
    measure "SD 1.5, float16, 4 images" --only network/ --sizes 512 --repeat 10 --device cuda --precision float16 --batch 4
    measure "XL, float16" --only network/ --layout xl --sizes 512,1024 --repeat 10 --device cuda --precision float16
    measure "starter, float16" --only network/ --layout "$root/models/starter" --sizes 128,256 --repeat 20 --device cuda --precision float16
    "$bin/engine_benchmark" --only guided_step/512 --sizes 512 --device cuda --precision float16 --profile >"$out/profile.log" 2>&1
else
    check replay-cpu-float32 "$bin/reference_replay" "$reference"
    measure "starter, float32" --only network/ --layout "$root/models/starter" --sizes 128 --repeat 3
    measure "XL, float32" --only network/text --layout xl --repeat 1
fi

{
    printf '| what | |\n|---|---|\n'
    sed -n '/"devices"/,/^ }/p' "$out/devices.json" | sed -n 's/^  "\([^"]*\)": "\(.*\)",\{0,1\}$/| \1 | \2 |/p'
    printf '| date | %s |\n| build | %d s |\n| all | %d s |\n' "$(date +'%-d %B %Y')" "$built" "$((SECONDS - begin))"
    printf '\n| check | | |\n|---|---|---|\n'
    printf '%s\n' "${rows[@]}"
    awk -F'\t' '$1 == "PASS" || $1 == "FAIL" {printf "| %s | %s | %s |\n", $2, ($1 == "PASS" ? "ok" : "FAILED"), $3}' "$out/devices.log"
    printf '\n| layout | part | seconds, median | best | GFLOP/s | peak GB |\n|---|---|---|---|---|---|\n'
    # The label may hold commas of its own: fields are counted from the end.
    awk -F, '{n = NF; label = $1; for (i = 2; i <= n - 9; ++i) label = label "," $i; name = $(n - 8); sub("network/", "", name)
        printf "| %s | %s | %.4f | %.4f | %.0f | %.2f |\n", label, name, $(n - 4), $(n - 3), $(n - 2) / $(n - 4) / 1e9, $n / 1e9}' \
        "$out/benchmark.csv" 2>/dev/null
} >"$out/table.md"
{
    printf '{"seconds": %d, "build_seconds": %d, "failed": %s,\n"device_check": ' "$((SECONDS - begin))" "$built" "$([ "$failed" = 0 ] && echo false || echo true)"
    cat "$out/devices.json"
    printf ',\n"replays": ['
    separator=
    for log in "$out"/replay-*.log; do
        printf '%s{"name": "%s", "result": "%s"}' "$separator" "$(basename "$log" .log)" "$(grep -E '[0-9]+ passed' "$log" | tail -n 1)"
        separator=', '
    done
    printf '],\n"benchmark": ['
    awk -F, '{n = NF; label = $1; for (i = 2; i <= n - 9; ++i) label = label "," $i
        printf "%s{\"layout\": \"%s\", \"case\": \"%s\", \"batch\": %d, \"median_s\": %s, \"best_s\": %s, \"flop\": %s, \"peak_tensor_bytes\": %s}", (NR > 1 ? ",\n" : ""), label, $(n - 8), $(n - 5), $(n - 4), $(n - 3), $(n - 2), $n}' "$out/benchmark.csv" 2>/dev/null
    printf ']}\n'
} >"$out/results.json"
rm -f "$out"/*.out
cat "$out/table.md"
say "Everything is in $out"
exit "$failed"
