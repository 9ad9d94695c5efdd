#include "replay/replay_tokenizer.h"

#include <fstream>

#include "tokenizer/clip_tokenizer.h"

namespace unfog::replay {

Verdict replayTokenizer(const std::filesystem::path& file, const std::filesystem::path& tokenizerFolder)
{
    Verdict verdict("tokenizer");
    auto tokenizer = ClipTokenizer::load(tokenizerFolder);
    if (!tokenizer) {
        verdict.failed(tokenizer.error().message);
        return verdict;
    }
    std::ifstream stream(file);
    const nlohmann::json cases = nlohmann::json::parse(stream, nullptr, false);
    if (!cases.is_array()) {
        verdict.failed(file.string() + " is not a JSON list");
        return verdict;
    }
    for (const nlohmann::json& entry : cases) {
        const auto text = entry.at("text").get<std::string>();
        verdict.exact(
            nlohmann::json(text.substr(0, 60)).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
            tokenizer->encodeUnpadded(text) == entry.at("input_ids").get<std::vector<std::int32_t>>());
    }
    return verdict;
}

} // namespace unfog::replay
