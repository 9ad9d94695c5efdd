#include "training_pictures/glyph_names.h"

#include <string_view>

#include <pugixml.hpp>

#include "base/utf8.h"
#include "tokenizer/unicode.h"

namespace unfog {

namespace {

std::vector<std::string> splitKeywords(std::string_view text)
{
    std::vector<std::string> keywords;
    while (!text.empty()) {
        const std::size_t bar = text.find('|');
        std::string_view word = text.substr(0, bar);
        text = bar == std::string_view::npos ? std::string_view{} : text.substr(bar + 1);
        while (!word.empty() && word.front() == ' ')
            word.remove_prefix(1);
        while (!word.empty() && word.back() == ' ')
            word.remove_suffix(1);
        if (!word.empty())
            keywords.emplace_back(word);
    }
    return keywords;
}

} // namespace

Result<std::map<char32_t, GlyphName>> readGlyphNames(const std::filesystem::path& annotationsFile)
{
    pugi::xml_document document;
    const pugi::xml_parse_result parsed = document.load_file(annotationsFile.c_str());
    if (parsed.status == pugi::status_file_not_found || parsed.status == pugi::status_io_error) {
        return fail(ErrorKind::Io,
                    annotationsFile.string() + " cannot be read; the package unicode-cldr-core brings it");
    }
    if (!parsed)
        return fail(ErrorKind::BadFile, annotationsFile.string() + " is no XML: " + parsed.description());

    std::map<char32_t, GlyphName> names;
    for (const pugi::xml_node& node : document.child("ldml").child("annotations").children("annotation")) {
        const std::u32string glyph = decodeUtf8(node.attribute("cp").value());
        if (glyph.size() != 1)
            continue;
        GlyphName& name = names[glyph.front()];
        if (std::string_view(node.attribute("type").value()) == "tts")
            name.shortName = node.text().get();
        else
            name.keywords = splitKeywords(node.text().get());
    }
    if (names.empty())
        return fail(ErrorKind::BadFile, annotationsFile.string() + " holds no annotations of characters");
    return names;
}

} // namespace unfog
