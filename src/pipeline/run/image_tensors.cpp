#include "pipeline/run/image_tensors.h"

#include <cassert>
#include <cstring>

#include "base/sha256.h"

namespace unfog {

namespace {

at::Tensor asPlainFloat(const at::Tensor& tensor)
{
    return tensor.detach().to(at::kCPU, at::kFloat).contiguous();
}

} // namespace

PixelImage toPixels(const at::Tensor& image)
{
    assert(image.dim() == 4 && image.size(0) == 1 && image.size(1) == 3);
    const at::Tensor bytes = (image.detach().to(at::kCPU, at::kFloat) / 2 + 0.5)
                                 .clamp(0.0, 1.0)
                                 .mul(255.0)
                                 .round()
                                 .to(at::kByte)
                                 .squeeze(0)
                                 .permute({1, 2, 0})
                                 .contiguous();
    PixelImage pixels{static_cast<int>(image.size(3)), static_cast<int>(image.size(2)), {}};
    const auto* first = bytes.data_ptr<std::uint8_t>();
    pixels.rgb.assign(first, first + bytes.numel());
    return pixels;
}

at::Tensor fromPixels(const PixelImage& image)
{
    at::Tensor bytes = at::empty({image.heightPx, image.widthPx, 3}, at::kByte);
    std::memcpy(bytes.data_ptr<std::uint8_t>(), image.rgb.data(), image.rgb.size());
    return bytes.permute({2, 0, 1}).unsqueeze(0).to(at::kFloat).div(255.0).mul(2.0).sub(1.0);
}

LatentImage toLatentImage(const at::Tensor& latent)
{
    const at::Tensor plain = asPlainFloat(latent.dim() == 4 ? latent.squeeze(0) : latent);
    LatentImage values{static_cast<int>(plain.size(0)),
                       static_cast<int>(plain.size(1)),
                       static_cast<int>(plain.size(2)),
                       {}};
    const float* first = plain.data_ptr<float>();
    values.values.assign(first, first + plain.numel());
    return values;
}

at::Tensor fromLatentImage(const LatentImage& latent)
{
    at::Tensor tensor = at::empty({1, latent.channels, latent.height, latent.width}, at::kFloat);
    assert(static_cast<std::size_t>(tensor.numel()) == latent.values.size());
    std::memcpy(tensor.data_ptr<float>(), latent.values.data(), latent.values.size() * sizeof(float));
    return tensor;
}

std::string sha256OfTensor(const at::Tensor& tensor)
{
    const at::Tensor plain = asPlainFloat(tensor);
    return sha256Hex({reinterpret_cast<const std::byte*>(plain.data_ptr<float>()),
                      static_cast<std::size_t>(plain.numel()) * sizeof(float)});
}

std::string sha256OfPixels(const PixelImage& image)
{
    return sha256Hex(std::as_bytes(std::span(image.rgb)));
}

} // namespace unfog
