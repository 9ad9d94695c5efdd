#include "pipeline/run/latent_decoder.h"

#include "pipeline/device/cuda_support.h"
#include "pipeline/run/guarded.h"

namespace unfog {

namespace {

at::Tensor unscaled(const VaeConfig& config, const at::Tensor& latent)
{
    return latent / config.scalingFactor + config.shiftFactor;
}

Result<at::Tensor> decodeOnce(const Autoencoder& autoencoder, const at::Tensor& latent, bool tiled,
                              const std::stop_token& stop)
{
    return guarded("decoding", [&]() -> Result<at::Tensor> {
        const at::Tensor plain = unscaled(autoencoder.config(), latent);
        const at::Tensor image =
            tiled ? autoencoder.decodeTiled(plain, {}, stop) : autoencoder.decode(plain, stop);
        const at::Tensor onCpu = image.to(at::kCPU, at::kFloat);
        if (!at::isfinite(onCpu).all().item<bool>())
            return fail(ErrorKind::NonFinite, "The autoencoder computed NaN or infinity while decoding; "
                                              "the image was not made.");
        return onCpu;
    });
}

} // namespace

Result<DecodedImage> decodeLatent(const LoadedModel& model, const at::Tensor& latent, bool tiled,
                                  const std::stop_token& stop)
{
    DecodedImage decoded;
    Result<at::Tensor> image = decodeOnce(*model.autoencoder, latent, tiled, stop);

    if (!image && image.error().kind == ErrorKind::NonFinite && model.autoencoderTarget.dtype != at::kFloat) {
        auto precise = loadAutoencoder(model.files, {model.target.device, at::kFloat});
        if (!precise)
            return tl::unexpected(precise.error());
        image = decodeOnce(**precise, latent, tiled, stop);
        decoded.notes.push_back("decoded again in float32 after NaN or infinity in " +
                                model.target.precisionText());
    }
    if (!image && image.error().kind == ErrorKind::OutOfMemory && !tiled) {
        cuda::releaseCachedMemory();
        image = decodeOnce(*model.autoencoder, latent, true, stop);
        decoded.notes.push_back("decoded in tiles after running out of memory");
    }
    if (!image && image.error().kind == ErrorKind::OutOfMemory && model.target.device.is_cuda()) {
        cuda::releaseCachedMemory();
        auto onCpu = loadAutoencoder(model.files, {at::kCPU, at::kFloat});
        if (!onCpu)
            return tl::unexpected(onCpu.error());
        image = decodeOnce(**onCpu, latent.to(at::kCPU), true, stop);
        decoded.notes.push_back("decoded in tiles on the CPU after running out of memory on the card");
    }
    if (!image)
        return tl::unexpected(image.error());
    decoded.image = *image;
    return decoded;
}

Result<at::Tensor> encodeToLatent(const LoadedModel& model, const at::Tensor& image,
                                  const std::stop_token& stop)
{
    const VaeConfig& config = model.files.vaeConfig;
    return guarded("encoding the image", [&]() -> Result<at::Tensor> {
        const at::Tensor mean =
            model.autoencoder->encode(image.to(model.autoencoderTarget.device), stop).mean;
        const at::Tensor latent = (mean.to(at::kCPU, at::kFloat) - config.shiftFactor) * config.scalingFactor;
        if (!at::isfinite(latent).all().item<bool>())
            return fail(ErrorKind::NonFinite,
                        "The autoencoder computed NaN or infinity while encoding the image." +
                            model.autoencoderTarget.precisionAdvice());
        return latent;
    });
}

} // namespace unfog
