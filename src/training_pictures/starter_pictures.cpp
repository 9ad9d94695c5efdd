#include "training_pictures/starter_pictures.h"

#include <algorithm>
#include <array>
#include <numeric>

#include <opencv2/core.hpp>

#include "training_pictures/captions.h"
#include "training_pictures/glyph_font.h"
#include "training_pictures/picture_layers.h"
#include "training_pictures/starter_objects.h"

namespace unfog {

namespace {

/// What a picture's random numbers are for: captions must not depend on what is painted.
enum Purpose : std::uint64_t { ForContent = 1, ForPaint = 2, ForCaption = 16 };

/// How often each style is drawn, of 100.
constexpr std::array<int, kPictureStyles> kStyleShares{40, 13, 13, 12, 9, 13};

PictureStyle drawStyle(PictureRandom& random)
{
    int place = random.below(100);
    int style = 0;
    while (place >= kStyleShares[static_cast<std::size_t>(style)])
        place -= kStyleShares[static_cast<std::size_t>(style++)];
    return static_cast<PictureStyle>(style);
}

Arrangement drawArrangement(PictureRandom& random)
{
    const float place = random.unit();
    if (place < 0.70F)
        return Arrangement::Alone;
    if (place < 0.775F)
        return Arrangement::Small;
    if (place < 0.85F)
        return Arrangement::Large;
    return place < 0.92F ? Arrangement::TwoAlike : Arrangement::TwoDifferent;
}

/// `shown`: the objects to draw from.
PictureContent drawContent(const std::vector<StarterObject>& objects, const std::vector<int>& shown,
                           CombinationSplit split, PictureRandom& random)
{
    const int objectCount = static_cast<int>(shown.size());
    const int place = random.below(objectCount);
    PictureContent content;
    content.object = shown[static_cast<std::size_t>(place)];
    content.style = drawStyle(random);
    content.background = random.below(static_cast<int>(backgroundColours().size()));
    if (content.style == PictureStyle::Blueprint)
        content.background = -1;
    if (split != CombinationSplit::HeldOut)
        content.arrangement = drawArrangement(random);
    if (content.arrangement == Arrangement::TwoAlike &&
        !objects[static_cast<std::size_t>(content.object)].isCountable)
        content.arrangement = Arrangement::Alone;
    if (content.arrangement == Arrangement::TwoDifferent)
        content.secondObject =
            shown[static_cast<std::size_t>((place + 1 + random.below(objectCount - 1)) % objectCount)];
    return content;
}

bool belongsTo(CombinationSplit split, const PictureContent& content)
{
    const int style = static_cast<int>(content.style);
    const bool first = isHeldOut(content.object, content.background, style);
    const bool second =
        content.secondObject >= 0 && isHeldOut(content.secondObject, content.background, style);
    switch (split) {
    case CombinationSplit::Training:
        return !first && !second;
    case CombinationSplit::HeldOut:
        return first;
    case CombinationSplit::All:
        return true;
    }
    return true;
}

Result<std::vector<int>> shownObjects(const std::vector<StarterObject>& objects,
                                      const std::vector<std::string>& only)
{
    std::vector<int> shown(objects.size());
    std::iota(shown.begin(), shown.end(), 0);
    if (only.empty())
        return shown;
    shown.clear();
    for (const std::string& name : only) {
        const auto found = std::find_if(objects.begin(), objects.end(), [&](const StarterObject& object) {
            return std::find(object.names.begin(), object.names.end(), name) != object.names.end();
        });
        if (found == objects.end())
            return fail(ErrorKind::InvalidRequest,
                        "No starter image shows \"" + name + "\"; expected a name that captions use.");
        shown.push_back(static_cast<int>(found - objects.begin()));
    }
    std::sort(shown.begin(), shown.end());
    shown.erase(std::unique(shown.begin(), shown.end()), shown.end());
    if (shown.size() < 2)
        return fail(ErrorKind::InvalidRequest,
                    "Starter images need at least two objects to show, found one.");
    return shown;
}

} // namespace

bool isHeldOut(int object, int background, int style)
{
    const auto place =
        (static_cast<std::uint64_t>(object) * 64 + static_cast<std::uint64_t>(background) + 1) * 64 +
        static_cast<std::uint64_t>(style);
    return PictureRandom::mix(PictureRandom::mix(place + 1)) % 10 == 0;
}

struct StarterPictures::Parts {
    StarterPicturesOptions options;
    std::vector<StarterObject> objects;
    std::vector<int> shown;
    std::vector<GlyphBitmap> glyphs;

