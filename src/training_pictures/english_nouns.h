#pragma once

#include <string>
#include <string_view>

/// The little English grammar that captions need.
namespace unfog {

/// "a" or "an", by sound where that differs from spelling: "an hourglass", "a unicorn", "a UFO".
std::string_view indefiniteArticle(std::string_view noun);

/// The plural of a countable name: "foxes", "mice", "glasses of milk", "cups with straw".
std::string pluralOf(std::string_view name);

} // namespace unfog
