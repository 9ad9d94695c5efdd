#include "training_pictures/english_nouns.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace unfog {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 15> kIrregular{{
    {"mouse", "mice"},
    {"sheep", "sheep"},
    {"wolf", "wolves"},
    {"die", "dice"},
    {"tooth", "teeth"},
    {"fish", "fish"},
    {"blowfish", "blowfish"},
    {"leaf", "leaves"},
    {"loaf", "loaves"},
    {"scarf", "scarves"},
    {"shrimp", "shrimp"},
    {"squid", "squid"},
    {"axe", "axes"},
    {"aircraft", "aircraft"},
    {"octopus", "octopuses"},
}};

bool isVowel(char letter)
{
    return std::string_view("aeiou").find(letter) != std::string_view::npos;
}

bool isConsonantThenY(std::string_view word)
{
    return word.size() > 1 && word.back() == 'y' && !isVowel(word[word.size() - 2]);
}

std::string pluralOfWord(std::string_view word)
{
    for (const auto& [one, many] : kIrregular) {
        if (word == one)
            return std::string(many);
    }
    if (isConsonantThenY(word))
        return std::string(word.substr(0, word.size() - 1)) + "ies";
    for (const std::string_view ending : {"s", "x", "ch", "sh", "ss"}) {
        if (word.ends_with(ending))
            return std::string(word) + "es";
    }
    for (const std::string_view whole : {"tomato", "potato", "mango", "volcano", "tornado"}) {
        if (word == whole)
            return std::string(word) + "es";
    }
    return std::string(word) + "s";
}

} // namespace

std::string_view indefiniteArticle(std::string_view noun)
{
    std::string start(noun.substr(0, 4));
    std::transform(start.begin(), start.end(), start.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    if (start.starts_with("uni") || start.starts_with("ufo") || start.starts_with("ukul") ||
        start.starts_with("ewe"))
        return "a";
    if (start == "hour")
        return "an";
    return !start.empty() && isVowel(start.front()) ? "an" : "a";
}

std::string pluralOf(std::string_view name)
{
    std::size_t end = name.size();
    for (const std::string_view link : {" of ", " with ", " on ", " and "})
        end = std::min(end, name.find(link));
    const std::string_view head = name.substr(0, end);
    const std::size_t space = head.rfind(' ');
    const std::size_t word = space == std::string_view::npos ? 0 : space + 1;
    return std::string(head.substr(0, word)) + pluralOfWord(head.substr(word)) +
           std::string(name.substr(end));
}

} // namespace unfog
