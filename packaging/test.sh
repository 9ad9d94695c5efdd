#!/usr/bin/env bash
# Installs what is missing, builds everything, and runs every test. Arguments go to ctest (e.g. -R tokenizer).
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

install_packages
build_targets all
exec ctest --test-dir "$build" --output-on-failure --no-tests=error "$@"
