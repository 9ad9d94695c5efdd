#include "training_pictures/captions.h"

#include <array>
#include <cassert>
#include <span>

#include "training_pictures/english_nouns.h"

namespace unfog {

namespace {

struct StyleWords {
    std::string_view name;
    std::array<std::string_view, 3> after;  ///< "…, pencil sketch"
    std::array<std::string_view, 3> before; ///< "pencil sketch of …"
};

constexpr std::array<StyleWords, kPictureStyles> kStyles{{
    {"plain",
     {"plain style", "simple picture", "icon"},
     {"a picture of", "an icon of", "a simple picture of"}},
    {"pencil sketch",
     {"pencil sketch", "sketch style", "drawn in pencil"},
     {"pencil sketch of", "a pencil sketch of", "a pencil drawing of"}},
    {"watercolour",
     {"watercolour", "watercolor", "watercolour painting"},
     {"watercolour of", "a watercolour painting of", "a watercolor painting of"}},
    {"pixel art",
     {"pixel art", "pixel art style", "8-bit pixel art"},
     {"pixel art of", "a pixel art picture of", "pixel art of"}},
    {"blueprint",
     {"blueprint", "blueprint style", "technical blueprint"},
     {"blueprint of", "a blueprint of", "a technical blueprint of"}},
    {"night",
     {"night", "at night", "night scene"},
     {"night picture of", "a night scene of", "a night picture of"}},
}};

constexpr float kPlainStyleNamed = 0.12F;

const StyleWords& wordsOf(PictureStyle style)
{
    return kStyles.at(static_cast<std::size_t>(style));
}

const std::string& nameOf(const StarterObject& object, PictureRandom* random)
{
    if (!random || object.names.size() == 1)
        return object.names.front();
    return object.names[static_cast<std::size_t>(random->below(static_cast<int>(object.names.size())))];
}

std::string one(const StarterObject& object, std::string_view size, PictureRandom* random)
{
    std::string words =
        size.empty() ? nameOf(object, random) : std::string(size) + " " + nameOf(object, random);
    return object.isCountable ? std::string(indefiniteArticle(words)) + " " + words : words;
}

std::string subjectOf(const PictureContent& content, const std::vector<StarterObject>& objects,
                      PictureRandom* random)
{
    const StarterObject& object = objects.at(static_cast<std::size_t>(content.object));
    switch (content.arrangement) {
    case Arrangement::Alone:
        return one(object, "", random);
    case Arrangement::Small:
        return one(object, random && random->unit() < 0.3F ? "tiny" : "small", random);
    case Arrangement::Large:
        return one(object, random && random->unit() < 0.3F ? "big" : "large", random);
    case Arrangement::TwoAlike:
        return "two " + pluralOf(nameOf(object, random));
    case Arrangement::TwoDifferent:
        return one(object, "", random) + " and " +
               one(objects.at(static_cast<std::size_t>(content.secondObject)), "", random);
    }
    assert(false);
    return {};
}

} // namespace

const std::vector<BackgroundColour>& backgroundColours()
{
    static const std::vector<BackgroundColour> colours{
        {"white", 246, 246, 246}, {"black", 18, 18, 20},    {"grey", 136, 138, 140},
        {"red", 212, 38, 44},     {"orange", 244, 134, 26}, {"yellow", 250, 216, 50},
        {"green", 48, 158, 72},   {"blue", 42, 92, 214},    {"purple", 128, 58, 176},
        {"pink", 250, 152, 192},  {"brown", 122, 76, 44},   {"turquoise", 44, 200, 194},
    };
    return colours;
}

std::string_view styleName(PictureStyle style)
{
    return wordsOf(style).name;
}

std::string plainCaption(const PictureContent& content, const std::vector<StarterObject>& objects)
{
    std::string caption = subjectOf(content, objects, nullptr);
    if (content.background >= 0) {
        const std::string colour(backgroundColours().at(static_cast<std::size_t>(content.background)).name);
        caption += " on " + std::string(indefiniteArticle(colour)) + " " + colour + " background";
    }
    if (content.style != PictureStyle::Plain)
        caption += ", " + std::string(wordsOf(content.style).after.front());
    return caption;
}

std::string variedCaption(const PictureContent& content, const std::vector<StarterObject>& objects,
                          PictureRandom& random)
{
    const StyleWords& style = wordsOf(content.style);
    const bool isStyleNamed = content.style != PictureStyle::Plain || random.unit() < kPlainStyleNamed;
    const std::string subject = subjectOf(content, objects, &random);
    const bool isStyleFirst = isStyleNamed && random.unit() < 0.4F;
    const auto pick = [&](const std::array<std::string_view, 3>& words) {
        // The first is what most people type: as often as the others together.
        const int choice = random.below(4);
        return std::string(words[static_cast<std::size_t>(choice < 2 ? 0 : choice - 1)]);
    };

    std::string caption = isStyleFirst ? pick(style.before) + " " + subject : subject;
    if (content.background >= 0) {
        const std::string colour(backgroundColours().at(static_cast<std::size_t>(content.background)).name);
        const int wording = random.below(5);
        if (wording <= 2)
            caption += " on " + std::string(indefiniteArticle(colour)) + " " + colour + " background";
        else if (wording == 3)
            caption += " on " + colour;
        else
            caption += ", " + colour + " background";
    }
    if (isStyleNamed && !isStyleFirst)
        caption += ", " + pick(style.after);
    return caption;
}

} // namespace unfog
