#pragma once

#include <cstdint>

namespace unfog {

/// Random numbers that are the same on every system, unlike those of <random>'s distributions: SplitMix64
/// (Steele, Lea and Flood 2014), started from a seed and a place.
class PictureRandom final {
public:
    PictureRandom(std::uint64_t seed, std::uint64_t place, std::uint64_t purpose = 0)
        : m_state(mix(mix(mix(seed) ^ place) + purpose))
    {
    }

    std::uint64_t next() { return mix(m_state += 0x9E3779B97F4A7C15U); }

    /// 0 ≤ value < 1
    float unit() { return static_cast<float>(next() >> 40) * 0x1p-24F; }
    float between(float low, float high) { return low + (high - low) * unit(); }
    /// 0 … count − 1
    int below(int count)
    {
        return static_cast<int>((next() >> 32) * static_cast<std::uint64_t>(count) >> 32);
    }

    static std::uint64_t mix(std::uint64_t value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9U;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EBU;
        return value ^ (value >> 31);
    }

private:
    std::uint64_t m_state;
};

} // namespace unfog
