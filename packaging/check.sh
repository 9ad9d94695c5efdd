#!/usr/bin/env bash
# The checks beyond the tests, each of which must be green: format, -Werror, address and undefined-behaviour sanitizer on
# every test, thread sanitizer on the tests without LibTorch (libgomp and LibTorch are not instrumented), clang-tidy.
#   packaging/check.sh [format] [warnings] [asan] [tsan] [tidy]      default: all, in this order
# Needs clang-format and clang-tidy beside what packages.txt lists; builds in build/dev, build/asan and build/tsan.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

install_packages test
install_packages check
cd "$root"
export QT_QPA_PLATFORM=offscreen
what=("$@")
[ ${#what[@]} -gt 0 ] || what=(format warnings asan tsan tidy)

sources() { git ls-files 'src/*.cpp' 'src/*.h' 'tests/*.cpp' 'tests/*.h'; }

build_preset() { # PRESET TARGET …
    local preset=$1
    shift
    cmake --preset "$preset" >/dev/null
    cmake --build --preset "$preset" --parallel "$(jobs)" --target "$@"
}

check_format() { tests/structure/check_format.sh; }

check_warnings() { build_preset dev all; }

check_asan() {
    build_preset asan all
    # Leaks of libraries at their end are not ours; what Unfog leaks shows in the tests of each part.
    ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
        ctest --preset asan --no-tests=error
}

check_tsan() {
    local programs=(test_generation test_image_files test_program) folder
    for folder in jobs gallery export settings; do
        programs+=($(ls "tests/$folder" | sed -n 's/^\(test_.*\)\.cpp$/\1/p'))
    done
    build_preset tsan "${programs[@]}"
    local program failed=0
    for program in "${programs[@]}"; do
        say "tsan: $program"
        TSAN_OPTIONS="suppressions=$root/tests/sanitizers/tsan.supp" "build/tsan/bin/$program" >"build/tsan/$program.log" 2>&1 ||
            { failed=1; cat "build/tsan/$program.log" >&2; }
    done
    return $failed
}

# Clang can't read GCC's precompiled header, but the text it was made of; and it takes the constexpr vector of GCC's library
# for a use of what LibTorch 1.13 only declares, so it gets a vector that is not constexpr (vector<bool>, the end of vector.tcc, is).
prepare_tidy() {
    local library include=build/tidy/include/bits bool_line
    library=$(echo '#include <vector>' | g++ -M -x c++ - | grep -o '/[^ ]*/bits/stl_vector\.h' | xargs dirname)
    mkdir -p "$include"
    bool_line=$(grep -n 'vector<bool' "$library/vector.tcc" | head -n 1 | cut -d: -f1)
    sed 's/_GLIBCXX20_CONSTEXPR//' "$library/stl_vector.h" >"$include/stl_vector.h"
    sed "1,${bool_line}s/_GLIBCXX20_CONSTEXPR//" "$library/vector.tcc" >"$include/vector.tcc"
    local headers
    for headers in unfog_torch_pch unfog_widgets; do
        cp "$(find build/dev/src -path "*/$headers.dir/cmake_pch.hxx")" "build/tidy/$headers.hxx"
    done
    sed -E -e 's#[^ "]*/([a-z_]+)\.dir/cmake_pch\.hxx#'"$root"'/build/tidy/\1.hxx#g' -e 's/-Winvalid-pch//g; s/-Wno-restrict//g' \
        build/dev/compile_commands.json >build/tidy/compile_commands.json
}

check_tidy() {
    build_preset dev all
    prepare_tidy
    sources | grep '\.cpp$' | grep '^src/' | grep -vE '(cuda_library|kernels/kernels)\.cpp' | # clang 14 lacks f16c's name
        xargs -n 1 -P "$(jobs)" clang-tidy -p build/tidy --quiet --warnings-as-errors='*' \
            --extra-arg-before="-isystem$root/build/tidy/include" --header-filter="$root/src/.*" \
            --checks='-*,bugprone-*,performance-*,clang-analyzer-*,cppcoreguidelines-slicing,-bugprone-easily-swappable-parameters,-bugprone-narrowing-conversions,-clang-analyzer-optin.performance.Padding,-clang-analyzer-cplusplus.NewDeleteLeaks'
}

for part in "${what[@]}"; do
    say "== $part"
    "check_$part"
done
say "All checks are green: ${what[*]}"
