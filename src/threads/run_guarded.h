#pragma once

#include <functional>

#include <QString>

/// The last door before a thread or the event loop: nothing thrown behind it ends the program.
namespace unfog {

/// Receives one sentence for a person about an exception that runGuarded() caught. Called on the thread that
/// threw, one call at a time; must neither throw nor set a handler.
using InternalErrorHandler = std::function<void(const QString&)>;

/// One for the program, to be set before the first thread. Without one the sentence goes to the log of Qt.
void setInternalErrorHandler(InternalErrorHandler handler);

/// Tells the handler "`what` failed: …" of the exception that is being handled. Only in a catch block.
void reportException(const QString& what);

/// Runs `work`. False when it threw: then reportException() was called. Any thread; costs nothing until then.
template <class Work>
bool runGuarded(const QString& what, Work&& work)
{
    try {
        work();
        return true;
    } catch (...) {
        reportException(what);
        return false;
    }
}

} // namespace unfog
