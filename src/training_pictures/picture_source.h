#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

/// What a training run reads: pictures of one size with a caption each, and labels where they are known.
namespace unfog {

struct TrainingPicture {
    int widthPx = 0;
    int heightPx = 0;
    /// Rows from the top, red green blue a pixel: 3 * widthPx * heightPx values of 0 … 255.
    std::vector<std::uint8_t> rgb;
    std::string caption;
    /// Indices into the source's class names; -1: the picture or its caption does not say.
    int object = -1;
    int background = -1;
    int style = -1;
    int secondObject = -1;
};

class PictureSource {
public:
    virtual ~PictureSource() = default;

    /// 0: endless.
    virtual std::uint64_t size() const = 0;

    /// The same picture and caption for the same index, always. May be called from several threads at once.
    virtual Result<TrainingPicture> picture(std::uint64_t index) const = 0;

    /// Another wording for the same picture (variation 0 is the one picture() gives); sources that know one
    /// wording give that. Deterministic, cheap: no picture is made.
    virtual Result<std::string> caption(std::uint64_t index, std::uint64_t variation) const = 0;

    /// Class names behind the labels; empty where a source has none.
    virtual std::vector<std::string> objects() const { return {}; }
    virtual std::vector<std::string> backgrounds() const { return {}; }
    virtual std::vector<std::string> styles() const { return {}; }

protected:
    PictureSource() = default;
    PictureSource(const PictureSource&) = default;
    PictureSource& operator=(const PictureSource&) = default;
};

} // namespace unfog
