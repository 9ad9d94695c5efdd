#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace unfog {

/// SHA-256 (FIPS 180-4). Feed with `update` in any pieces, then finish once.
class Sha256 final {
public:
    using Digest = std::array<std::byte, 32>;

    void update(std::span<const std::byte> bytes);
    Digest finish();
    std::string finishHex(); ///< lower case, 64 characters

private:
    void compress(const std::byte* block);

    std::array<std::uint32_t, 8> m_state{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    std::array<std::byte, 64> m_block{};
    std::uint64_t m_byteCount = 0;
};

/// The whole of one piece of memory, lower-case hex.
std::string sha256Hex(std::span<const std::byte> bytes);

} // namespace unfog
