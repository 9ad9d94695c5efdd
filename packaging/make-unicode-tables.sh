#!/bin/sh
# Writes src/tokenizer/unicode_tables.inc from the Unicode Character Database (Debian package unicode-data).
# Usage: packaging/make-unicode-tables.sh [folder of UnicodeData.txt]
# The result is committed: only a move to a newer Unicode version needs this again.
set -eu
ucd=${1:-/usr/share/unicode}
root=$(cd "$(dirname "$0")/.." && pwd)
out=$root/src/tokenizer/unicode_tables.inc
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for file in UnicodeData PropList SpecialCasing DerivedCoreProperties DerivedNormalizationProps; do
    [ -r "$ucd/$file.txt" ] || { echo "$ucd/$file.txt is missing; install the package unicode-data" >&2; exit 1; }
done
LC_ALL=C
export LC_ALL

# mawk has no strtonum. put() lays rows out in lines of at most 110 columns.
cat > "$work/common.awk" <<'AWK'
function hex(s,    i, n) {
    n = 0
    for (i = 1; i <= length(s); i++) n = n * 16 + index("0123456789ABCDEF", toupper(substr(s, i, 1))) - 1
    return n
}
function put(item) {
    if (line != "" && length(line) + length(item) + 6 > 110) { print "    " line; line = "" }
    line = line (line == "" ? "" : " ") item ","
}
function finish() { if (line != "") print "    " line; line = ""; print "};\n" }
AWK

# ranges NAME < "first last" lines in decimal, ascending; neighbours are joined.
ranges() {
    echo "constexpr CodeRange $1[] = {"
    cat "$work/common.awk" - > "$work/ranges.awk" <<'AWK'
{
    if (NR > 1 && $1 == last + 1) { last = $2; next }
    if (NR > 1) put(sprintf("{0x%X, 0x%X}", first, last))
    first = $1; last = $2
}
END { put(sprintf("{0x%X, 0x%X}", first, last)); finish() }
AWK
    awk -f "$work/ranges.awk"
}

# category LETTER: the code points whose general category begins with it.
category() {
    cat "$work/common.awk" - > "$work/category.awk" <<'AWK'
BEGIN { FS = ";" }
/, First>/ { start = hex($1); next }
{ code = hex($1); begin = $2 ~ /, Last>/ ? start : code }
substr($3, 1, 1) == letter { print begin, code }
AWK
    awk -v letter="$1" -f "$work/category.awk" "$ucd/UnicodeData.txt"
}

# property FILE NAME: the code points that have a binary property.
property() {
    cat "$work/common.awk" - > "$work/property.awk" <<'AWK'
BEGIN { FS = "[ ;#]+" }
$2 == name { n = split($1, ends, "[.][.]"); print hex(ends[1]), hex(ends[n]) }
AWK
    awk -v name="$2" -f "$work/property.awk" "$ucd/$1.txt" | sort -n
}

# Simple lower-case mappings as runs of one stride and one distance.
lower() {
    echo "constexpr CaseRun lowerRuns[] = {"
    cat "$work/common.awk" - > "$work/lower.awk" <<'AWK'
BEGIN { FS = ";" }
function flush() { if (count) put(sprintf("{0x%X, 0x%X, %d, %d}", first, last, count > 1 ? stride : 1, delta)); count = 0 }
$14 != "" && hex($1) != 304 {
    code = hex($1); d = hex($14) - code
    if (count && d == delta && (count == 1 ? code - last <= 2 : code - last == stride)) {
        stride = code - last; last = code; count++; next
    }
    flush(); first = last = code; delta = d; count = 1
}
END { flush(); finish() }
AWK
    awk -f "$work/lower.awk" "$ucd/UnicodeData.txt"
}

# Canonical decompositions, one level deep.
decompositions() {
    echo "constexpr Decomposition decompositions[] = {"
    cat "$work/common.awk" - > "$work/decompose.awk" <<'AWK'
BEGIN { FS = ";" }
$6 != "" && $6 !~ /</ {
    n = split($6, parts, " ")
    put(sprintf("{0x%X, 0x%X, 0x%X}", hex($1), hex(parts[1]), n > 1 ? hex(parts[2]) : 0))
}
END { finish() }
AWK
    awk -f "$work/decompose.awk" "$ucd/UnicodeData.txt"
}

# Primary composites, ascending by their two parts.
compositions() {
    echo "constexpr Composition compositions[] = {"
    property DerivedNormalizationProps Full_Composition_Exclusion > "$work/excluded"
    cat "$work/common.awk" - > "$work/pairs.awk" <<'AWK'
FNR == NR { for (i = $1; i <= $2; i++) excluded[i] = 1; next }
{
    split($0, field, ";")
    if (field[6] == "" || field[6] ~ /</ || split(field[6], parts, " ") < 2 || hex(field[1]) in excluded) next
    print hex(parts[1]), hex(parts[2]), hex(field[1])
}
AWK
    cat "$work/common.awk" - > "$work/compose.awk" <<'AWK'
{ put(sprintf("{0x%X, 0x%X, 0x%X}", $1, $2, $3)) }
END { finish() }
AWK
    awk -f "$work/pairs.awk" "$work/excluded" "$ucd/UnicodeData.txt" | sort -n -k1,1 -k2,2 | awk -f "$work/compose.awk"
}

# Canonical combining classes other than 0.
classes() {
    echo "constexpr CombiningRange combiningClasses[] = {"
    cat "$work/common.awk" - > "$work/classes.awk" <<'AWK'
BEGIN { FS = ";" }
function flush() { if (class) put(sprintf("{0x%X, 0x%X, %d}", first, last, class)); class = 0 }
$4 != 0 {
    code = hex($1)
    if (class == $4 && code == last + 1) { last = code; next }
    flush(); first = last = code; class = $4 + 0
}
END { flush(); finish() }
AWK
    awk -f "$work/classes.awk" "$ucd/UnicodeData.txt"
}

# unicode.cpp knows the one unconditional special lower case (U+0130); another one would need code.
special=$(awk -F'; *' '/^[0-9A-F]/ && $2 ~ / / && $5 ~ /^#/ { print $1 }' "$ucd/SpecialCasing.txt" | tr '\n' ' ')
[ "$special" = "0130 " ] || { echo "unexpected special lower-case mappings: $special" >&2; exit 1; }

{
    echo "// Made by packaging/make-unicode-tables.sh from the Unicode Character Database"
    echo "// ($(sed -n '1s/^# PropList-\(.*\)\.txt.*/\1/p' "$ucd/PropList.txt"), https://www.unicode.org/license.txt). Not edited by hand."
    echo
    category L | ranges letters
    category N | ranges numbers
    property PropList White_Space | ranges whiteSpaces
    property DerivedCoreProperties Cased | ranges casedRanges
    property DerivedCoreProperties Case_Ignorable | ranges caseIgnorableRanges
    lower
    decompositions
    compositions
    classes
} | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}' > "$work/tables"
mv "$work/tables" "$out"
chmod 644 "$out"
echo "wrote $out"
