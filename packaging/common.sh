# Sourced by run.sh and test.sh: installs what the list names and is missing, configures, builds.
# Settings from outside: UNFOG_LIBTORCH (a folder of LibTorch; default: the system's), UNFOG_BUILD_DIR (default: build/release;
# build/cuda where UNFOG_LIBTORCH has a part for cards, build/libtorch where it has none), UNFOG_JOBS (default: one a core, at
# most one per 2 GB).

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Each LibTorch has a build folder of its own, so that they stand side by side.
choose_build() {
    build=$root/build/release
    [ -z "${UNFOG_LIBTORCH:-}" ] || build=$root/build/libtorch
    local library
    for library in "${UNFOG_LIBTORCH:-/none}"/{,torch/,libtorch/,lib/python3*/site-packages/torch/}lib/libtorch_cuda.so; do
        [ ! -e "$library" ] || build=$root/build/cuda
    done
    build=${UNFOG_BUILD_DIR:-$build}
}
choose_build

say() { printf '%s\n' "$*" >&2; }

missing_packages() { # [test | check | cuda]: those of packaging/test.sh, of check.sh, or of fetching a LibTorch, too
    sed -e 's/#.*//' -e "s/^${1:-none}://" -e '/^[a-z]*:/d' -e 's/[[:space:]]//g' \
        -e '/^$/d' "$root/packaging/packages.txt" | while read -r package; do
        state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
        [ "$state" = installed ] || printf '%s ' "$package"
    done
}

install_packages() {
    command -v dpkg-query >/dev/null || { say "This script installs packages on Debian 12 or 13; on another system install the equivalents of packaging/packages.txt and build with CMake."; exit 1; }
    local missing as_root=()
    missing=$(missing_packages "${1:-}")
    [ -z "$missing" ] && return 0
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || { say "These packages are missing and neither root nor sudo is at hand: $missing"; exit 1; }
        as_root=(sudo)
    fi
    say "Installing: $missing"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq
    # shellcheck disable=SC2086
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >&2
}

jobs() {
    local cores memory_kb by_memory
    cores=$(nproc)
    memory_kb=$(awk '/MemAvailable/ {print $2}' /proc/meminfo)
    by_memory=$((memory_kb / 2000000))
    [ "$by_memory" -lt 1 ] && by_memory=1
    echo "${UNFOG_JOBS:-$((cores < by_memory ? cores : by_memory))}"
}

# build_targets TARGET …
build_targets() {
    local libtorch=${UNFOG_LIBTORCH:-}
    if [ ! -f "$build/build.ninja" ] || ! grep -qxF "UNFOG_LIBTORCH:PATH=$libtorch" "$build/CMakeCache.txt"; then
        say "Configuring in $build"
        cmake --fresh -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DUNFOG_LIBTORCH="$libtorch" >&2
    fi
    say "Building"
    cmake --build "$build" --parallel "$(jobs)" --target "$@" >&2
}
