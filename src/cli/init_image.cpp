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
        return failFor(picture, ErrorCause::InputImage, file);
    InitImage init;
    init.file = file;
    init.strength = strength;
    request.images.start = init;
    if (auto valid = validateRequest(request); !valid)
        return tl::unexpected(valid.error());
    if (request.canvas.widthPx == 0 || request.canvas.heightPx == 0) {
        auto model = engine.loadModel(request, observer, std::move(stop));
        if (!model)
            return tl::unexpected(model.error());
        request.canvas.widthPx = request.canvas.widthPx ? request.canvas.widthPx : model->nativeWidthPx;
        request.canvas.heightPx = request.canvas.heightPx ? request.canvas.heightPx : model->nativeHeightPx;
    }
    auto fitted = std::make_shared<const PixelImage>(
        fitImage(*picture, request.canvas.widthPx, request.canvas.heightPx));
    request.images.start->sha256 = sha256Hex(std::as_bytes(std::span(fitted->rgb)));
    request.images.start->pixels = std::move(fitted);
    return request;
}

} // namespace unfog::cli
