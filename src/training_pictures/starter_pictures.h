#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "training_pictures/picture_source.h"

namespace unfog {

/// Which combinations of object, background and style a source draws from. A hash of the three keeps a tenth
/// of all combinations, the same for every seed and size, out of training.
enum class CombinationSplit {
    Training, ///< none that is held out, not even in company
    HeldOut,  ///< one object alone, in combinations that Training never shows
    All,
};

struct StarterPicturesOptions {
    std::uint64_t seed = 0;
    int sizePx = 128; ///< of both sides, 32 … 1024
    CombinationSplit split = CombinationSplit::Training;
    /// Names of the only objects to show, any of those that captions use; empty: all. Labels and what is held
    /// out stay those of the whole list.
    std::vector<std::string> only;
    /// The files of Debian's fonts-noto-color-emoji and unicode-cldr-core.
    std::filesystem::path fontFile = "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf";
    std::filesystem::path namesFile = "/usr/share/unicode/cldr/common/annotations/en.xml";
};

/// An endless source of captioned pictures: emoji on named background colours, alone, small, large or in
/// pairs, in six styles. Picture i of a seed is the same everywhere and always. The plainest wording names
/// everything ("a red apple on a blue background, pencil sketch"); variations 1, 2, … say the same in other
/// words. Switches OpenCV's own threads off for the process, since every caller brings one.
class StarterPictures final : public PictureSource {
public:
    /// Errors: font or names missing or broken, a size out of range, a name in `only` that no object has,
    /// fewer than two objects.
    static Result<std::unique_ptr<StarterPictures>> open(const StarterPicturesOptions& options);
    ~StarterPictures() override;

    std::uint64_t size() const override { return 0; }
    Result<TrainingPicture> picture(std::uint64_t index) const override;
    Result<std::string> caption(std::uint64_t index, std::uint64_t variation) const override;

    std::vector<std::string> objects() const override;
    std::vector<std::string> backgrounds() const override;
    std::vector<std::string> styles() const override;

private:
    struct Parts;
    explicit StarterPictures(std::unique_ptr<const Parts> parts);

    std::unique_ptr<const Parts> m_parts;
};

/// `background` −1: none, as of a blueprint.
bool isHeldOut(int object, int background, int style);

} // namespace unfog
