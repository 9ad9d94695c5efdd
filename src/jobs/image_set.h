#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Which images of a request, by their index (image i has the seed of the request plus i).
namespace unfog {

/// A set of small numbers, kept as ranges: "the first 28" is one of them.
class ImageSet final {
public:
    ImageSet() = default;
    /// 0 … count − 1.
    static ImageSet firstOf(int count);

    void insert(int index); ///< ≥ 0; one that is there already changes nothing
    bool contains(int index) const;
    int count() const;
    bool isEmpty() const { return m_ranges.empty(); }
    /// In either set.
    ImageSet united(const ImageSet& other) const;
    /// The smallest index that is not in the set.
    int firstAbsent() const;

    /// "0-27,30"; "" for the empty set.
    std::string text() const;
    /// None unless it is exactly what text() gives for a set of numbers below `limit`.
    static std::optional<ImageSet> parse(std::string_view text, int limit);

    bool operator==(const ImageSet&) const = default;

private:
    std::vector<std::pair<int, int>> m_ranges; ///< first and last, ascending, never touching each other
};

} // namespace unfog
