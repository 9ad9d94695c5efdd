#!/usr/bin/env bash
# Every source file is as clang-format writes it.
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
find src tests -name '*.h' -o -name '*.cpp' | sort | xargs clang-format --dry-run -Werror
