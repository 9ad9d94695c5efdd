#include "pipeline/families/stable_diffusion/find_tokenizer.h"

#include <algorithm>
#include <optional>

#include "tokenizer/clip_vocabulary.h"

namespace unfog {

namespace fs = std::filesystem;

namespace {

/// The padding id of OpenCLIP's published tokenizers ("!"); ViT-L pads with the end token.
constexpr std::int32_t kOpenClipPadding = 0;

std::vector<fs::path> subfolders(const fs::path& folder)
{
    std::vector<fs::path> found;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        if (entry->is_directory(error))
            found.push_back(entry->path());
    }
    std::sort(found.begin(), found.end());
    return found;
}

/// Folders beside a single file that may be models or bare tokenizers, nearest first.
std::vector<fs::path> neighbours(const fs::path& file)
{
    const fs::path home = fs::absolute(file).parent_path();
    std::vector<fs::path> found = {home};
    const auto add = [&](const std::vector<fs::path>& more) {
        found.insert(found.end(), more.begin(), more.end());
    };
    add(subfolders(home));
    for (const fs::path& sibling : subfolders(home.parent_path())) {
        found.push_back(sibling);
        add(subfolders(sibling));
    }
    return found;
}

std::vector<fs::path> vocabulariesUnder(const fs::path& folder)
{
    std::vector<fs::path> found;
    for (const fs::path& candidate : {folder, folder / "tokenizer"}) {
        if (ClipTokenizer::isTokenizerFolder(candidate))
            found.push_back(candidate);
    }
    return found;
}

bool fits(const ClipTokenizer& tokenizer, const ClipTextConfig& encoder)
{
    return tokenizer.idLimit() <= encoder.vocabulary && tokenizer.maxLength() == encoder.positions;
}

/// What nobody chose must fit exactly: a smaller vocabulary would name other rows than those that were
/// trained.
bool fitsExactly(const ClipTokenizer& tokenizer, const ClipTextConfig& encoder)
{
    return fits(tokenizer, encoder) && tokenizer.idLimit() == encoder.vocabulary;
}

std::string misfit(const fs::path& folder, const ClipTokenizer& tokenizer, const ClipTextConfig& encoder)
{
    return folder.string() + ": the vocabulary has " + std::to_string(tokenizer.idLimit()) + " ids and " +
           std::to_string(tokenizer.maxLength()) + " positions; expected at most " +
           std::to_string(encoder.vocabulary) + " ids and " + std::to_string(encoder.positions) +
           " positions for this text encoder.";
}

/// Padding of encoder number `index` in models that do not say it themselves.
ClipTokenizer paddedForFamily(ClipTokenizer tokenizer, ModelFamily family, std::size_t index)
{
    const bool openClip = family == ModelFamily::Sd2 || (family == ModelFamily::SdXl && index == 1);
    tokenizer.setPadId(openClip ? kOpenClipPadding : tokenizer.endId());
    return tokenizer;
}

Result<FoundTokenizers> ownTokenizers(const ModelFiles& files)
{
    FoundTokenizers found;
    for (std::size_t i = 0; i < files.textConfigs.size(); ++i) {
        const fs::path& folder = files.checkpoint.tokenizerFolders.at(i);
        auto tokenizer = ClipTokenizer::load(folder);
        if (!tokenizer)
            return tl::unexpected(tokenizer.error());
        for (const std::string& token :
             tokenizer->dropAddedTokensFrom(static_cast<std::int32_t>(files.textConfigs[i].vocabulary)))
            found.notes.push_back("the text encoder has no row for the added token \"" + token +
                                  "\", which is read as ordinary text");
        if (!fits(*tokenizer, files.textConfigs[i]))
            return fail(ErrorKind::BadFile, misfit(folder, *tokenizer, files.textConfigs[i]));
        found.tokenizers.push_back(std::move(*tokenizer));
    }
    return found;
}

/// One vocabulary for all encoders of a model that brings none.
Result<FoundTokenizers> borrowedTokenizers(const ModelFiles& files, const fs::path& folder, bool exactly)
{
    auto tokenizer = ClipTokenizer::load(folder);
    if (!tokenizer)
        return tl::unexpected(tokenizer.error());
    FoundTokenizers found;
    for (std::size_t i = 0; i < files.textConfigs.size(); ++i) {
        const ClipTextConfig& encoder = files.textConfigs[i];
        if (!(exactly ? fitsExactly(*tokenizer, encoder) : fits(*tokenizer, encoder)))
            return fail(ErrorKind::BadFile, misfit(folder, *tokenizer, encoder));
        found.tokenizers.push_back(paddedForFamily(*tokenizer, files.checkpoint.family, i));
    }
    return found;
}

/// CLIP's own vocabulary, where every text encoder has as many rows as it has tokens.
std::optional<FoundTokenizers> builtInTokenizers(const ModelFiles& files)
{
    FoundTokenizers found;
    for (std::size_t i = 0; i < files.textConfigs.size(); ++i) {
        const ClipTextConfig& encoder = files.textConfigs[i];
        if (encoder.vocabulary != clipVocabularySize || encoder.positions < 3)
            return std::nullopt;
        found.tokenizers.push_back(paddedForFamily(
            ClipTokenizer::builtIn(static_cast<int>(encoder.positions)), files.checkpoint.family, i));
    }
    return found;
}

/// Neighbours hold vocabularies of other kinds of models too, in large files; what has vocab.json and
/// merges.txt, or belongs to a diffusion model, is worth reading.
bool isWorthReading(const fs::path& vocabulary, const fs::path& home)
{
    std::error_code error;
    return fs::exists(vocabulary / "vocab.json", error) || vocabulary.parent_path() == home ||
           vocabulary == home || fs::exists(vocabulary.parent_path() / "model_index.json", error);
}

/// Names of folders only: the note goes into images.
std::string lenderName(const fs::path& vocabulary)
{
    const fs::path folder = vocabulary.filename() == "tokenizer" ? vocabulary.parent_path() : vocabulary;
    return folder.filename().string();
}

} // namespace

