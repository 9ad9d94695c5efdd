#include "app/guarded_application.h"

#include "threads/run_guarded.h"

namespace unfog {

bool GuardedApplication::notify(QObject* receiver, QEvent* event)
{
    bool isHandled = false;
    runGuarded(QCoreApplication::translate("GuardedApplication", "An action of the window"),
               [&] { isHandled = QApplication::notify(receiver, event); });
    return isHandled;
}

} // namespace unfog
