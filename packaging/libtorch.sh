# Sourced by run.sh: which LibTorch to build with, and fetching one with CUDA where there is a card.
#   choose_libtorch ANSWER     ANSWER: "cuda", "cpu" or "" (not said on the command line)
# Sets UNFOG_LIBTORCH ("" = the system's, for the processor) and libtorch_choice (what was taken and why, a sentence).
# For tests: UNFOG_DRIVER_VERSION and UNFOG_COMPUTE_CAPABILITY stand for a card; UNFOG_LIBTORCH_LIST for the list.

libtorch_list=${UNFOG_LIBTORCH_LIST:-$root/packaging/libtorch.txt}
libtorch_cache=${XDG_CACHE_HOME:-$HOME/.cache}/unfog
libtorch_answer_file=${XDG_STATE_HOME:-$HOME/.local/state}/unfog/libtorch

gigabytes() { awk "BEGIN {if ($1 < 1e8) printf \"%.1f MB\", $1 / 1e6; else printf \"%.1f GB\", $1 / 1e9}"; }

# Version of the NVIDIA driver, "unknown" where only its library was found; fails without a driver.
driver_version() {
    local version=${UNFOG_DRIVER_VERSION:-}
    if [ -z "$version" ] && command -v nvidia-smi >/dev/null; then
        version=$(nvidia-smi --query-gpu=driver_version --format=csv,noheader 2>/dev/null | head -n 1 | grep -E '^[0-9.]+$' || true)
    fi
    if [ -z "$version" ] && [ -r /proc/driver/nvidia/version ]; then
        version=$(grep -oE '\b[0-9]{3,}\.[0-9.]+[0-9]\b' /proc/driver/nvidia/version | head -n 1 || true)
    fi
    if [ -z "$version" ] && /sbin/ldconfig -p 2>/dev/null | grep -q 'libcuda\.so\.1'; then
        version=unknown
    fi
    [ -n "$version" ] && echo "$version"
}

# Compute capability of the oldest card, "7.5"; empty where nobody tells it.
compute_capability() {
    if [ -n "${UNFOG_COMPUTE_CAPABILITY:-}" ]; then
        echo "$UNFOG_COMPUTE_CAPABILITY"
    elif [ -z "${UNFOG_DRIVER_VERSION:-}" ] && command -v nvidia-smi >/dev/null; then
        nvidia-smi --query-gpu=compute_cap --format=csv,noheader 2>/dev/null | grep -E '^[0-9]+\.[0-9]+$' | sort -V | head -n 1 || true
    fi
}

at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; } # VERSION LEAST

# The newest LibTorch of the list that DRIVER serves and that has kernels for CAPABILITY; fails where there is none.
suitable_libtorch() { # DRIVER CAPABILITY
    local kind version cuda least_driver least_capability
    while read -r kind version cuda least_driver least_capability; do
        [ "$kind" = set ] || continue
        # A driver of unknown version may be any that still runs: the least demanding one serves it.
        if [ "$1" = unknown ]; then
            [ "$least_driver" = "$(awk '$1 == "set" {print $4}' "$libtorch_list" | sort -V | head -n 1)" ] || continue
        else
            at_least "$1" "$least_driver" || continue
        fi
        [ -z "$2" ] || at_least "$2" "$least_capability" || continue
        echo "$version $cuda"
        return 0
    done <"$libtorch_list"
    return 1
}

files_of() { awk -v version="$1" '$1 == "file" && $2 == version' "$libtorch_list"; } # VERSION

sum_of() { awk -v version="$1" -v column="$2" '$1 == "file" && $2 == version {sum += $column} END {printf "%.0f\n", sum}' "$libtorch_list"; }

print_plan() { # VERSION CUDA
    local kind version requirement sha bytes unpacked
    printf 'LibTorch %s with CUDA %s, for Linux on x86_64\n' "$1" "$2"
    while read -r kind version requirement sha bytes unpacked; do
        printf '  %-36s %9s  sha256 %s\n' "$requirement" "$(gigabytes "$bytes")" "$sha"
    done < <(files_of "$1")
    printf 'To fetch: %s. On disk afterwards: %s, in %s\n' "$(gigabytes "$(sum_of "$1" 5)")" "$(gigabytes "$(sum_of "$1" 6)")" \
        "$libtorch_cache/libtorch-$1"
}

# What is still missing of VERSION, and room for the largest package beside it.
bytes_needed() {
    local part=$libtorch_cache/libtorch-$1.part kind version requirement sha bytes unpacked sum=0 largest=0
    while read -r kind version requirement sha bytes unpacked; do
        [ -e "$part/.have-$sha" ] && continue
        sum=$((sum + unpacked))
        [ "$bytes" -gt "$largest" ] && largest=$bytes
    done < <(files_of "$1")
    echo $((sum + largest))
}

# What any Python of this system would not take is taken too: nothing of it is run but unpacked.
pip_download() { # ARGUMENTS of pip download
    python3 -m pip download --quiet --disable-pip-version-check --retries 2 --only-binary=:all: --python-version 3.11 \
        --implementation cp --platform=manylinux{1,2010,2014,_2_{5..36}}_x86_64 "$@"
}

