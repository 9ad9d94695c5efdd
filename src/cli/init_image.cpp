#include "cli/init_image.h"

#include <memory>

#include "base/sha256.h"
#include "generation/request/validate.h"
#include "image_files/read_image.h"
#include "pixels/fit_image.h"

namespace unfog::cli {

Result<GenerationRequest> withInitImage(GenerationEngine& engine, GenerationRequest request,
                                        const std::string& file, double strength,
                                        const GenerationObserver& observer, std::stop_token stop)
{
    auto picture = readImage(file);
    if (!picture)
        return tl::unexpected(picture.error());
    InitImage init;
    init.file = file;
    init.strength = strength;
    request.initImage = init;
    if (auto valid = validateRequest(request); !valid)
        return tl::unexpected(valid.error());
    if (request.widthPx == 0 || request.heightPx == 0) {
        auto model = engine.loadModel(request, observer, std::move(stop));
        if (!model)
            return tl::unexpected(model.error());
        request.widthPx = request.widthPx ? request.widthPx : model->nativeWidthPx;
        request.heightPx = request.heightPx ? request.heightPx : model->nativeHeightPx;
    }
    auto fitted = std::make_shared<const PixelImage>(fitImage(*picture, request.widthPx, request.heightPx));
    request.initImage->sha256 = sha256Hex(std::as_bytes(std::span(fitted->rgb)));
    request.initImage->pixels = std::move(fitted);
    return request;
}

} // namespace unfog::cli
