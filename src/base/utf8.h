#pragma once

#include <span>
#include <string>
#include <string_view>

/// The few conversions that texts in picture files need.
namespace unfog {

bool isWellFormedUtf8(std::string_view text);
std::string latin1ToUtf8(std::string_view text);

/// Without byte order mark the order is guessed from which half of the units is zero more often; equal: big
/// endian. Lone surrogates become U+FFFD.
std::string utf16ToUtf8(std::span<const std::byte> bytes);

} // namespace unfog
