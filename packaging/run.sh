#!/usr/bin/env bash
# Installs what is missing, builds what has changed, and starts Unfog.
#   packaging/run.sh              the main job: a sample picture with the model in models/starter
#   packaging/run.sh ARGUMENTS    unfog-cli ARGUMENTS, e.g. generate --model … --prompt …
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

install_packages
build_targets unfog-cli

if [ $# -gt 0 ]; then
    exec "$build/bin/unfog-cli" "$@"
fi
mkdir -p "$root/outputs"
exec "$build/bin/unfog-cli" generate --model "$root/models/starter" \
    --prompt "a red apple on a blue background" --guidance 4 --seed 1 --output "$root/outputs"
