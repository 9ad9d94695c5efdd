#include "tokenizer/unicode.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace unfog::unicode {
namespace {

struct CodeRange {
    std::uint32_t first, last;
};
struct CaseRun {
    std::uint32_t first, last;
    std::int32_t stride, distance;
};
struct Decomposition {
    std::uint32_t whole, first, second; ///< second 0: a singleton
};
struct Composition {
    std::uint32_t first, second, whole;
};
struct CombiningRange {
    std::uint32_t first, last;
    std::uint8_t combiningClass;
};

#include "tokenizer/unicode_tables.inc"

constexpr char32_t replacementCharacter = 0xFFFD;

/// The row of a table of ascending ranges that holds `code`, or null.
template <class Range, std::size_t N>
const Range* find(const Range (&table)[N], char32_t code)
{
    const auto* row = std::lower_bound(std::begin(table), std::end(table), code,
                                       [](const Range& range, char32_t c) { return range.last < c; });
    return row != std::end(table) && row->first <= code ? row : nullptr;
}

int combiningClass(char32_t code)
{
    if (code < 0x300)
        return 0;
    const auto* row = find(combiningClasses, code);
    return row ? row->combiningClass : 0;
}

// Hangul syllables are composed by arithmetic: Unicode 15.0, section 3.12.
constexpr char32_t hangulBase = 0xAC00, leadBase = 0x1100, vowelBase = 0x1161, tailBase = 0x11A7;
constexpr char32_t leadCount = 19, vowelCount = 21, tailCount = 28;
constexpr char32_t syllableCount = leadCount * vowelCount * tailCount;

void appendDecomposed(std::u32string& out, char32_t code)
{
    if (code < 0xC0) {
        out.push_back(code);
        return;
    }
    if (code >= hangulBase && code < hangulBase + syllableCount) {
        const char32_t index = code - hangulBase;
        out.push_back(leadBase + index / (vowelCount * tailCount));
        out.push_back(vowelBase + index % (vowelCount * tailCount) / tailCount);
        if (index % tailCount != 0)
            out.push_back(tailBase + index % tailCount);
        return;
    }
    const auto* row = std::lower_bound(std::begin(decompositions), std::end(decompositions), code,
                                       [](const Decomposition& d, char32_t c) { return d.whole < c; });
    if (row == std::end(decompositions) || row->whole != code) {
        out.push_back(code);
        return;
    }
    appendDecomposed(out, row->first);
    if (row->second != 0)
        out.push_back(row->second);
}

/// 0 where the two have no primary composite.
char32_t composed(char32_t first, char32_t second)
{
    if (first >= leadBase && first < leadBase + leadCount && second >= vowelBase &&
        second < vowelBase + vowelCount)
        return hangulBase + ((first - leadBase) * vowelCount + (second - vowelBase)) * tailCount;
    if (first >= hangulBase && first < hangulBase + syllableCount && (first - hangulBase) % tailCount == 0 &&
        second > tailBase && second < tailBase + tailCount)
        return first + (second - tailBase);
    const auto* row = std::lower_bound(std::begin(compositions), std::end(compositions), second,
                                       [first](const Composition& c, char32_t s) {
                                           return c.first != first ? c.first < first : c.second < s;
                                       });
    return row != std::end(compositions) && row->first == first && row->second == second ? row->whole : 0;
}

/// Combining marks after a starter into ascending classes, equal classes in their order.
void orderMarks(std::u32string& text)
{
    for (std::size_t i = 0; i < text.size();) {
        if (combiningClass(text[i]) == 0) {
            ++i;
            continue;
        }
        std::size_t end = i + 1;
        while (end < text.size() && combiningClass(text[end]) != 0)
            ++end;
        std::stable_sort(text.begin() + i, text.begin() + end,
                         [](char32_t a, char32_t b) { return combiningClass(a) < combiningClass(b); });
        i = end;
    }
}

void compose(std::u32string& text)
{
    std::size_t starter = std::u32string::npos, written = 0;
    int previousClass = 0;
    for (const char32_t code : text) {
        const int current = combiningClass(code);
        // A mark is blocked by one of its own or a higher class in between; a starter by anything in between.
        const bool adjacent = starter != std::u32string::npos && written == starter + 1;
        const bool blocked = !adjacent && previousClass >= current;
        if (starter != std::u32string::npos && !blocked) {
            if (const char32_t whole = composed(text[starter], code)) {
                text[starter] = whole;
                continue;
            }
        }
        if (current == 0)
            starter = written;
        previousClass = current;
        text[written++] = code;
    }
    text.resize(written);
}

bool isCased(char32_t code)
{
    return find(casedRanges, code) != nullptr;
}

/// Unicode 15.0, table 3-17: after a cased letter and not before one, case-ignorable characters apart.
bool isFinalSigma(std::u32string_view text, std::size_t at, bool casedBefore)
{
    if (!casedBefore)
        return false;
    std::size_t next = at + 1;
    while (next < text.size() && find(caseIgnorableRanges, text[next]))
        ++next;
    return next == text.size() || !isCased(text[next]);
}

} // namespace

std::u32string toNfc(std::u32string_view text)
{
    // Nothing below U+0300 decomposes for good or combines with its neighbour.
    if (std::all_of(text.begin(), text.end(), [](char32_t code) { return code < 0x300; }))
        return std::u32string(text);
    std::u32string out;
    out.reserve(text.size());
    for (const char32_t code : text)
        appendDecomposed(out, code);
    orderMarks(out);
    compose(out);
    return out;
}

std::u32string toLower(std::u32string_view text)
{
    std::u32string out;
    out.reserve(text.size());
    bool casedBefore = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char32_t code = text[i];
        if (code < 0x80) {
            out.push_back(code >= U'A' && code <= U'Z' ? code + 32 : code);
        } else if (code == 0x130) {
            out.append({U'i', char32_t{0x307}});
        } else if (code == 0x3A3) {
            out.push_back(isFinalSigma(text, i, casedBefore) ? 0x3C2 : 0x3C3);
        } else {
            const auto* run = find(lowerRuns, code);
            out.push_back(run && (code - run->first) % run->stride == 0 ? code + run->distance : code);
        }
        if (!find(caseIgnorableRanges, code))
            casedBefore = isCased(code);
    }
    return out;
}

bool isLetter(char32_t code)
{
    if (code < 0x80)
        return (code >= U'a' && code <= U'z') || (code >= U'A' && code <= U'Z');
    return find(letters, code) != nullptr;
}

bool isNumber(char32_t code)
{
    if (code < 0x80)
        return code >= U'0' && code <= U'9';
    return find(numbers, code) != nullptr;
}

bool isWhiteSpace(char32_t code)
{
    return find(whiteSpaces, code) != nullptr;
}

} // namespace unfog::unicode
