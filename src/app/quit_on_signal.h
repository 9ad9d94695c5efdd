#pragma once

#include <QObject>

namespace unfog {

/// SIGTERM, SIGINT and SIGHUP as a Qt signal, so that the window closes as by its own button: settings, queue
/// and the last picture are kept. One at a time; where there are no such signals it does nothing.
class QuitOnSignal final : public QObject {
    Q_OBJECT
public:
    explicit QuitOnSignal(QObject* parent = nullptr);
    ~QuitOnSignal() override;

Q_SIGNALS:
    void asked();
};

} // namespace unfog
