#pragma once

#include <QWidget>

class QMenu;
class QToolButton;

namespace unfog {

class ElidedLabel;
class NoticeBar;

/// For the status bar: the notice that left the canvas last, and a button whose menu lists those before it
/// with their time, newest first. Choosing one shows it again, with its buttons where they still apply.
class NoticeHistory final : public QWidget {
    Q_OBJECT
public:
    static constexpr int kListed = 15;

    explicit NoticeHistory(NoticeBar& notices, QWidget* parent = nullptr);

private:
    void showLast();
    void fillMenu();

    NoticeBar& m_notices;
    ElidedLabel* m_last;
    QToolButton* m_button;
    QMenu* m_menu;
};

} // namespace unfog
