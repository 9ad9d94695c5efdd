#pragma once

#include <optional>

#include <QDateTime>
#include <QList>
#include <QMetaType>
#include <QString>

#include "generation/engine/generation_engine.h"

/// One picture of the gallery, as the index knows it.
namespace unfog {

using PictureId = qint64;

/// What a list needs. Everything but the id is made from the file (and its rating sidecar) alone.
struct GalleryEntry {
    PictureId id = 0;
    QString file;      ///< absolute
    QDateTime created; ///< UTC; from the picture's record, else the file's time
    int widthPx = 0;
    int heightPx = 0;
    int stars = 0;        ///< 0 … 5
    bool missing = false; ///< the file was not there at the last look
    QString contentHash;  ///< SHA-256 hex: of the pixels as the record says, else of the file's bytes
    QString prompt;
    QString negativePrompt;
    QString model; ///< its name, without folder
    QString scheduler;
    quint64 seed = 0;
    int steps = 0;
    double guidanceScale = 0.0;
    QString parameters; ///< the A1111 text; "" = the picture has none
    QString recordJson; ///< our JSON as embedded; "" = not a picture of ours

    bool operator==(const GalleryEntry&) const = default;
};

/// The whole of what a picture says about itself.
struct GalleryDetails {
    GalleryEntry entry;
    std::optional<GenerationRequest> request; ///< from our JSON, else from the A1111 text
    std::optional<Provenance> provenance;     ///< only from our JSON
};

struct GalleryFilter {
    QString
        text; ///< words that must all occur in prompt or parameters, any case; "two words" in quotes as one
    int minStars = 0;

    bool isEmpty() const { return text.trimmed().isEmpty() && minStars == 0; }
    bool operator==(const GalleryFilter&) const = default;
};

} // namespace unfog

Q_DECLARE_METATYPE(unfog::GalleryEntry)
