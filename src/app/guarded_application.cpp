#include "app/guarded_application.h"

#include "threads/run_guarded.h"

namespace unfog {

bool GuardedApplication::notify(QObject* receiver, QEvent* event)
{
    try {
        return QApplication::notify(receiver, event);
    } catch (...) {
        reportException(QCoreApplication::translate("GuardedApplication", "An action of the window"));
        return false;
    }
}

} // namespace unfog
