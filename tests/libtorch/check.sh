#!/usr/bin/env bash
# Builds everything with other versions of LibTorch and runs all tests and recorded runs on each, without a card.
#   tests/libtorch/check.sh VERSION…    "system" (Debian's), a version of the torch package such as 2.9.1, or a folder of LibTorch
# A version is fetched with pip (about 3 GB) into build/libtorch-VERSION and removed afterwards. A line a version to
# outputs/libtorch.md; ends with 1 when one failed. UNFOG_REFERENCE: further recorded runs (default: those of the tests alone).
. "$(dirname "${BASH_SOURCE[0]}")/../../packaging/common.sh"
. "$root/packaging/libtorch.sh"

install_packages test
install_packages cuda
mkdir -p "$root/outputs"
table=$root/outputs/libtorch.md
printf '| LibTorch | CUDA | build | tests | recorded runs |\n|---|---|---|---|---|\n' >"$table"
failed=0

fetch_any() { # VERSION FOLDER
    local file
    mkdir -p "$2/wheels"
    say "Fetching torch $1"
    pip_download --dest "$2/wheels" "torch==$1" >&2
    for file in "$2"/wheels/torch-*.whl "$2"/wheels/nvidia_*.whl; do
        unpack_package "$file" "$2"
        rm "$file"
    done
    rm -r "$2/wheels"
}

check_version() { # VERSION
    local name=$1 libtorch= log begin state=ok tests=- runs=- cuda=-
    case $1 in
    system) ;;
    */*) libtorch=$1 name=$(basename "$1") ;;
    *)
        libtorch=$root/build/libtorch-$1/package
        [ -d "$libtorch/torch" ] || fetch_any "$1" "$libtorch" || { printf '| %s | could not be fetched | | | |\n' "$1" >>"$table"; return 1; }
        ;;
    esac
    export UNFOG_LIBTORCH=$libtorch
    build=$root/build/libtorch-$name/build
    log=$root/outputs/libtorch-$name
    begin=$SECONDS
    build_targets all >"$log-build.log" 2>&1 || state=FAILED
    state="$state, $(((SECONDS - begin + 30) / 60)) min"
    name=$(sed -n 's/^UNFOG_LIBTORCH_FOUND:INTERNAL=//p' "$build/CMakeCache.txt")
    cuda=${name#*;}
    if [[ $state == ok* ]]; then
        ctest --test-dir "$build" -j "$(jobs)" --output-on-failure --no-tests=error >"$log-tests.log" 2>&1 || state="$state, tests FAILED"
        tests=$(grep -E 'tests passed' "$log-tests.log" || echo "no test ran")
        "$build/bin/reference_replay" "${UNFOG_REFERENCE:-$root/tests/reference}" >"$log-replay.log" 2>&1 || state="$state, recorded runs FAILED"
        runs=$(tail -n 1 "$log-replay.log")
    fi
    printf '| %s | %s | %s | %s | %s |\n' "${name%;*}" "${cuda:--}" "$state" "$tests" "$runs" | tee -a "$table" >&2
    [ "$1" = "$libtorch" ] || rm -rf "$libtorch"
    [[ $state != *FAILED* ]]
}

for version; do
    check_version "$version" || failed=1
done
exit "$failed"
