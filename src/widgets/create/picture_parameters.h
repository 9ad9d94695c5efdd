#pragma once

#include <optional>

#include <QString>
#include <QStringList>

#include "gallery/gallery_entry.h"
#include "generation/interchange/imported_parameters.h"
#include "image_files/metadata/picture_metadata.h"

/// What an image or a text says of its making, on its way into the form. Values only: no widget. The only
/// files that are looked at are the model and the start image, whether they are here (known_files.h).
namespace unfog {

struct PictureParameters {
    ImportedParameters imported; ///< `values` are empty for a record of our own until something does not fit
    bool isWhole = false;        ///< our own record: every field is said
    QString modelName;           ///< for people; "" = none said
    QStringList notes;           ///< what was found and could not be read: one sentence each

    bool hasSeed() const { return isWhole || imported.hasSeed; }
    int count(ImportOutcome outcome) const;
};

/// None: the image does not say how it was made.
std::optional<PictureParameters> parametersOf(const PictureMetadata& metadata);
std::optional<PictureParameters> parametersOf(const GalleryEntry& entry);
/// Of a text that somebody pastes. None: there is not a single setting in it.
std::optional<PictureParameters> parametersOf(const QString& text);

/// The request that `parameters` describe. What they say nothing of has the defaults of a new request; a
/// model that is not on this machine, and what another program does not know (device, precision, tokenizer,
/// tiled decoding), stay as they are in `form`.
GenerationRequest filledIn(const PictureParameters& parameters, const GenerationRequest& form);

/// "prompt, seed 7, 20 steps": only what was said.
QString takenText(const PictureParameters& parameters);
/// "2 settings were approximated and 5 ignored."; "" when everything was applied.
QString deviationText(const PictureParameters& parameters);
/// One sentence when the form's model stays because the image's is not here, or its tokenizer is not; ""
/// otherwise.
QString missingModelText(const PictureParameters& parameters);

} // namespace unfog
