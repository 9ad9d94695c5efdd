#!/usr/bin/env bash
# Which LibTorch packaging/run.sh takes, for given drivers, cards, answers and lists; fetching against packages made here.
set -uo pipefail
source_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work/home XDG_CACHE_HOME=$work/cache XDG_STATE_HOME=$work/state
mkdir -p "$HOME"
unset UNFOG_LIBTORCH UNFOG_DRIVER_VERSION UNFOG_COMPUTE_CAPABILITY UNFOG_LIBTORCH_LIST
passed=0 failed=0

expect() { # NAME EXPECTED-PART TEXT
    case $3 in
    *"$2"*) passed=$((passed + 1)) ;;
    *) failed=$((failed + 1)); printf 'FAILED %s: expected "%s" in:\n%s\n' "$1" "$2" "$3" ;;
    esac
}
expect_not() { # NAME UNEXPECTED-PART TEXT
    case $3 in
    *"$2"*) failed=$((failed + 1)); printf 'FAILED %s: did not expect "%s" in:\n%s\n' "$1" "$2" "$3" ;;
    *) passed=$((passed + 1)) ;;
    esac
}
dry() { "$source_root/packaging/run.sh" "$@" --dry-run 2>&1 </dev/null; }
with_card() { UNFOG_DRIVER_VERSION=$1 UNFOG_COMPUTE_CAPABILITY=$2 dry --cuda; }

# The list of the project: versions by driver and card.
newest=$(with_card 580.95.05 8.6)
expect "a new driver takes the newest" "LibTorch 2.15.0 with CUDA 13.2" "$newest"
expect "each package has a checksum" "torch==2.15.0" "$newest"
expect "each package has a checksum" "sha256 " "$newest"
expect "the size is told" "To fetch: " "$newest"
expect "the folder is told" "$work/cache/unfog/libtorch-2.15.0" "$newest"
expect "a driver of CUDA 12 takes a LibTorch of CUDA 12" "CUDA 12.8" "$(with_card 575.57.08 8.9)"
expect "a Volta card is too old for CUDA 13" "CUDA 12.8" "$(with_card 580.95.05 7.0)"
expect "a Pascal card takes the oldest" "LibTorch 2.7.1" "$(with_card 580.95.05 6.1)"
expect "too old a driver" "no LibTorch of packaging/libtorch.txt serves the NVIDIA driver 470.256.02" "$(with_card 470.256.02 8.6)"
expect "too old a card" "compute capability 3.5" "$(with_card 580.95.05 3.5)"
expect "a card nobody tells of" "LibTorch 2.15.0" "$(UNFOG_DRIVER_VERSION=590.1 dry --cuda)"
expect "a driver of unknown version takes the least demanding" "CUDA 12" "$(UNFOG_DRIVER_VERSION=unknown dry --cuda)"
expect "--cpu" "--cpu was given" "$(UNFOG_DRIVER_VERSION=580.95 dry --cpu)"
expect "UNFOG_LIBTORCH comes first" "/opt/somewhere" "$(UNFOG_LIBTORCH=/opt/somewhere UNFOG_DRIVER_VERSION=580.95 dry)"
expect_not "a dry run leaves nothing" "cache" "$(ls "$work")"
for version in $(awk '$1 == "set" {print $2}' "$source_root/packaging/libtorch.txt"); do
    lines=$(awk -v v="$version" '$1 == "file" && $2 == v && $3 ~ /^[a-z0-9-]+==[0-9.]+$/ && length($4) == 64 && $4 !~ /[^0-9a-f]/ && $5 > 0 && $6 >= $5 / 2' "$source_root/packaging/libtorch.txt" | wc -l)
    expect "list of $version" "yes" "$([ "$lines" -ge 10 ] && [ "$lines" = "$(awk -v v="$version" '$1 == "file" && $2 == v' "$source_root/packaging/libtorch.txt" | wc -l)" ] && echo yes || echo "$lines lines are right")"
done

# Fetching: a list of two small packages, and a pip that copies them.
mkdir -p "$work/bin" "$work/packages/a/torch/lib" "$work/packages/a/torch/include" "$work/packages/a/torch/share" "$work/packages/b/nvidia/x/lib"
echo torch >"$work/packages/a/torch/lib/libtorch_cuda.so"
echo python >"$work/packages/a/torch/lib/libtorch_python.so"
echo header >"$work/packages/a/torch/include/h.h"
echo share >"$work/packages/a/torch/share/s"
echo "cuda = '13.2'" >"$work/packages/a/torch/version.py"
mkdir "$work/packages/a/torch-9.9.dist-info" && echo licence >"$work/packages/a/torch-9.9.dist-info/LICENSE"
echo nvidia >"$work/packages/b/nvidia/x/lib/libx.so.1"
(cd "$work/packages/a" && cmake -E tar cf ../torch-9.9-py3-none-any.whl --format=zip torch torch-9.9.dist-info)
(cd "$work/packages/b" && cmake -E tar cf ../nvidia_x-1.0-py3-none-any.whl --format=zip nvidia)
{
    echo "set 9.9 13.2 580 7.5"
    for entry in torch==9.9:torch-9.9 nvidia-x==1.0:nvidia_x-1.0; do
        file=$work/packages/${entry#*:}-py3-none-any.whl
        echo "file 9.9 ${entry%:*} $(sha256sum "$file" | cut -d' ' -f1) $(stat -c %s "$file") 100000"
    done
} >"$work/list"
cat >"$work/bin/python3" <<SCRIPT
#!/usr/bin/env bash
# pip download, with the network as the test wants it
while [ \$# -gt 0 ]; do
    case \$1 in --dest) dest=\$2 ;; --requirement) requirement=\$2 ;; esac
    shift
