#!/usr/bin/env bash
# Installs what is missing, builds what has changed, and starts Unfog.
#   packaging/run.sh              the window; without a display, a sample picture with the model in models/starter
#   packaging/run.sh ARGUMENTS    unfog-cli ARGUMENTS, e.g. generate --model … --prompt …
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

install_packages
if [ $# -gt 0 ]; then
    build_targets unfog-cli
    exec "$build/bin/unfog-cli" "$@"
fi
build_targets unfog unfog-cli
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    exec "$build/bin/unfog"
fi
say "No display here (neither DISPLAY nor WAYLAND_DISPLAY is set): making a sample picture instead of opening the window."
mkdir -p "$root/outputs"
exec "$build/bin/unfog-cli" generate --model "$root/models/starter" \
    --prompt "a red apple on a blue background" --guidance 4 --seed 1 --output "$root/outputs"
