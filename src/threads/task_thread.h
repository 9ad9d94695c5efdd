#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include <QString>

class QThread;

/// One thread that does what it is given, in order.
namespace unfog {

/// post() from any thread. A task that throws ends there, and runGuarded() tells of it. The destructor lets
/// every posted task end; give long ones a stop token.
class TaskThread final {
public:
    explicit TaskThread(const QString& name);
    ~TaskThread();
    TaskThread(const TaskThread&) = delete;
    TaskThread& operator=(const TaskThread&) = delete;

    void post(std::function<void()> task);
    /// Returns when every task posted before has ended. Not from a task.
    void drain();

private:
    void loop();

    std::mutex m_mutex;
    std::condition_variable m_wake;
    std::deque<std::function<void()>> m_tasks;
    bool m_ending = false;
    std::unique_ptr<QThread> m_thread;
};

} // namespace unfog
