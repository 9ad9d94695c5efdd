#include "threads/run_guarded.h"

#include <exception>
#include <mutex>
#include <new>

#include <QCoreApplication>
#include <QDebug>

namespace unfog {
namespace {

std::mutex handlerMutex;
InternalErrorHandler currentHandler;

void report(const QString& what, const QString& why)
{
    const QString sentence = QCoreApplication::translate("runGuarded", "%1 failed: %2").arg(what, why);
    // Under the lock, so that a handler that was taken back is no longer called.
    const std::lock_guard lock(handlerMutex);
    if (currentHandler)
        currentHandler(sentence);
    else
        qCritical().noquote() << sentence;
}

} // namespace

void setInternalErrorHandler(InternalErrorHandler handler)
{
    const std::lock_guard lock(handlerMutex);
    currentHandler = std::move(handler);
}

void reportException(const QString& what)
{
    try {
        throw;
    } catch (const std::bad_alloc&) {
        report(what, QCoreApplication::translate("runGuarded", "there is not enough memory."));
    } catch (const std::exception& error) {
        report(what, QString::fromUtf8(error.what()));
    } catch (...) {
        report(what, QCoreApplication::translate("runGuarded", "an unknown exception was thrown."));
    }
}

} // namespace unfog
