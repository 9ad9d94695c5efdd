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

/// Runs `work`. False when it threw: then the handler was told "`what` failed: …". Any thread.
bool runGuarded(const QString& what, const std::function<void()>& work);

} // namespace unfog
