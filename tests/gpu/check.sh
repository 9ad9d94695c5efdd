#!/usr/bin/env bash
# Checks and measures the engine on a CUDA card, with whatever LibTorch is there; without a card, on the CPU alone.
#   tests/gpu/check.sh [FOLDER]    everything it finds goes to FOLDER (default: outputs/gpu-check)
# LibTorch is looked for where CMAKE_PREFIX_PATH says, then in Python's torch package, then in the system.
# UNFOG_REFERENCE: a folder of recorded runs (default: tests/reference). Ends with 1 when a check failed.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
out=$(mkdir -p "${1:-$root/outputs/gpu-check}" && cd "${1:-$root/outputs/gpu-check}" && pwd)
build=${UNFOG_BUILD_DIR:-$root/build/gpu-check}
reference=${UNFOG_REFERENCE:-$root/tests/reference}
failed=0

say() { printf '%s\n' "$*" | tee -a "$out/summary.txt" >&2; }

check() { # NAME COMMAND …: its output to NAME.log, its last line to the summary
    local name=$1 state=ok
    shift
    "$@" >"$out/$name.log" 2>&1 || { state=FAILED failed=1; }
    say "$state  $name: $(tail -n 1 "$out/$name.log")"
}

: >"$out/summary.txt"
prefix=${CMAKE_PREFIX_PATH:-}
if [ -z "$prefix" ] && command -v python3 >/dev/null; then
    prefix=$(python3 -c 'import torch; print(torch.utils.cmake_prefix_path)' 2>/dev/null || true)
fi
generator=()
command -v ninja >/dev/null && generator=(-G Ninja)
# A LibTorch of Python's may be built with the older ABI of the standard library's strings: CMake's package says so.
cmake -S "$root" -B "$build" "${generator[@]}" -DCMAKE_BUILD_TYPE=Release -DUNFOG_ENGINE_ONLY=ON \
    ${prefix:+-DCMAKE_PREFIX_PATH="$prefix"} >"$out/configure.log" 2>&1 &&
    cmake --build "$build" --parallel --target device_check reference_replay engine_benchmark >"$out/build.log" 2>&1 || {
    say "FAILED  build: see $out/configure.log and build.log"
    exit 1
}
bin=$build/bin
say "$(date +'%-d %B %Y')"

check replay-cpu-float32 "$bin/reference_replay" "$reference"
check replay-cpu-bfloat16 "$bin/reference_replay" "$reference" --precision bfloat16
check replay-cpu-float16 "$bin/reference_replay" "$reference" --precision float16

# The same seed gives the same noise everywhere; and each stage of little memory the same picture.
check devices "$bin/device_check" "$root/models/starter"
grep -vE '^[0-9]+ passed' "$out/devices.log" >>"$out/summary.txt"

if ! { command -v nvidia-smi >/dev/null && nvidia-smi -L >/dev/null 2>&1; }; then
    say "No NVIDIA card is at hand: the CPU part alone was checked."
    check benchmark-cpu "$bin/engine_benchmark" --only network/ --sizes 256 --csv "$out/benchmark.csv" --label cpu
    exit "$failed"
fi
nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader | tee -a "$out/summary.txt" >&2

for precision in float32 float16 bfloat16; do
    check "replay-cuda-$precision" "$bin/reference_replay" "$reference" --device cuda --precision "$precision"
    UNFOG_WITHOUT=graph check "replay-cuda-$precision-without-graph" "$bin/reference_replay" "$reference" \
        --device cuda --precision "$precision"
done
for precision in float32 float16 bfloat16; do
    for batch in 1 4; do
        check "benchmark-$precision-batch-$batch" "$bin/engine_benchmark" --only network/ --sizes 512,1024 --repeat 20 \
            --device cuda --precision "$precision" --batch "$batch" --csv "$out/benchmark.csv" --label "cuda $precision"
    done
done
check profile "$bin/engine_benchmark" --only guided_step/512 --sizes 512 --device cuda --precision float16 --profile
say "Everything is in $out"
exit "$failed"