Result<FoundTokenizers> findTokenizers(const ModelFiles& files, const fs::path& chosen)
{
    if (!chosen.empty()) {
        const std::vector<fs::path> vocabularies = vocabulariesUnder(chosen);
        if (vocabularies.empty())
            return fail(ErrorKind::BadFile, "Tokenizer " + chosen.string() +
                                                ": expected a folder with vocab.json and merges.txt, or with "
                                                "tokenizer.json, found none there.");
        return borrowedTokenizers(files, vocabularies.front(), false);
    }
    if (!files.checkpoint.tokenizerFolders.empty())
        return ownTokenizers(files);

    const fs::path home = fs::absolute(files.checkpoint.path).parent_path();
    for (const fs::path& neighbour : neighbours(files.checkpoint.path)) {
        for (const fs::path& vocabulary : vocabulariesUnder(neighbour)) {
            if (!isWorthReading(vocabulary, home))
                continue;
            if (auto found = borrowedTokenizers(files, vocabulary, true)) {
                found->lender = vocabulary;
                found->notes.push_back("the single file carries no vocabulary; that of the folder \"" +
                                       lenderName(vocabulary) + "\" was used");
                return found;
            }
        }
    }
    if (auto found = builtInTokenizers(files))
        return std::move(*found);
    return fail(ErrorKind::BadFile,
                files.checkpoint.path.string() +
                    ": a single file carries no vocabulary, its text encoder has " +
                    std::to_string(files.textConfigs.front().vocabulary) + " tokens in place of CLIP's " +
                    std::to_string(clipVocabularySize) +
                    ", and no model folder with a fitting vocabulary was found beside it; "
                    "name a folder with vocab.json and merges.txt as tokenizer (--tokenizer).");
}

} // namespace unfog
