#include "jobs/preview_mailbox.h"

#include <utility>

namespace unfog {

namespace {

std::chrono::nanoseconds steadyNow()
{
    return std::chrono::steady_clock::now().time_since_epoch();
}

} // namespace

PreviewMailbox::PreviewMailbox(double share, Clock clock)
    : m_share(share), m_clock(clock ? std::move(clock) : Clock(steadyNow))
{
}

void PreviewMailbox::setListener(std::function<void()> listener)
{
    m_listener = std::move(listener);
}

void PreviewMailbox::beginRun(JobId job)
{
    const std::lock_guard lock(m_mutex);
    m_openFor = job;
    m_newest.reset();
    m_runStart.reset();
    m_spent = {};
}

bool PreviewMailbox::offerPicture(int step, bool isFull, bool isLastStep, const std::function<QImage()>& make)
{
    const auto begin = m_clock();
    JobId job = 0;
    {
        const std::lock_guard lock(m_mutex);
        if (m_openFor == 0)
            return false;
        job = m_openFor;
        if (!m_runStart)
            m_runStart = begin;
        const bool affordable =
            m_spent.count() <= m_share * static_cast<double>((begin - *m_runStart).count());
        if (!affordable && !isLastStep)
            return false;
    }
    // Made outside the lock: the screen must be able to take while this one is painted.
    QImage picture = make();
    const auto end = m_clock();
    const std::lock_guard lock(m_mutex);
    if (m_openFor != job)
        return false;
    m_spent += end - begin;
    m_offered = Offered{std::move(picture), step, isFull};
    return true;
}

void PreviewMailbox::put(const RunProgress& progress, StepFramePtr frame)
{
    bool wasEmpty = false;
    {
        const std::lock_guard lock(m_mutex);
        if (m_openFor == 0 || progress.job != m_openFor)
            return;
        wasEmpty = !m_newest.has_value();
        if (wasEmpty)
            m_newest.emplace();
        m_newest->progress = progress;
        m_newest->frame = std::move(frame);
        if (m_offered) {
            m_newest->picture = std::move(m_offered->picture);
            m_newest->pictureStep = m_offered->step;
            m_newest->pictureIsFull = m_offered->isFull;
            m_offered.reset();
        }
    }
    if (wasEmpty && m_listener)
        m_listener();
}

std::optional<RunSnapshot> PreviewMailbox::take()
{
    const std::lock_guard lock(m_mutex);
    return std::exchange(m_newest, std::nullopt);
}

void PreviewMailbox::close()
{
    const std::lock_guard lock(m_mutex);
    m_openFor = 0;
    m_newest.reset();
    m_offered.reset();
}

} // namespace unfog
