#include <algorithm>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "base/sha256.h"

namespace unfog {
namespace {

std::span<const std::byte> asBytes(std::string_view text)
{
    return std::as_bytes(std::span(text));
}

// NIST's example values for SHA-256 (FIPS 180-4 appendix, CSRC "SHA256.pdf").
TEST(Sha256, givesThePublishedDigests)
{
    EXPECT_EQ(sha256Hex(asBytes("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256Hex(asBytes("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256Hex(asBytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(sha256Hex(asBytes(std::string(1'000'000, 'a'))),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, piecesGiveTheSameAsTheWhole)
{
    std::string text(300, '\0');
    for (std::size_t i = 0; i < text.size(); ++i)
        text[i] = static_cast<char>(i * 7);
    for (std::size_t length : {0u, 1u, 55u, 56u, 57u, 63u, 64u, 65u, 119u, 120u, 128u, 300u}) {
        Sha256 hash;
        for (std::size_t i = 0; i < length; i += 13)
            hash.update(asBytes(std::string_view(text).substr(i, std::min<std::size_t>(13, length - i))));
        EXPECT_EQ(hash.finishHex(), sha256Hex(asBytes(std::string_view(text).substr(0, length)))) << length;
    }
}

} // namespace
} // namespace unfog
