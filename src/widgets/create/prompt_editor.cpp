#include "widgets/create/prompt_editor.h"

#include <cmath>
#include <utility>

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QMenu>
#include <QMimeData>
#include <QToolButton>
#include <QVBoxLayout>

#include "widgets/create/prompt_weight.h"
#include "widgets/fields/field_row.h"
#include "widgets/fields/symbolic_icon.h"

namespace unfog {

namespace {
constexpr qsizetype kCountedLetters = 10000;
} // namespace

PromptEdit::PromptEdit(int visibleLines, QWidget* parent)
    : QPlainTextEdit(parent), m_visibleLines(visibleLines)
{
    setTabChangesFocus(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setVerticalScrollBarPolicy(Qt::ScrollBarAsNeeded);
}

int PromptEdit::heightForLines() const
{
    return static_cast<int>(std::ceil(fontMetrics().lineSpacing() * m_visibleLines)) + 22;
}

QSize PromptEdit::sizeHint() const
{
    return {240, heightForLines()};
}
QSize PromptEdit::minimumSizeHint() const
{
    return {120, heightForLines()};
}

void PromptEdit::replaceText(const QString& text)
{
    if (text == toPlainText())
        return;
    QTextCursor cursor(document());
    cursor.select(QTextCursor::Document);
    cursor.insertText(text);
    setTextCursor(cursor);
}

void PromptEdit::changeWeightAtCursor(double delta)
{
    QTextCursor cursor = textCursor();
    const auto edit = changeWeight(toPlainText(), cursor.selectionStart(),
                                   cursor.selectionEnd() - cursor.selectionStart(), delta);
    if (!edit)
        return;
    cursor.setPosition(edit->start);
    cursor.setPosition(edit->start + edit->length, QTextCursor::KeepAnchor);
    cursor.insertText(edit->replacement);
    cursor.setPosition(edit->selectionStart);
    cursor.setPosition(edit->selectionStart + edit->selectionLength, QTextCursor::KeepAnchor);
    setTextCursor(cursor);
}

void PromptEdit::keyPressEvent(QKeyEvent* event)
{
    const bool up = event->key() == Qt::Key_Up;
    const bool down = event->key() == Qt::Key_Down;
    if ((up || down) && event->modifiers().testFlag(Qt::ControlModifier))
        return changeWeightAtCursor(up ? 0.1 : -0.1);
    if ((up || down) && event->modifiers().testFlag(Qt::AltModifier)) {
        Q_EMIT historyStep(up ? -1 : 1);
        return;
    }
    QPlainTextEdit::keyPressEvent(event);
}

void PromptEdit::insertFromMimeData(const QMimeData* source)
{
    QPlainTextEdit::insertFromMimeData(source);
    if (source->hasText())
        Q_EMIT pasted(source->text());
}

bool PromptEdit::canInsertFromMimeData(const QMimeData* source) const
{
    // A dropped picture is for the window: its parameters are read, its path is not a prompt.
    return !source->hasUrls() && QPlainTextEdit::canInsertFromMimeData(source);
}

PromptEditor::PromptEditor(const QString& heading, const QString& placeholder, int visibleLines,
                           QWidget* parent)
    : QWidget(parent), m_edit(new PromptEdit(visibleLines, this)),
      m_marker(new WordMarker(m_edit->document())), m_count(new QLabel(this)),
      m_historyButton(smallButton(QStringLiteral("history"), tr("Earlier prompts (Alt+Up, Alt+Down)"), this)),
      m_reset(resetButton(QString(heading).remove(u'&'), this))
{
    auto* label = new QLabel(heading, this);
    label->setProperty("heading", true);
    label->setBuddy(m_edit);
    m_edit->setAccessibleName(QString(heading).remove(u'&'));
    m_edit->setPlaceholderText(placeholder);
    m_count->setObjectName(QStringLiteral("tokenCount"));
    m_count->setProperty("subtle", true);
    m_count->setAccessibleName(tr("Tokens of: %1").arg(QString(heading).remove(u'&')));
    m_historyButton->setAccessibleName(tr("History of: %1").arg(QString(heading).remove(u'&')));
    m_historyButton->setPopupMode(QToolButton::InstantPopup);
    m_historyButton->setMenu(new QMenu(m_historyButton));
    connect(m_historyButton->menu(), &QMenu::aboutToShow, this, &PromptEditor::fillHistoryMenu);

    auto* top = new QHBoxLayout;
    top->setContentsMargins(0, 0, 0, 0);
    top->setSpacing(6);
    top->addWidget(label);
    top->addStretch();
    top->addWidget(m_count);
    top->addWidget(m_historyButton);
    top->addWidget(m_reset);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    layout->addLayout(top);
    layout->addWidget(m_edit);
    setTabOrder(m_historyButton, m_reset);
    setTabOrder(m_reset, m_edit);
    setFocusProxy(m_edit);

    connect(m_edit, &QPlainTextEdit::textChanged, this, [this] {
        // Marking words tells of a change, too.
        if (const QString now = text(); std::exchange(m_lastText, now) == now)
            return;
        showTokenCount();
        m_reset->setVisible(!m_edit->document()->isEmpty());
        Q_EMIT textChanged();
    });
    connect(m_reset, &QToolButton::clicked, this, [this] { setText({}); });
    connect(m_edit, &PromptEdit::historyStep, this, [this](int direction) {
        m_edit->replaceText(direction < 0 ? m_history.older(text()) : m_history.newer(text()));
    });
    showTokenCount();
}

void PromptEditor::setText(const QString& text)
{
    m_edit->replaceText(text);
}

void PromptEditor::setWeighted(bool weighted)
{
    if (std::exchange(m_weighted, weighted) != weighted)
        showTokenCount();
}

void PromptEditor::setTokenCounter(TokenCounter counter)
{
    m_counter = std::move(counter);
    showTokenCount();
}

void PromptEditor::showTokenCount()
{
    // A pasted book is far beyond any limit after its first page; counting all of it would hold up the keys.
    const QString all = text();
    const bool isCounted = all.size() <= kCountedLetters;
    const TokenCount count = m_counter ? m_counter(all.left(kCountedLetters), m_weighted) : TokenCount{};
    m_count->setVisible(count.limit > 0);
    if (count.limit <= 0)
        return;
    const bool tooLong = !isCounted || count.tokens > count.limit;
    m_count->setText(
        (isCounted ? tr("%1 / %2 tokens") : tr("%1+ / %2 tokens")).arg(count.tokens).arg(count.limit));
    m_count->setToolTip(
        tooLong ? tr("The model reads the first %1 tokens; the rest has no effect.").arg(count.limit)
                : tr("A token is a word or a part of one. The model reads up to %1.").arg(count.limit));
    setProblem(m_count, tooLong);
}

void PromptEditor::fillHistoryMenu()
{
    QMenu* menu = m_historyButton->menu();
    menu->clear();
    const QStringList& entries = m_history.entries();
    for (qsizetype shown = 0; shown < std::min<qsizetype>(20, entries.size()); ++shown) {
        const QString& prompt = entries.at(shown);
        QString title = fontMetrics().elidedText(prompt.simplified(), Qt::ElideRight, 420);
        QAction* action = menu->addAction(title.replace(u'&', QStringLiteral("&&")));
        connect(action, &QAction::triggered, this, [this, prompt] { setText(prompt); });
    }
    if (entries.isEmpty())
        menu->addAction(tr("No prompts yet; they appear here after the first image"))->setEnabled(false);
}

} // namespace unfog
