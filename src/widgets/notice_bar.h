#pragma once

#include <functional>

#include <QFrame>
#include <QList>

class QHBoxLayout;
class QLabel;
class QPushButton;
class QTimer;
class QToolButton;

namespace unfog {

/// Words from the program that do not interrupt: one strip over the picture, the newest on top of those
/// before it.
class NoticeBar final : public QFrame {
    Q_OBJECT
public:
    enum class Kind { Note, Problem };
    struct Button {
        QString text;
        std::function<void()> action; ///< the notice goes when it is pressed
    };

    explicit NoticeBar(QWidget* parent = nullptr);

    /// A Note without buttons goes by itself after a while; a Problem, and whatever can be answered, waits to
    /// be closed. A `key` replaces the notice with the same.
    void announce(Kind kind, const QString& text, const QList<Button>& buttons = {}, const QString& key = {});
    void dismiss(const QString& key);
    QString text() const;
    int count() const { return static_cast<int>(m_notices.size()); }

private:
    struct Notice {
        Kind kind;
        QString text;
        QList<Button> buttons;
        QString key;
    };
    void showTop();
    void closeTop();

    QList<Notice> m_notices;
    QLabel* m_icon;
    QLabel* m_text;
    QHBoxLayout* m_buttons;
    QToolButton* m_close;
    QTimer* m_timer;
};

} // namespace unfog
