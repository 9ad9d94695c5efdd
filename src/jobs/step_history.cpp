#include "jobs/step_history.h"

#include <algorithm>
#include <cassert>

namespace unfog {

namespace {

std::size_t bytesOf(const StepFrame& frame)
{
    return sizeof(StepFrame) +
           (frame.predictedOriginal.values.size() + frame.sample.values.size()) * sizeof(float) +
           (frame.preview ? frame.preview->rgb.size() : 0);
}

} // namespace

StepHistory::StepHistory(std::size_t maxBytes) : m_maxBytes(maxBytes) {}

void StepHistory::setModel(const ModelSummary& model)
{
    const std::lock_guard lock(m_mutex);
    m_model = model;
}

std::optional<ModelSummary> StepHistory::model() const
{
    const std::lock_guard lock(m_mutex);
    return m_model;
}

void StepHistory::append(StepFrame frame)
{
    const std::lock_guard lock(m_mutex);
    if (!m_frames.empty()) {
        const StepFrame& newest = *m_frames.back();
        assert(frame.imageIndex > newest.imageIndex ||
               (frame.imageIndex == newest.imageIndex && frame.step > newest.step));
        // The step before was kept only for being the newest.
        if (frame.imageIndex != newest.imageIndex) {
            m_stride = 1;
        } else if (newest.step % m_stride != 0) {
            m_bytes -= bytesOf(newest);
            m_frames.pop_back();
        }
    }
    m_bytes += bytesOf(frame);
    m_frames.push_back(std::make_shared<const StepFrame>(std::move(frame)));
    shrink();
}

void StepHistory::shrink()
{
    while (m_bytes > m_maxBytes && m_frames.size() > 1) {
        const int oldest = m_frames.front()->imageIndex;
        const int running = m_frames.back()->imageIndex;
        if (oldest == running) {
            thin();
            continue;
        }
        const auto end = std::find_if(m_frames.begin(), m_frames.end(), [oldest](const StepFramePtr& frame) {
            return frame->imageIndex != oldest;
        });
        for (auto it = m_frames.begin(); it != end; ++it)
            m_bytes -= bytesOf(**it);
        m_frames.erase(m_frames.begin(), end);
    }
}

void StepHistory::thin()
{
    m_stride *= 2;
    const StepFramePtr newest = m_frames.back();
    std::erase_if(m_frames, [&](const StepFramePtr& frame) {
        const bool goes = frame != newest && frame->step % m_stride != 0;
        if (goes)
            m_bytes -= bytesOf(*frame);
        return goes;
    });
}

int StepHistory::imageCount() const
{
    const std::lock_guard lock(m_mutex);
    return m_frames.empty() ? 0 : m_frames.back()->imageIndex + 1;
}

std::vector<int> StepHistory::images() const
{
    const std::lock_guard lock(m_mutex);
    std::vector<int> images;
    for (const StepFramePtr& frame : m_frames) {
        if (images.empty() || images.back() != frame->imageIndex)
            images.push_back(frame->imageIndex);
    }
    return images;
}

std::vector<StepFramePtr> StepHistory::frames(int imageIndex) const
{
    const std::lock_guard lock(m_mutex);
    std::vector<StepFramePtr> found;
    for (const StepFramePtr& frame : m_frames) {
        if (frame->imageIndex == imageIndex)
            found.push_back(frame);
    }
    return found;
}

StepFramePtr StepHistory::newest() const
{
    const std::lock_guard lock(m_mutex);
    return m_frames.empty() ? nullptr : m_frames.back();
}

std::size_t StepHistory::bytes() const
{
    const std::lock_guard lock(m_mutex);
    return m_bytes;
}

} // namespace unfog
