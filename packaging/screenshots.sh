#!/usr/bin/env bash
# Makes screenshots with the real window, the real engine and models/starter.
#   packaging/screenshots.sh             those that the README shows
#   packaging/screenshots.sh FOLDER      every stage of a first session, light, dark and at 200 %, into FOLDER
# Needs no display: the pictures are drawn off the screen. Arguments after the folder go to unfog-screenshots (e.g. --fake).
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

install_packages
build_targets unfog-screenshots

export QT_QPA_PLATFORM=offscreen
# A home of its own: the window names the folder of its images.
HOME=$(mktemp -d)
export HOME TMPDIR=$HOME/Pictures
mkdir "$TMPDIR"
trap 'rm -rf "$HOME"' EXIT
take() { "$build/bin/unfog-screenshots" "$@"; }
if [ $# -eq 0 ]; then
    take "$root/resources/readme" --only running,finished,scrubbing,gallery,export,advanced
    take "$root/resources/readme/dark" --theme dark --pictures 12 --only finished
    exit
fi
folder=$1
shift
take "$folder" "$@"
take "$folder/dark" --theme dark --pictures 12 "$@"
QT_SCALE_FACTOR=2 take "$folder/200-percent" --pictures 4 "$@"
