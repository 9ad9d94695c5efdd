#pragma once

#include <QImage>
#include <QString>

#include "base/result.h"
#include "generation/request/generation_request.h"

/// Pictures that image-to-image starts from, kept by content so that a queued job still has its picture after
/// a restart, wherever it came from (a file, the clipboard, a drop).
namespace unfog {

/// Reentrant: holds nothing but its folder.
class InitImageStore final {
public:
    explicit InitImageStore(QString folder);

    /// Writes the picture as it is into the folder, once per content, and returns it with file and SHA-256 of
    /// its pixels; `pixels` is the picture uncropped.
    Result<InitImage> keep(const QImage& picture, double strength) const;

    /// The request with `pixels` of its own size: read from `file` when they are not there, checked against
    /// `sha256` when that is given, cropped in the middle to the wanted proportions and resized (fitImage).
    /// A request without init image comes back as it is; widthPx and heightPx must be named (not 0) with one.
    static Result<GenerationRequest> prepare(GenerationRequest request);

private:
    const QString m_folder;
};

} // namespace unfog