done
read -r line <"\$requirement"
name=\${line%%==*} want=\${line##*sha256:}
case ,\${BROKEN:-}, in *,\$name,*) echo "no network" >&2; exit 1 ;; esac
file=\$(ls "$work"/packages/\${name//-/_}-*.whl)
[ "\$(sha256sum "\$file" | cut -d' ' -f1)" = "\$want" ] || { echo "THESE PACKAGES DO NOT MATCH THE HASHES" >&2; exit 1; }
mkdir -p "\$dest" && cp "\$file" "\$dest/" && echo "\$name" >>"$work/fetched"
SCRIPT
chmod +x "$work/bin/python3"
if ! command -v unzip >/dev/null; then # only --cuda needs it
    printf '#!/usr/bin/env bash\nfor last; do :; done\nfor file; do case $file in *.whl) mkdir -p "$last"; cd "$last"; exec cmake -E tar xf "$file" ;; esac; done\n' >"$work/bin/unzip"
    chmod +x "$work/bin/unzip"
fi

choose() { # ANSWER: what choose_libtorch says, and the folder
    PATH=$work/bin:$PATH UNFOG_LIBTORCH_LIST=$work/list bash -c '
        . "$0/packaging/common.sh"; . "$0/packaging/libtorch.sh"
        install_packages() { :; }
        choose_libtorch "$1"
        echo "$libtorch_choice [$UNFOG_LIBTORCH]"' "$source_root" "$1" 2>&1 </dev/null
}
# The same with a person at a terminal, who types ANSWER.
asked() { # ANSWER
    printf '%s\n' "$1" | PATH=$work/bin:$PATH UNFOG_LIBTORCH_LIST=$work/list script -qec "bash -c '
        . \"$source_root/packaging/common.sh\"; . \"$source_root/packaging/libtorch.sh\"
        install_packages() { :; }
        choose_libtorch \"\"
        echo \"\$libtorch_choice [\$UNFOG_LIBTORCH]\"'" /dev/null 2>&1
}
export UNFOG_COMPUTE_CAPABILITY=8.6
folder=$work/cache/unfog/libtorch-9.9
expect "without a driver nothing is asked" "no NVIDIA driver was found. []" "$(choose "")"
export UNFOG_DRIVER_VERSION=580.95
expect "without a terminal nothing is fetched" "packaging/run.sh --cuda would fetch" "$(choose "")"
expect "without network it says so" "nvidia-x==1.0 could not be fetched" "$(BROKEN=nvidia-x choose cuda)"
expect "and builds for the processor" "[]" "$(BROKEN=nvidia-x choose cuda | tail -n 1)"
expect_not "an interrupted fetch is not taken for a whole one" "libtorch-9.9 " "$(ls "$work/cache/unfog" | tr '\n' ' ')"
expect "the next call goes on" "[$folder]" "$(choose cuda | tail -n 1)"
expect "what was there was not fetched again" "torch nvidia-x" "$(tr '\n' ' ' <"$work/fetched")"
expect "the packages lie in one folder" "yes" "$([ -s "$folder/torch/lib/libtorch_cuda.so" ] && [ -s "$folder/nvidia/x/lib/libx.so.1" ] && [ -s "$folder/torch/include/h.h" ] && echo yes)"
expect "nothing unfinished stays" "libtorch-9.9 " "$(ls "$work/cache/unfog" | tr '\n' ' ')"
expect "the answer is kept" "LibTorch 9.9, CUDA 13.2" "$(choose "")"
expect "--cpu is kept too" "--cpu was given" "$(choose cpu)"
expect "--cpu is kept too" "so it was answered before" "$(choose "")"
rm -rf "$folder" "$XDG_STATE_HOME/unfog"
no=$(asked n)
expect "a person is told size and folder before" "$folder" "$no"
expect "a person is asked" "Fetch this LibTorch" "$no"
expect "no is no" "so it was answered; packaging/run.sh --cuda uses the card" "$no"
expect_not "and asked once" "Fetch this LibTorch" "$(asked y)"
rm -rf "$XDG_STATE_HOME/unfog"
expect "yes fetches" "[$folder]" "$(asked y)"
rm -rf "$folder" "$work/fetched"
sed -i '/^file 9.9 torch/s/[0-9a-f]\{64\}/'"$(printf '0%.0s' {1..64})"'/' "$work/list"
expect "a wrong checksum is refused" "DO NOT MATCH" "$(choose cuda)"
expect "a wrong checksum leaves nothing" "no" "$([ -e "$folder" ] && echo yes || echo no)"
sed -i 's/100000$/900000000000000/' "$work/list"
expect "space is looked at first" "1800000.0 GB more" "$(choose cuda)"

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
