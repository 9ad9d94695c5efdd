#pragma once

#include <QWidget>

class QPushButton;

namespace unfog {

class ActionRegistry;

/// The row under the form that never scrolls away: Generate, Live, Stop.
class RunControls final : public QWidget {
    Q_OBJECT
public:
    explicit RunControls(ActionRegistry& actions, QWidget* parent = nullptr);

private:
    QPushButton* m_generate;
};

} // namespace unfog
