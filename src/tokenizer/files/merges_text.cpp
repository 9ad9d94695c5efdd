#include "tokenizer/files/merges_text.h"

#include "base/utf8.h"
#include "tokenizer/unicode.h"

namespace unfog {

bool splitMerge(std::string_view row, SpeltMerge& merge)
{
    const std::size_t space = row.find(' ');
    if (space == 0 || space == std::string_view::npos || space + 1 == row.size() ||
        row.find(' ', space + 1) != std::string_view::npos)
        return false;
    merge.left = row.substr(0, space);
    merge.right = row.substr(space + 1);
    return true;
}

Result<std::vector<SpeltMerge>> parseMerges(std::string_view text, const std::string& where)
{
    std::vector<SpeltMerge> merges;
    std::string_view rest = text;
    for (std::size_t line = 1; !rest.empty(); ++line) {
        const std::size_t end = rest.find('\n');
        std::string_view row = rest.substr(0, end);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        if (row.ends_with('\r'))
            row.remove_suffix(1);
        if ((line == 1 && row.starts_with("#version")) || (row.empty() && rest.empty()))
            continue;
        SpeltMerge merge;
        if (!splitMerge(row, merge))
            return fail(ErrorKind::BadFile, where + ", line " + std::to_string(line) +
                                                ": expected two tokens with one space between them");
        merge.place = line;
        merges.push_back(std::move(merge));
    }
    return merges;
}

bool isVisibleByte(unsigned char byte)
{
    return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

std::vector<std::string> byteSpellings()
{
    std::vector<std::string> spellings(256);
    char32_t substitute = 0x100;
    for (int byte = 0; byte < 256; ++byte) {
        const bool visible = isVisibleByte(static_cast<unsigned char>(byte));
        appendUtf8(spellings[byte], visible ? static_cast<char32_t>(byte) : substitute++);
    }
    return spellings;
}

} // namespace unfog
