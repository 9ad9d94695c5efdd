#pragma once

#include <stop_token>

namespace unfog {

/// Thrown by a network between two of its blocks, or by a kernel between two of its tasks, when the stop
/// token asks; caught in src/pipeline only.
struct Stopped {};

inline void stopIfAsked(const std::stop_token& stop)
{
    if (stop.stop_requested())
        throw Stopped{};
}

/// While it lives, what this thread computes asks `stop` often: the kernels between their tasks, attention
/// between groups of keys, so that a block of seconds ends within a fraction of one. Scopes nest; the
/// innermost counts. `stop` must outlive it.
class StopScope final {
public:
    explicit StopScope(const std::stop_token* stop);
    ~StopScope();
    StopScope(const StopScope&) = delete;
    StopScope& operator=(const StopScope&) = delete;

    /// Of the innermost scope of this thread; null = nobody can stop it.
    static const std::stop_token* current();
    static bool isStopWanted()
    {
        const std::stop_token* const stop = current();
        return stop && stop->stop_requested();
    }

private:
    const std::stop_token* m_before;
};

} // namespace unfog
