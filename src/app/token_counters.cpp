#include "app/token_counters.h"

#include <memory>

#include <QDir>
#include <QFileInfo>

#include "tokenizer/clip_tokenizer.h"

namespace unfog {

namespace {

/// The words that the text encoder reads: weights and their brackets taken away, escaped brackets as they
/// are.
QString withoutWeights(const QString& prompt)
{
    QString words;
    for (qsizetype position = 0; position < prompt.size(); ++position) {
        const QChar character = prompt.at(position);
        if (character == u'\\' && position + 1 < prompt.size() &&
            QStringView(u"()[]\\").contains(prompt.at(position + 1))) {
            words += prompt.at(++position);
            continue;
        }
        if (QStringView(u"()[]").contains(character))
            continue;
        if (character == u':') { // ":1.2)" is a weight, any other colon is text
            qsizetype end = position + 1;
            while (end < prompt.size() &&
                   (prompt.at(end).isDigit() || prompt.at(end) == u'.' || prompt.at(end) == u' '))
                ++end;
            if (end > position + 1 && end < prompt.size() && prompt.at(end) == u')') {
                position = end;
                continue;
            }
        }
        words += character;
    }
    return words;
}

} // namespace

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
        return [shared](const QString& prompt) {
            const int tokens = shared->encode(withoutWeights(prompt).toStdString()).tokenCount;
            return TokenCount{tokens, shared->maxLength() - 2};
        };
    }
    return {};
}

} // namespace unfog
