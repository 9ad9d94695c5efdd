#pragma once

#include <optional>

#include <QString>
#include <QStringList>

#include "gallery/gallery_entry.h"
#include "image_files/picture_metadata.h"

/// What a picture says of its making, on its way into the form. Values only: no widget, no file is read.
namespace unfog {

struct PictureParameters {
    GenerationRequest request;
    bool isWhole =
        false;         ///< our own record: every field is said; else only what `taken` names and the prompts
    QString modelName; ///< for people; "" = none said
    QStringList taken; ///< keys of an A1111 text that went into the request
    QStringList ignored; ///< what was found and is not used: one sentence each

    bool hasSeed() const;
};

/// None: the picture does not say how it was made.
std::optional<PictureParameters> parametersOf(const PictureMetadata& metadata);
std::optional<PictureParameters> parametersOf(const GalleryEntry& entry);

/// `form` with every field that the picture names; the others stay. So does the model when the picture's own
/// is not on this machine.
GenerationRequest filledIn(const PictureParameters& parameters, const GenerationRequest& form);

/// "prompt, seed 7, 20 steps": only what was said.
QString takenText(const PictureParameters& parameters);
/// "Not used: …" with the first of them; "" when everything was used.
QString notUsedText(const PictureParameters& parameters);
/// One sentence when the form's model stays because the picture's is not here; "" otherwise.
QString missingModelText(const PictureParameters& parameters);

} // namespace unfog
