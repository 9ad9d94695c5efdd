#pragma once

#include <QSyntaxHighlighter>

#include "generation/engine/model_guide.h"

namespace unfog {

/// Underlines with dots the words of a prompt that the loaded model does not know. Changes no text.
class WordMarker final : public QSyntaxHighlighter {
    Q_OBJECT
public:
    explicit WordMarker(QTextDocument* document);
    void setGuide(const ModelGuide& guide);

protected:
    void highlightBlock(const QString& text) override;

private:
    ModelGuide m_guide;
};

} // namespace unfog
