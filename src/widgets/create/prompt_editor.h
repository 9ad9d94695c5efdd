#pragma once

#include <functional>

#include <QPlainTextEdit>

#include "widgets/create/prompt_history.h"
#include "widgets/create/word_marker.h"

class QLabel;
class QToolButton;

namespace unfog {

/// How many tokens a prompt has, weights and brackets not counted; and how many the model reads.
struct TokenCount {
    int tokens = 0;
    int limit = 0; ///< 0: not known yet, nothing is shown
};
/// `weighted`: brackets are weights, else text.
using TokenCounter = std::function<TokenCount(const QString& prompt, bool weighted)>;

/// A plain text field with Ctrl+Up / Ctrl+Down for weights and Alt+Up / Alt+Down for the history.
class PromptEdit final : public QPlainTextEdit {
    Q_OBJECT
public:
    PromptEdit(int visibleLines, QWidget* parent = nullptr);

    /// Replaces the text as one step of undo.
    void replaceText(const QString& text);
    void changeWeightAtCursor(double delta);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void pasted(const QString& text); ///< afterwards: the text stands in the field
    void historyStep(int direction);  ///< −1 older, +1 newer

protected:
    void keyPressEvent(QKeyEvent* event) override;
    bool canInsertFromMimeData(const QMimeData* source) const override;
    void insertFromMimeData(const QMimeData* source) override;

private:
    int heightForLines() const;

    int m_visibleLines;
};

/// Heading, token count, history button and the text itself.
class PromptEditor final : public QWidget {
    Q_OBJECT
public:
    PromptEditor(const QString& heading, const QString& placeholder, int visibleLines,
                 QWidget* parent = nullptr);

    QString text() const { return m_edit->toPlainText(); }
    void setText(const QString& text);
    PromptEdit* edit() const { return m_edit; }
    PromptHistory& history() { return m_history; }
    void setTokenCounter(TokenCounter counter);
    void setWeighted(bool weighted);
    /// Words that the guide does not know are underlined with dots.
    void setGuide(const ModelGuide& guide) { m_marker->setGuide(guide); }

Q_SIGNALS:
    void textChanged();

private:
    void showTokenCount();
    void fillHistoryMenu();

    PromptEdit* m_edit;
    WordMarker* m_marker;
    QString m_lastText;
    QLabel* m_count;
    QToolButton* m_historyButton;
    QToolButton* m_reset;
    PromptHistory m_history;
    TokenCounter m_counter;
    bool m_weighted = true;
};

} // namespace unfog
