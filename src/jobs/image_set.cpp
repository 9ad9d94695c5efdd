#include "jobs/image_set.h"

#include <algorithm>
#include <charconv>

namespace unfog {

ImageSet ImageSet::firstOf(int count)
{
    ImageSet set;
    if (count > 0)
        set.m_ranges.emplace_back(0, count - 1);
    return set;
}

void ImageSet::insert(int index)
{
    if (index < 0 || contains(index))
        return;
    auto next = std::find_if(m_ranges.begin(), m_ranges.end(),
                             [index](const auto& range) { return range.first > index; });
    const bool joinsNext = next != m_ranges.end() && next->first == index + 1;
    const bool joinsPrevious = next != m_ranges.begin() && std::prev(next)->second == index - 1;
    if (joinsPrevious && joinsNext) {
        std::prev(next)->second = next->second;
        m_ranges.erase(next);
    } else if (joinsPrevious) {
        std::prev(next)->second = index;
    } else if (joinsNext) {
        next->first = index;
    } else {
        m_ranges.emplace(next, index, index);
    }
}

bool ImageSet::contains(int index) const
{
    return std::any_of(m_ranges.begin(), m_ranges.end(),
                       [index](const auto& range) { return range.first <= index && index <= range.second; });
}

int ImageSet::count() const
{
    int count = 0;
    for (const auto& [first, last] : m_ranges)
        count += last - first + 1;
    return count;
}

ImageSet ImageSet::united(const ImageSet& other) const
{
    ImageSet both = *this;
    for (const auto& [first, last] : other.m_ranges) {
        for (int index = first; index <= last; ++index)
            both.insert(index);
    }
    return both;
}

int ImageSet::firstAbsent() const
{
    return m_ranges.empty() || m_ranges.front().first > 0 ? 0 : m_ranges.front().second + 1;
}

std::string ImageSet::text() const
{
    std::string text;
    for (const auto& [first, last] : m_ranges) {
        text += (text.empty() ? "" : ",") + std::to_string(first);
        if (last > first)
            text += '-' + std::to_string(last);
    }
    return text;
}

std::optional<ImageSet> ImageSet::parse(std::string_view text, int limit)
{
    ImageSet set;
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at != end) {
        int first = 0;
        auto read = std::from_chars(at, end, first);
        int last = first;
        if (read.ec == std::errc() && read.ptr != end && *read.ptr == '-')
            read = std::from_chars(read.ptr + 1, end, last);
        if (read.ec != std::errc() || first < 0 || last < first || last >= limit)
            return std::nullopt;
        set.m_ranges.emplace_back(first, last);
        at = read.ptr;
        if (at != end && *at++ != ',')
            return std::nullopt;
    }
    // Anything but the one way of writing it was not written here: overlaps, gaps of none, leading zeros.
    for (std::size_t i = 1; i < set.m_ranges.size(); ++i) {
        if (set.m_ranges[i].first <= set.m_ranges[i - 1].second + 1)
            return std::nullopt;
    }
    return set.text() == text ? std::optional<ImageSet>(std::move(set)) : std::nullopt;
}

} // namespace unfog
