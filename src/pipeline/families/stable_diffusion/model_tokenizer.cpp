#include "pipeline/families/stable_diffusion/model_tokenizer.h"

#include "pipeline/families/stable_diffusion/find_tokenizer.h"

namespace unfog {

Result<ClipTokenizer> tokenizerOfModel(const std::filesystem::path& model,
                                       const std::filesystem::path& chosen)
{
    const auto files = openModel(model);
    if (!files)
        return tl::unexpected(files.error());
    auto found = findTokenizers(*files, chosen);
    if (!found)
        return tl::unexpected(found.error());
    return std::move(found->tokenizers.front());
}

} // namespace unfog
