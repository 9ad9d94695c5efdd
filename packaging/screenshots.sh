#!/usr/bin/env bash
# Makes the README's screenshots with the real window, the real engine and models/starter: light, dark and at 200 %.
#   packaging/screenshots.sh [FOLDER]      default: resources/readme
# Needs no display: the pictures are drawn off the screen. Arguments after the folder go to unfog-screenshots (e.g. --fake).
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

folder=${1:-$root/resources/readme}
[ $# -gt 0 ] && shift
install_packages
build_targets unfog-screenshots

export QT_QPA_PLATFORM=offscreen
take() { "$build/bin/unfog-screenshots" "$@"; }
take "$folder" "$@"
take "$folder/dark" --theme dark --pictures 12 --only running,finished,gallery "$@"
QT_SCALE_FACTOR=2 take "$folder/200-percent" --pictures 4 --only first-start,finished "$@"
