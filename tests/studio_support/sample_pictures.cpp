#include "studio_support/sample_pictures.h"

#include <stdexcept>

#include "base/files/write_file.h"
#include "image_files/metadata/picture_metadata.h"
#include "studio_support/fake_engine.h"

namespace unfog::test {

GenerationRequest sampleRequest(const std::string& prompt, std::uint64_t seed, int steps, int count)
{
    GenerationRequest request;
    request.model.path = "/models/starter";
    request.prompts.positive = prompt;
    request.prompts.negative = "blurry";
    request.sampler.scheduler = "dpmpp-2m";
    request.sampler.steps = steps;
    request.output.seed = seed;
    request.canvas.widthPx = request.canvas.heightPx = 64;
    request.output.count = count;
    return request;
}

void writeSamplePicture(const std::filesystem::path& file, const std::string& prompt, std::uint64_t seed,
                        int widthPx, int heightPx)
{
    GenerationRequest request = sampleRequest(prompt, seed);
    request.canvas.widthPx = widthPx;
    request.canvas.heightPx = heightPx;
    const GeneratedImage image = fakeImage(request);
    const auto bytes = encodePicture(image.pixels, {image.request, image.provenance});
    std::filesystem::create_directories(file.parent_path());
    if (!bytes || !writeFileAtomically(file, *bytes))
        throw std::runtime_error("the sample picture could not be written: " + file.string());
}

} // namespace unfog::test