unpack_package() { # FILE FOLDER: programs and Python code stay out
    case $(basename "$1") in
    torch-*) unzip -q -o "$1" 'torch/lib/*' 'torch/include/*' 'torch/share/*' torch/version.py '*.dist-info/*' -x '*libtorch_python*' -d "$2" ;;
    *) unzip -q -o "$1" -d "$2" ;;
    esac
}

# Each package is there in full or not at all; what an interrupted run had stays.
fetch_libtorch() { # VERSION
    local folder=$libtorch_cache/libtorch-$1 part=$libtorch_cache/libtorch-$1.part
    local kind version requirement sha bytes unpacked available needed
    [ -d "$folder" ] && return 0
    mkdir -p "$part"
    # One fetch at a time: a second one waits and finds what the first has made.
    exec 9>"$libtorch_cache/.lock"
    flock 9
    [ -d "$folder" ] && { exec 9>&-; return 0; }
    mkdir -p "$part"
    available=$(df --output=avail -B1 "$part" | tail -n 1)
    needed=$(bytes_needed "$1")
    if [ "$available" -lt "$needed" ]; then
        say "LibTorch $1 needs $(gigabytes "$needed") more in $libtorch_cache, and $(gigabytes "$available") are free."
        return 1
    fi
    while read -r -u 3 kind version requirement sha bytes unpacked; do
        [ -e "$part/.have-$sha" ] && continue
        say "Fetching $requirement ($(gigabytes "$bytes"))"
        rm -rf "$part/.fetched" "$part/.unpacked"
        printf '%s --hash=sha256:%s\n' "$requirement" "$sha" >"$part/.requirement"
        if ! pip_download --no-deps --require-hashes --dest "$part/.fetched" --requirement "$part/.requirement" >&2; then
            say "$requirement could not be fetched: see the lines above. What was fetched before stays in $part, and the next packaging/run.sh --cuda goes on there."
            return 1
        fi
        unpack_package "$part"/.fetched/*.whl "$part/.unpacked" || { say "$requirement could not be unpacked in $part."; return 1; }
        cp -rlf "$part/.unpacked/." "$part/"
        rm -rf "$part/.fetched" "$part/.unpacked" "$part/.requirement"
        : >"$part/.have-$sha"
    done 3< <(files_of "$1")
    mv "$part" "$folder"
    exec 9>&-
}

keep_answer() {
    mkdir -p "$(dirname "$libtorch_answer_file")"
    printf '%s\n' "$1" >"$libtorch_answer_file"
}

for_processor() { # REASON
    UNFOG_LIBTORCH=
    libtorch_choice="Building for the processor: $1."
}

# Sets libtorch_version and libtorch_cuda where a card could be used; else says why not, by for_processor, and fails.
find_card() {
    local driver capability found
    driver=$(driver_version) || { for_processor "no NVIDIA driver was found"; return 1; }
    [ "$(uname -m)" = x86_64 ] || { for_processor "LibTorch with CUDA is fetched for x86_64 only, and this is $(uname -m)"; return 1; }
    capability=$(compute_capability)
    card="NVIDIA driver $driver${capability:+, compute capability $capability}"
    found=$(suitable_libtorch "$driver" "$capability") || {
        for_processor "no LibTorch of packaging/libtorch.txt serves the $card (the least is driver $(awk '$1 == "set" {print $4}' "$libtorch_list" | sort -V | head -n 1), compute capability $(awk '$1 == "set" {print $5}' "$libtorch_list" | sort -V | head -n 1))"
        return 1
    }
    read -r libtorch_version libtorch_cuda <<<"$found"
}

choose_libtorch() {
    local answer=$1 kept=
    if [ -n "${UNFOG_LIBTORCH:-}" ] && [ "$answer" != cpu ]; then
        libtorch_choice="Building with the LibTorch in $UNFOG_LIBTORCH (UNFOG_LIBTORCH)."
        return 0
    fi
    [ -z "$answer" ] || keep_answer "$answer"
    if [ "$answer" = cpu ]; then
        for_processor "--cpu was given"
        return 0
    fi
    find_card || return 0
    UNFOG_LIBTORCH=$libtorch_cache/libtorch-$libtorch_version
    libtorch_choice="Building with LibTorch $libtorch_version, CUDA $libtorch_cuda, for the $card."
    if [ -z "$answer" ]; then
        [ -r "$libtorch_answer_file" ] && kept=$(cat "$libtorch_answer_file")
        if [ "$kept" = cpu ]; then
            for_processor "so it was answered before; packaging/run.sh --cuda uses the card ($card)"
            return 0
        fi
        [ -d "$UNFOG_LIBTORCH" ] && return 0
        if [ "$kept" != cuda ]; then
            if ! [ -t 0 ]; then
                for_processor "packaging/run.sh --cuda would fetch a LibTorch for the $card"
                return 0
            fi
            print_plan "$libtorch_version" "$libtorch_cuda" >&2
            read -r -p "There is a card ($card). Fetch this LibTorch, so that images are computed on it? [y/N] " answer
            case $answer in
            [yY]*) keep_answer cuda ;;
            *)
                keep_answer cpu
                for_processor "so it was answered; packaging/run.sh --cuda uses the card"
                return 0
                ;;
            esac
        fi
    fi
    [ -d "$UNFOG_LIBTORCH" ] && return 0
    install_packages cuda
    fetch_libtorch "$libtorch_version" || for_processor "LibTorch $libtorch_version with CUDA is not there"
}
