#pragma once

#include <algorithm>

#include <ctime>

#include <QAbstractEventDispatcher>
#include <QObject>

namespace unfog::test {

/// How long the GUI thread computes between two looks at its events, in its own processor time: what another
/// program takes from the machine does not count, what the window does itself does.
class EventLoopProbe final : public QObject {
public:
    EventLoopProbe()
    {
        auto* dispatcher = QAbstractEventDispatcher::instance();
        connect(dispatcher, &QAbstractEventDispatcher::awake, this, [this] { m_begin = processorMs(); });
        connect(dispatcher, &QAbstractEventDispatcher::aboutToBlock, this, [this] {
            if (m_begin >= 0.0)
                note(processorMs() - m_begin);
            m_begin = -1.0;
        });
    }

    double longestMs() const { return m_longest; }
    int turns() const { return m_turns; }

private:
    static double processorMs()
    {
        timespec time{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
    }
    void note(double milliseconds)
    {
        ++m_turns;
        m_longest = std::max(m_longest, milliseconds);
    }

    double m_begin = -1.0;
    double m_longest = 0.0;
    int m_turns = 0;
};

} // namespace unfog::test
