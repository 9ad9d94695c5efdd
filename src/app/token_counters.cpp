#include "app/token_counters.h"

#include <memory>

#include "pipeline/families/stable_diffusion/model_tokenizer.h"
#include "tokenizer/prompt_syntax/unapplied_syntax.h"

namespace unfog {

TokenCounter makeTokenCounter(const QString& model, const QString& tokenizer)
{
    auto found = tokenizerOfModel(model.toStdString(), tokenizer.toStdString());
    if (!found)
        return {};
    const auto shared = std::make_shared<const ClipTokenizer>(std::move(*found));
    return [shared](const QString& prompt, bool weighted) {
        const std::string text = prompt.toStdString();
        const int tokens =
            (weighted ? shared->encode(parsePromptWeights(withoutNetworkTags(text))) : shared->encode(text))
                .tokenCount;
        return TokenCount{tokens, shared->maxLength() - 2};
    };
}

} // namespace unfog
