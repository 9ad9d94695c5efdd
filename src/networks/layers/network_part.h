#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <utility>

namespace unfog {

/// Whether a network's blocks stay in memory, or are built whenever they are needed and gone afterwards.
enum class Residence { Resident, Streamed };

/// One block of a network under that choice.
template <class Block>
class NetworkPart final {
public:
    /// Builds the block once in any case: so every weight is asked for, and `counter` counts what the block
    /// counts. Built again later, it counts from the same number.
    using Make = std::function<Block(std::size_t& counter)>;
    NetworkPart(Make make, std::size_t& counter, Residence residence)
        : m_make(std::move(make)), m_first(counter)
    {
        Block block = m_make(counter);
        if (residence == Residence::Resident)
            m_resident.emplace(std::move(block));
    }

    /// Calls `use` with the block and returns what it returns.
    template <class Use>
    decltype(auto) with(const Use& use) const
    {
        if (m_resident)
            return use(*m_resident);
        std::size_t counter = m_first;
        const Block block = m_make(counter);
        return use(block);
    }

private:
    Make m_make;
    std::size_t m_first;
    std::optional<Block> m_resident;
};

} // namespace unfog
