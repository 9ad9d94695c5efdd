#!/usr/bin/env bash
# Installs what is missing, builds what has changed, and starts Unfog.
#   packaging/run.sh [--cuda | --cpu]              the window; without a display, a sample image with the model in models/starter
#   packaging/run.sh [--cuda | --cpu] ARGUMENTS    unfog-cli ARGUMENTS, e.g. generate --model … --prompt …
#   packaging/run.sh [--cuda] --dry-run            says which LibTorch it would build with, and what it would fetch
# With an NVIDIA driver it asks once whether to fetch a LibTorch with CUDA; --cuda answers yes, --cpu no.
# UNFOG_LIBTORCH: a folder of LibTorch (an unpacked archive or torch package) to build with instead.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
. "$(dirname "${BASH_SOURCE[0]}")/libtorch.sh"

answer=
dry_run=
while [ $# -gt 0 ]; do
    case $1 in
    --cuda) answer=cuda ;;
    --cpu) answer=cpu ;;
    --dry-run) dry_run=1 ;;
    *) break ;;
    esac
    shift
done

if [ -n "$dry_run" ]; then
    if [ -n "${UNFOG_LIBTORCH:-}" ] && [ "$answer" != cpu ]; then
        echo "It would build with the LibTorch in $UNFOG_LIBTORCH (UNFOG_LIBTORCH)."
    elif [ "$answer" != cpu ] && find_card; then
        print_plan "$libtorch_version" "$libtorch_cuda"
        if [ -d "$libtorch_cache/libtorch-$libtorch_version" ]; then
            echo "It is there already."
        elif [ -d "$libtorch_cache/libtorch-$libtorch_version.part" ]; then
            echo "Of it, $(gigabytes "$(bytes_needed "$libtorch_version")") of space is still needed."
        fi
    else
        echo "${libtorch_choice:-Building for the processor: --cpu was given.}"
    fi
    exit 0
fi

choose_libtorch "$answer"
choose_build
say "$libtorch_choice"
install_packages
if [ $# -gt 0 ]; then
    build_targets unfog-cli
    exec "$build/bin/unfog-cli" "$@"
fi
build_targets unfog unfog-cli
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    exec "$build/bin/unfog"
fi
say "No display here (neither DISPLAY nor WAYLAND_DISPLAY is set): making a sample image instead of opening the window."
mkdir -p "$root/outputs"
exec "$build/bin/unfog-cli" generate --model "$root/models/starter" \
    --prompt "a red apple on a blue background" --guidance 4 --seed 1 --output "$root/outputs"
