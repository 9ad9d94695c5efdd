// The shipped model draws what it was asked for with everything that it is offered with.
// UNFOG_SHEET=FILE.ppm writes the images side by side, a row per scheduler, a column per spacing.

#include <array>
#include <cstdlib>
#include <fstream>
#include <map>

#include "diffusion/catalogue/scheduler_registry.h"
#include "pipeline/engine_fixture.h"
#include "pipeline/run/sampler_catalog.h"

namespace unfog::testing {
namespace {

using Colour = std::array<double, 3>;

Colour meanOf(const PixelImage& image, int left, int top, int side)
{
    Colour sum = {};
    for (int y = top; y < top + side; ++y)
        for (int x = left; x < left + side; ++x)
            for (int channel = 0; channel < 3; ++channel)
                sum[channel] += image.rgb[(y * image.widthPx + x) * 3 + channel];
    for (double& value : sum)
        value /= side * side;
    return sum;
}

std::string text(const Colour& colour)
{
    std::string list;
    for (double value : colour)
        list += (list.empty() ? "" : ", ") + std::to_string(static_cast<int>(value));
    return "(" + list + ")";
}

class StarterWithEveryScheduler : public EngineTest {
protected:
    static GenerationRequest appleRequest()
    {
        GenerationRequest request;
        request.model.path = UNFOG_SOURCE_DIR "/models/starter";
        request.prompts.positive = "a red apple on a blue background";
        request.guidance.scale = 4.0;
        request.output.seed = 1;
        request.sampler.steps = 30;
        request.model.device = DeviceChoice::Cpu;
        return request;
    }

    static void expectRedOnBlue(const PixelImage& image)
    {
        ASSERT_EQ(image.widthPx, 128);
        ASSERT_EQ(image.heightPx, 128);
        const Colour middle = meanOf(image, 48, 52, 32);
        EXPECT_TRUE(middle[0] > 140 && middle[0] > middle[1] + 60 && middle[0] > middle[2] + 60)
            << "middle " << text(middle);
        for (const auto& [left, top] :
             {std::pair(4, 4), std::pair(112, 4), std::pair(4, 112), std::pair(112, 112)}) {
            const Colour corner = meanOf(image, left, top, 12);
            EXPECT_TRUE(corner[2] > 140 && corner[2] > corner[0] + 60 && corner[2] > corner[1] + 30)
                << "corner at " << left << ", " << top << ": " << text(corner);
        }
    }
};

/// Images in a grid, written as one PPM file.
class Sheet final {
public:
    void add(int row, int column, PixelImage image)
    {
        m_rows = std::max(m_rows, row + 1);
        m_columns = std::max(m_columns, column + 1);
        m_images[{row, column}] = std::move(image);
    }

    void write(const char* file) const
    {
        constexpr int kSide = 128;
        const int width = m_columns * kSide;
        std::vector<unsigned char> rgb(static_cast<std::size_t>(width) * m_rows * kSide * 3, 128);
        for (const auto& [place, image] : m_images)
            for (int y = 0; y < kSide; ++y)
                std::copy_n(image.rgb.begin() + y * kSide * 3, kSide * 3,
                            rgb.begin() + ((place.first * kSide + y) * width + place.second * kSide) * 3);
        std::ofstream out(file, std::ios::binary);
        out << "P6\n" << width << " " << m_rows * kSide << "\n255\n";
        out.write(reinterpret_cast<const char*>(rgb.data()), static_cast<std::streamsize>(rgb.size()));
    }

private:
    std::map<std::pair<int, int>, PixelImage> m_images;
    int m_rows = 0;
    int m_columns = 0;
};

TEST_F(StarterWithEveryScheduler, DrawsTheAppleInThirtySteps)
{
    const auto limits = samplerLimits(appleRequest().model.path);
    ASSERT_TRUE(limits) << limits.error().message;
    const SamplerCatalog catalog = samplerCatalog();
    Sheet sheet;
    int row = 0;
    int tried = 0;
    for (const SchedulerChoice& choice : catalog.schedulers) {
        if (limits->reasonAgainstScheduler(choice.scheduler.name))
            continue;
        std::vector<std::string> spacings = choice.spacings;
        spacings.insert(spacings.begin(), "");
        int column = 0;
        for (const std::string& spacing : spacings) {
            if (limits->reasonAgainst(choice.scheduler.name, spacing))
                continue;
            SCOPED_TRACE(choice.scheduler.name + " × " + (spacing.empty() ? "own spacing" : spacing));
            GenerationRequest request = appleRequest();
            request.sampler.scheduler = choice.scheduler.name;
            request.sampler.spacing = spacing;
            GeneratedImage image = imageOf(request);
            expectRedOnBlue(image.pixels);
            sheet.add(row, column++, std::move(image.pixels));
            ++tried;
        }
        ++row;
    }
    EXPECT_GE(tried, 100);
    if (const char* file = std::getenv("UNFOG_SHEET"))
        sheet.write(file);
}

TEST_F(StarterWithEveryScheduler, StatesTheCeilingThatItChose)
{
    GenerationRequest request = appleRequest();
    request.sampler.steps = 2;
    EXPECT_EQ(imageOf(request).request.sampler.sigmaMax, std::nullopt);
    request.sampler.spacing = "karras";
    EXPECT_EQ(imageOf(request).request.sampler.sigmaMax, 80.0);
    request.sampler.spacing = "beta";
    EXPECT_EQ(imageOf(request).request.sampler.sigmaMax, 15.0);
    request.sampler.spacing = "karras";
    request.sampler.sigmaMax = 0.0;
    EXPECT_EQ(imageOf(request).request.sampler.sigmaMax, 0.0);
}

TEST_F(StarterWithEveryScheduler, RefusesFlowMatchingWithAReason)
{
    const auto limits = samplerLimits(appleRequest().model.path);
    ASSERT_TRUE(limits) << limits.error().message;
    int refused = 0;
    for (const SchedulerInfo& info : knownSchedulers()) {
        const std::string* reason = limits->reasonAgainstScheduler(info.name);
        EXPECT_EQ(reason != nullptr, info.isFlow) << info.name << (reason ? ": " + *reason : "");
        refused += reason != nullptr;
    }
    EXPECT_GE(refused, 3);
    ASSERT_NE(limits->reasonAgainstSpacing("flow"), nullptr);
    EXPECT_NE(limits->reasonAgainstSpacing("flow")->find("flow matching"), std::string::npos);
    EXPECT_EQ(limits->reasonAgainstSpacing("karras"), nullptr);
    ASSERT_NE(limits->reasonAgainst("dpm-2-sde", "linspace"), nullptr);
    EXPECT_NE(limits->reasonAgainst("dpm-2-sde", "linspace")->find("karras"), std::string::npos);
    EXPECT_EQ(limits->reasonAgainst("dpm-2-sde", "karras"), nullptr);
}

} // namespace
} // namespace unfog::testing
