#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace unfog {

enum class ImageFormat { Png, Jpeg, Webp, Other };

/// By content: what a file is called does not matter.
ImageFormat formatOf(std::span<const std::byte> bytes);

/// What a file of ImageFormat::Other is, for messages: "a GIF picture", "empty", "of an unknown kind", …
std::string describeOther(std::span<const std::byte> bytes);

} // namespace unfog
