#include "program/interrupt.h"

#include <csignal>

#include <pthread.h>
#include <unistd.h>

namespace unfog {

namespace {

// Wakes the waiting thread when nothing was interrupted; ignored by default, so harmless to others.
constexpr int kWakeSignal = SIGURG;

sigset_t waitedFor()
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, kWakeSignal);
    return set;
}

} // namespace

InterruptStop::InterruptStop()
{
    const sigset_t set = waitedFor();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    m_waiter = std::jthread([this](const std::stop_token& done) {
        const sigset_t waited = waitedFor();
        bool asked = false;
        while (!done.stop_requested()) {
            int signal = 0;
            if (sigwait(&waited, &signal) != 0 || signal == kWakeSignal)
                continue;
            if (asked)
                _exit(1);
            asked = true;
            m_stop.request_stop();
        }
    });
}

InterruptStop::~InterruptStop()
{
    m_waiter.request_stop();
    pthread_kill(m_waiter.native_handle(), kWakeSignal);
}

} // namespace unfog
