#include "tokenizer/clip_vocabulary.h"

#include <cassert>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tokenizer/clip_tokenizer.h"
#include "tokenizer/files/merges_text.h"

extern "C" {
extern const char unfog_clip_merges[];
extern const char unfog_clip_merges_end[];
}

namespace unfog {
namespace {

Vocabulary vocabularyOf(const std::vector<SpeltMerge>& merges)
{
    Vocabulary ids;
    ids.reserve(clipVocabularySize);
    const auto add = [&](std::string token) {
        ids.emplace(std::move(token), static_cast<std::int32_t>(ids.size()));
    };
    const std::vector<std::string> bytes = byteSpellings();
    // The publication numbers visible characters first, then the substitutes of all other bytes.
    std::vector<std::string> ordered;
    for (const bool visible : {true, false}) {
        for (std::size_t byte = 0; byte < bytes.size(); ++byte) {
            if (isVisibleByte(static_cast<unsigned char>(byte)) == visible)
                ordered.push_back(bytes[byte]);
        }
    }
    for (const std::string& spelling : ordered)
        add(spelling);
    for (const std::string& spelling : ordered)
        add(spelling + std::string(endOfWord));
    for (const SpeltMerge& merge : merges)
        add(merge.left + merge.right);
    add(ClipTokenizer::defaultStartToken);
    add(ClipTokenizer::defaultEndToken);
    return ids;
}

BytePairEncoder makeEncoder()
{
    const std::string_view text(unfog_clip_merges,
                                static_cast<std::size_t>(unfog_clip_merges_end - unfog_clip_merges));
    const auto merges = parseMerges(text, "CLIP's merges");
    if (!merges)
        std::terminate(); // the file is part of the program
    auto encoder = BytePairEncoder::make(vocabularyOf(*merges), *merges, "CLIP's merges, line ");
    if (!encoder)
        std::terminate();
    assert(encoder->idLimit() == clipVocabularySize);
    return std::move(*encoder);
}

} // namespace

std::shared_ptr<const BytePairEncoder> clipBytePairEncoder()
{
    static const auto encoder = std::make_shared<const BytePairEncoder>(makeEncoder());
    return encoder;
}

} // namespace unfog
