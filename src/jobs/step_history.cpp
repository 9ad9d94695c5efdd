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
    if (!m_tracks.contains(frame.imageIndex)) {
        for (auto& [image, track] : m_tracks)
            track.isOld |= track.isFinished();
    }
    Track& track = m_tracks[frame.imageIndex];
    if (!track.frames.empty()) {
        const StepFrame& newest = *track.frames.back();
        assert(frame.step > newest.step);
        // The step before was kept only for being the newest.
        if (newest.step % track.stride != 0) {
            m_bytes -= bytesOf(newest);
            track.bytes -= bytesOf(newest);
            track.frames.pop_back();
        }
    }
    const std::size_t bytes = bytesOf(frame);
    m_bytes += bytes;
    track.bytes += bytes;
    track.frames.push_back(std::make_shared<const StepFrame>(std::move(frame)));
    m_newest = track.frames.back();
    shrink();
}

void StepHistory::shrink()
{
    while (m_bytes > m_maxBytes) {
        const auto old = std::ranges::find_if(m_tracks, [](const auto& entry) { return entry.second.isOld; });
        if (old != m_tracks.end()) {
            m_bytes -= old->second.bytes;
            m_tracks.erase(old);
            continue;
        }
        const auto largest = std::ranges::max_element(
            m_tracks, {}, [](const auto& entry) { return entry.second.frames.size(); });
        if (largest->second.frames.size() < 2)
            return;
        thin(largest->second);
    }
}

void StepHistory::thin(Track& track)
{
    track.stride *= 2;
    const StepFramePtr newest = track.frames.back();
    std::erase_if(track.frames, [&](const StepFramePtr& frame) {
        const bool goes = frame != newest && frame->step % track.stride != 0;
        if (goes) {
            m_bytes -= bytesOf(*frame);
            track.bytes -= bytesOf(*frame);
        }
        return goes;
    });
}

int StepHistory::imageCount() const
{
    const std::lock_guard lock(m_mutex);
    return m_tracks.empty() ? 0 : m_tracks.rbegin()->first + 1;
}

std::vector<int> StepHistory::images() const
{
    const std::lock_guard lock(m_mutex);
    std::vector<int> images;
    for (const auto& [image, track] : m_tracks)
        images.push_back(image);
    return images;
}

std::vector<StepFramePtr> StepHistory::frames(int imageIndex) const
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_tracks.find(imageIndex);
    return found == m_tracks.end() ? std::vector<StepFramePtr>{} : found->second.frames;
}

StepFramePtr StepHistory::newest() const
{
    const std::lock_guard lock(m_mutex);
    return m_newest;
}

std::size_t StepHistory::bytes() const
{
    const std::lock_guard lock(m_mutex);
    return m_bytes;
}

} // namespace unfog
