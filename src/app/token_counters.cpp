#include "app/token_counters.h"

#include <memory>

#include <QDir>
#include <QFileInfo>

#include "tokenizer/clip_tokenizer.h"

namespace unfog {

TokenCounter makeTokenCounter(const QString& model, const QString& tokenizer)
{
    QStringList folders;
    if (!tokenizer.isEmpty())
        folders << tokenizer << tokenizer + QStringLiteral("/tokenizer");
    else
        folders << model + QStringLiteral("/tokenizer")
                << QFileInfo(model).path() + QStringLiteral("/tokenizer");
    for (const QString& folder : folders) {
        if (!QFileInfo::exists(folder + QStringLiteral("/vocab.json")))
            continue;
        auto loaded = ClipTokenizer::load(folder.toStdString());
        if (!loaded)
            return {};
        const auto shared = std::make_shared<const ClipTokenizer>(std::move(*loaded));
        return [shared](const QString& prompt, bool weighted) {
            const std::string text = prompt.toStdString();
            const int tokens =
                (weighted ? shared->encode(parsePromptWeights(text)) : shared->encode(text)).tokenCount;
            return TokenCount{tokens, shared->maxLength() - 2};
        };
    }
    return {};
}

} // namespace unfog
