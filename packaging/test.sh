#!/usr/bin/env bash
# Installs what is missing, builds everything, and runs every test. Arguments go to ctest (e.g. -R tokenizer).
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

install_packages test
build_targets all
workers=$(jobs)
exec ctest --test-dir "$build" -j "$((workers < 4 ? workers : 4))" --output-on-failure --no-tests=error "$@"
