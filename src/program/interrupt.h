#pragma once

#include <stop_token>
#include <thread>

namespace unfog {

/// Turns SIGINT and SIGTERM into a stop request while it lives. Made before any other thread, so that
/// they all inherit the blocked signals; a second signal ends the process at once.
class InterruptStop final {
public:
    InterruptStop();
    ~InterruptStop();
    InterruptStop(const InterruptStop&) = delete;
    InterruptStop& operator=(const InterruptStop&) = delete;

    std::stop_token token() const { return m_stop.get_token(); }

private:
    std::stop_source m_stop;
    std::jthread m_waiter;
};

} // namespace unfog
