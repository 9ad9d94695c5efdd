#!/usr/bin/env bash
# Every source file is as clang-format 14 (Debian 12) writes it; other versions differ in places: skipped there (77).
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
version=$(clang-format --version | grep -o 'version [0-9]*' | grep -o '[0-9]*')
[ "$version" = 14 ] || { echo "Skipped: clang-format 14 decides the layout, found $version"; exit 77; }
find src tests -name '*.h' -o -name '*.cpp' | sort | xargs clang-format --dry-run -Werror
