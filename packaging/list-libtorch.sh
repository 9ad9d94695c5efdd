#!/usr/bin/env bash
# Makes the lines of packaging/libtorch.txt for one LibTorch with CUDA:
#   packaging/list-libtorch.sh VERSION LEAST_DRIVER LEAST_CAPABILITY >>packaging/libtorch.txt
# Fetches the torch package of that version with the NVIDIA packages that it names, into a folder that is removed again.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
. "$root/packaging/libtorch.sh"

version=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
pip_download --dest "$folder" "torch==$version" >&2
unzip -p "$folder"/torch-*.whl torch/version.py |
    awk -v version="$version" -v driver="$2" -v capability="$3" -F"'" '/^cuda/ {print "set", version, $2, driver, capability}'
for file in "$folder"/torch-*.whl "$folder"/nvidia_*.whl; do
    IFS=- read -r name package _ <<<"$(basename "$file")"
    printf 'file %s %s==%s %s %s %s\n' "$version" "${name//_/-}" "$package" "$(sha256sum "$file" | cut -d' ' -f1)" \
        "$(stat -c %s "$file")" "$(unzip -l "$file" | tail -n 1 | awk '{print $1}')"
done
