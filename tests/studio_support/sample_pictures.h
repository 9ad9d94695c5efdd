#pragma once

#include <filesystem>
#include <string>

#include "generation/request/generation_request.h"

/// Requests and picture files for tests.
namespace unfog::test {

GenerationRequest sampleRequest(const std::string& prompt, std::uint64_t seed = 1, int steps = 4,
                                int count = 1);

/// A picture as the studio writes it: painted by the fake engine, both texts in it.
void writeSamplePicture(const std::filesystem::path& file, const std::string& prompt, std::uint64_t seed = 1,
                        int widthPx = 32, int heightPx = 32);

} // namespace unfog::test