    PictureContent contentOf(std::uint64_t index) const
    {
        PictureRandom random(options.seed, index, ForContent);
        PictureContent content;
        do
            content = drawContent(objects, shown, options.split, random);
        while (!belongsTo(options.split, content));
        return content;
    }
};

StarterPictures::StarterPictures(std::unique_ptr<const Parts> parts) : m_parts(std::move(parts)) {}
StarterPictures::~StarterPictures() = default;

Result<std::unique_ptr<StarterPictures>> StarterPictures::open(const StarterPicturesOptions& options)
{
    if (options.sizePx < 32 || options.sizePx > 1024) {
        return fail(ErrorKind::InvalidRequest,
                    "Starter images can be 32 to 1024 pixels wide, not " + std::to_string(options.sizePx));
    }
    const auto names = readGlyphNames(options.namesFile);
    if (!names)
        return tl::unexpected(names.error());
    auto objects = starterObjects(*names);
    if (!objects)
        return tl::unexpected(objects.error());
    auto shown = shownObjects(*objects, options.only);
    if (!shown)
        return tl::unexpected(shown.error());
    const std::vector<char32_t> codePoints = starterCodePoints();
    auto glyphs = readGlyphs(options.fontFile, codePoints);
    if (!glyphs)
        return tl::unexpected(glyphs.error());

    auto parts = std::make_unique<Parts>();
    parts->options = options;
    parts->objects = std::move(*objects);
    parts->shown = std::move(*shown);
    for (const char32_t codePoint : codePoints)
        parts->glyphs.push_back(std::move(glyphs->at(codePoint)));
    cv::setNumThreads(1);
    return std::unique_ptr<StarterPictures>(new StarterPictures(std::move(parts)));
}

Result<TrainingPicture> StarterPictures::picture(std::uint64_t index) const
{
    const PictureContent content = m_parts->contentOf(index);
    const auto glyphOf = [&](int object) { return &m_parts->glyphs.at(static_cast<std::size_t>(object)); };
    PictureRandom random(m_parts->options.seed, index, ForPaint);

    cv::Vec3f background(0.0F, 0.0F, 0.0F);
    if (content.background >= 0) {
        const BackgroundColour& colour = backgroundColours()[static_cast<std::size_t>(content.background)];
        const std::array<std::uint8_t, 3> values{colour.red, colour.green, colour.blue};
        for (int c = 0; c < 3; ++c)
            background[c] =
                (static_cast<float>(values[static_cast<std::size_t>(c)]) + random.between(-5.0F, 5.0F)) /
                255.0F;
    }
    const PictureLayers layers = layObjects(
        content, *glyphOf(content.object),
        content.secondObject >= 0 ? glyphOf(content.secondObject) : nullptr, m_parts->options.sizePx, random);
    const cv::Mat pixels = paintInStyle(content.style, layers, background, random);
    CV_Assert(pixels.isContinuous());

    TrainingPicture picture;
    picture.widthPx = pixels.cols;
    picture.heightPx = pixels.rows;
    picture.rgb.assign(pixels.datastart, pixels.dataend);
    picture.caption = plainCaption(content, m_parts->objects);
    picture.object = content.object;
    picture.secondObject = content.secondObject;
    picture.background = content.background;
    picture.style = static_cast<int>(content.style);
    return picture;
}

Result<std::string> StarterPictures::caption(std::uint64_t index, std::uint64_t variation) const
{
    const PictureContent content = m_parts->contentOf(index);
    if (variation == 0)
        return plainCaption(content, m_parts->objects);
    PictureRandom random(m_parts->options.seed, index, ForCaption + variation);
    return variedCaption(content, m_parts->objects, random);
}

std::vector<std::string> StarterPictures::objects() const
{
    std::vector<std::string> names;
    for (const StarterObject& object : m_parts->objects)
        names.push_back(object.shortName);
    return names;
}

std::vector<std::string> StarterPictures::backgrounds() const
{
    std::vector<std::string> names;
    for (const BackgroundColour& colour : backgroundColours())
        names.emplace_back(colour.name);
    return names;
}

std::vector<std::string> StarterPictures::styles() const
{
    std::vector<std::string> names;
    names.reserve(kPictureStyles);
    for (int style = 0; style < kPictureStyles; ++style)
        names.emplace_back(styleName(static_cast<PictureStyle>(style)));
    return names;
}

} // namespace unfog
