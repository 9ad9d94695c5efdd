#pragma once

#include <QApplication>

namespace unfog {

/// What a slot or an event handler throws ends there and goes to reportException(); the window goes on.
class GuardedApplication final : public QApplication {
public:
    using QApplication::QApplication;
    bool notify(QObject* receiver, QEvent* event) override;
};

} // namespace unfog
