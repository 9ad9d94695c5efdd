#pragma once

#include <chrono>
#include <functional>

#include <QDateTime>
#include <QList>
#include <QWidget>

class QVBoxLayout;

namespace unfog {

/// Where notices take their time from; tests bring their own.
struct NoticeClock {
    std::function<QDateTime()> now;
    /// Calls the function once, after the time, on the caller's thread; never if `context` is gone by then.
    std::function<void(std::chrono::milliseconds, QObject* context, std::function<void()>)> after;

    static NoticeClock ofTheSystem();
};

/// Messages from the program that do not interrupt: cards over the upper edge of the canvas, the newest
/// first, which move nothing under them (OverlayStack). A card goes after kShown and can be read again in the
/// history, except one that needs an answer: a Question, and a Problem with buttons, stay until a button or ×
/// is pressed or the program takes them back. A card under the pointer waits until the pointer leaves. GUI
/// thread only.
class NoticeBar final : public QWidget {
    Q_OBJECT
public:
    enum class Kind { Note, Problem, Question };
    struct Button {
        QString text;
        std::function<void()> action; ///< the notice goes when it is pressed
    };
    /// A notice that is not on the canvas any more.
    struct Past {
        QDateTime time; ///< when it was announced
        Kind kind;
        QString text;
        QList<Button> buttons; ///< none where it was answered, replaced or taken back
        QString key;
    };

    static constexpr std::chrono::milliseconds kShown{10'000};
    static constexpr int kMaxCards = 3; ///< on the canvas at once: more wait, and their time runs meanwhile
    static constexpr int kMaxHistory = 50;

    explicit NoticeBar(QWidget* parent = nullptr, NoticeClock clock = NoticeClock::ofTheSystem());

    /// Plain text. A `key` replaces the notice with the same; so does the same text.
    void announce(Kind kind, const QString& text, const QList<Button>& buttons = {}, const QString& key = {});
    /// What it said holds no longer: its buttons go, in the history too.
    void dismiss(const QString& key);
    /// Of the newest card, "" = none.
    QString text() const;
    int count() const { return static_cast<int>(m_notices.size()); }
    const QList<Past>& history() const { return m_history; } ///< newest first
    /// Shows a notice of the history again, buttons and all.
    void showAgain(int index);

    QSize sizeHint() const override;

Q_SIGNALS:
    void historyChanged();

private:
    struct Notice {
        quint64 id;
        Past said;
    };
    static bool needsAnswer(const Past& notice);
    void expire(quint64 id);
    void close(quint64 id, bool isOver);
    void toHistory(Past notice, bool isOver);
    void forgetButtons(const QString& key);
    QWidget* makeCard(const Notice& notice);
    void showCards();

    NoticeClock m_clock;
    QList<Notice> m_notices; ///< oldest first
    QList<Past> m_history;
    QVBoxLayout* m_layout;
    quint64 m_lastId = 0;
};

} // namespace unfog
