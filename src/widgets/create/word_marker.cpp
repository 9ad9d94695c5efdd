#include "widgets/create/word_marker.h"

#include <QTextCharFormat>

namespace unfog {

WordMarker::WordMarker(QTextDocument* document) : QSyntaxHighlighter(document) {}

void WordMarker::setGuide(const ModelGuide& guide)
{
    m_guide = guide;
    rehighlight();
}

void WordMarker::highlightBlock(const QString& text)
{
    constexpr qsizetype longestMarked = 20'000; // a pasted book is no prompt
    if (!m_guide.knowsWords() || text.size() > longestMarked)
        return;
    QTextCharFormat dotted;
    dotted.setUnderlineStyle(QTextCharFormat::DotLine);
    const QByteArray utf8 = text.toUtf8();
    for (const PromptRange& word :
         unknownWords(m_guide, {utf8.constData(), static_cast<std::size_t>(utf8.size())})) {
        const auto begin = QString::fromUtf8(utf8.constData(), static_cast<qsizetype>(word.begin)).size();
        const auto length =
            QString::fromUtf8(utf8.constData() + word.begin, static_cast<qsizetype>(word.size)).size();
        setFormat(static_cast<int>(begin), static_cast<int>(length), dotted);
    }
}

} // namespace unfog
