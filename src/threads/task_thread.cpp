#include "threads/task_thread.h"

#include <latch>

#include <QThread>

#include "threads/run_guarded.h"

namespace unfog {

TaskThread::TaskThread(const QString& name) : m_thread(QThread::create([this] { loop(); }))
{
    m_thread->setObjectName(name);
    m_thread->start();
}

TaskThread::~TaskThread()
{
    {
        const std::lock_guard lock(m_mutex);
        m_ending = true;
    }
    m_wake.notify_one();
    m_thread->wait();
}

void TaskThread::post(std::function<void()> task)
{
    {
        const std::lock_guard lock(m_mutex);
        m_tasks.push_back(std::move(task));
    }
    m_wake.notify_one();
}

void TaskThread::drain()
{
    const auto ended = std::make_shared<std::latch>(1);
    post([ended] { ended->count_down(); });
    ended->wait();
}

void TaskThread::loop()
{
    std::unique_lock lock(m_mutex);
    while (true) {
        m_wake.wait(lock, [this] { return m_ending || !m_tasks.empty(); });
        if (m_tasks.empty())
            return;
        {
            const auto task = std::move(m_tasks.front());
            m_tasks.pop_front();
            lock.unlock();
            runGuarded(m_thread->objectName(), task);
        } // what the task holds is let go without the lock
        lock.lock();
    }
}

} // namespace unfog
