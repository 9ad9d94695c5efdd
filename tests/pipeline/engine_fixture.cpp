#include "pipeline/engine_fixture.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "weights/files/tensor_io.h"
#include "weights/single_files.h"

namespace unfog::testing {

namespace fs = std::filesystem;

std::unique_ptr<GenerationEngine> EngineTest::s_engine;

GenerationRequest smallRequest(const fs::path& model)
{
    GenerationRequest request;
    request.model.path = model.string();
    request.prompts.positive = "a red fox in the snow";
    request.prompts.negative = "blurry";
    request.sampler.scheduler = "ddim";
    request.sampler.steps = 2;
    request.guidance.scale = 3.0;
    request.output.seed = 11;
    request.canvas.widthPx = 64;
    request.canvas.heightPx = 64;
    request.model.device = DeviceChoice::Cpu;
    request.model.precision = Precision::Float32;
    return request;
}

std::vector<GeneratedImage> EngineTest::imagesOf(GenerationEngine& engine, const GenerationRequest& request,
                                                 const GenerationObserver& observer)
{
    GenerationOutcome outcome = engine.generate(request, observer, {});
    if (const Error* error = std::get_if<Error>(&outcome))
        ADD_FAILURE() << error->message;
    else if (std::holds_alternative<Cancelled>(outcome))
        ADD_FAILURE() << "cancelled, though nobody asked";
    else
        return std::get<std::vector<GeneratedImage>>(std::move(outcome));
    return {};
}

std::vector<GeneratedImage> EngineTest::imagesOf(const GenerationRequest& request,
                                                 const GenerationObserver& observer)
{
    return imagesOf(engine(), request, observer);
}

GeneratedImage EngineTest::imageOf(const GenerationRequest& request, const GenerationObserver& observer)
{
    std::vector<GeneratedImage> images = imagesOf(request, observer);
    EXPECT_EQ(images.size(), 1u);
    return images.empty() ? GeneratedImage{} : std::move(images.front());
}

Error EngineTest::errorOf(const GenerationRequest& request)
{
    bool anyImage = false;
    GenerationObserver observer;
    observer.onImage = [&](const GeneratedImage&) { anyImage = true; };
    const GenerationOutcome outcome = engine().generate(request, observer, {});
    EXPECT_FALSE(anyImage) << "a run that fails must not hand out a picture";
    if (const Error* error = std::get_if<Error>(&outcome)) {
        EXPECT_EQ(error->message.find('\n'), std::string::npos) << error->message;
        return *error;
    }
    ADD_FAILURE() << "expected an error";
    return {};
}

void expectSamePicture(const GeneratedImage& found, const GeneratedImage& expected)
{
    EXPECT_FALSE(found.pixels.rgb.empty());
    EXPECT_EQ(found.pixels, expected.pixels);
    EXPECT_EQ(found.latent, expected.latent);
    EXPECT_EQ(found.provenance.noiseSha256, expected.provenance.noiseSha256);
    EXPECT_EQ(found.provenance.latentSha256, expected.provenance.latentSha256);
    EXPECT_EQ(found.provenance.pixelSha256, expected.provenance.pixelSha256);
}

int largestPixelDifference(const PixelImage& a, const PixelImage& b)
{
    if (a.widthPx != b.widthPx || a.heightPx != b.heightPx || a.rgb.size() != b.rgb.size())
        return 256;
    int largest = 0;
    for (std::size_t i = 0; i < a.rgb.size(); ++i)
        largest = std::max(largest, std::abs(int(a.rgb[i]) - int(b.rgb[i])));
    return largest;
}

double meanPixelDifference(const PixelImage& a, const PixelImage& b)
{
    if (a.rgb.size() != b.rgb.size() || a.rgb.empty())
        return 256.0;
    double sum = 0.0;
    for (std::size_t i = 0; i < a.rgb.size(); ++i)
        sum += std::abs(int(a.rgb[i]) - int(b.rgb[i]));
    return sum / static_cast<double>(a.rgb.size());
}

std::string weightFileOf(const std::string& component)
{
    return component.starts_with("text") ? "model.safetensors" : "diffusion_pytorch_model.safetensors";
}

void linkModel(const std::string& model, const std::string& component, const fs::path& folder)
{
    fs::create_directories(folder);
    for (const fs::directory_entry& entry : fs::directory_iterator(referenceModel(model))) {
        const fs::path name = entry.path().filename();
        if (name != component)
            fs::create_symlink(entry.path(), folder / name);
        else
            fs::copy(entry.path(), folder / name);
    }
}

void writeWithNan(const std::string& model, const std::string& component, const std::string& tensor,
                  const fs::path& file)
{
    Tensors tensors = componentTensors(model, component);
    at::Tensor damaged = tensors.at(tensor).clone();
    damaged.flatten()[0].fill_(std::numeric_limits<double>::quiet_NaN());
    tensors[tensor] = damaged;
    const auto written = writeTensors(file, tensors);
    ASSERT_TRUE(written) << written.error().message;
}

} // namespace unfog::testing
