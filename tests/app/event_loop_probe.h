#pragma once

#include <ctime>
#include <string>

#include <QApplication>

namespace unfog::test {

/// Measures how long the GUI thread computes for one event, in its own processor time: what another program
/// takes from the machine does not count, what the window does itself does.
class MeasuringApplication final : public QApplication {
public:
    using QApplication::QApplication;

    bool notify(QObject* receiver, QEvent* event) override
    {
        const bool isOutermost = m_depth == 0;
        const double begin = isOutermost ? processorMs() : 0.0;
        ++m_depth;
        const int type = event->type(); // the receiver may be gone afterwards
        const char* name = receiver->metaObject()->className();
        const bool result = QApplication::notify(receiver, event);
        --m_depth;
        if (isOutermost) {
            ++m_events;
            const double took = processorMs() - begin;
            if (took > m_longest) {
                m_longest = took;
                m_longestName = std::string(name) + ", event " + std::to_string(type);
            }
        }
        return result;
    }

    void beginMeasuring()
    {
        m_longest = 0.0;
        m_events = 0;
    }
    double longestMs() const { return m_longest; }
    const std::string& longestName() const { return m_longestName; } ///< its receiver and QEvent::Type
    int events() const { return m_events; }

private:
    static double processorMs()
    {
        timespec time{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
    }

    int m_depth = 0;
    int m_events = 0;
    double m_longest = 0.0;
    std::string m_longestName;
};

} // namespace unfog::test
