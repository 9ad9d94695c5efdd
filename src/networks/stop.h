#pragma once

#include <stop_token>

namespace unfog {

/// Thrown by a network between two of its blocks when its stop token asks; caught in src/pipeline only.
struct Stopped {};

inline void stopIfAsked(const std::stop_token& stop)
{
    if (stop.stop_requested())
        throw Stopped{};
}

} // namespace unfog
