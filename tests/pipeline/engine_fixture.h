#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "generation/engine/generation_engine.h"
#include "pipeline/run/torch_engine.h"

/// An engine with the small recorded models, and what its tests share.
namespace unfog::testing {

/// 64 × 64 pixels, two DDIM steps, guidance 3, seed 11, on the CPU in float32.
GenerationRequest smallRequest(const std::filesystem::path& model);

/// One engine for all tests of a suite: whatever a test does to it, the next one must find it usable.
class EngineTest : public ::testing::Test {
protected:
    static void SetUpTestSuite() { s_engine = makeTorchEngine(); }
    static void TearDownTestSuite() { s_engine.reset(); }

    static GenerationEngine& engine() { return *s_engine; }

    /// The pictures of a run that must succeed; empty and a failed test otherwise.
    static std::vector<GeneratedImage> imagesOf(const GenerationRequest& request,
                                                const GenerationObserver& observer = {});
    static std::vector<GeneratedImage> imagesOf(GenerationEngine& engine, const GenerationRequest& request,
                                                const GenerationObserver& observer = {});
    /// The only picture of such a run.
    static GeneratedImage imageOf(const GenerationRequest& request, const GenerationObserver& observer = {});
    /// The error of a run that must fail; an empty message and a failed test otherwise.
    static Error errorOf(const GenerationRequest& request);

private:
    static std::unique_ptr<GenerationEngine> s_engine;
};

/// Same pixels, same latent, same fingerprints.
void expectSamePicture(const GeneratedImage& found, const GeneratedImage& expected);

/// Largest difference of two pictures of one size, in steps of 1/255; 256 for other sizes.
int largestPixelDifference(const PixelImage& a, const PixelImage& b);
/// Mean difference in steps of 1/255.
double meanPixelDifference(const PixelImage& a, const PixelImage& b);

/// A folder that shows a reference model by links, all but `component`, whose files are copies to be changed.
void linkModel(const std::string& model, const std::string& component, const std::filesystem::path& folder);

/// Writes the weights of `component` of a reference model to `file` with NaN as the first value of `tensor`.
void writeWithNan(const std::string& model, const std::string& component, const std::string& tensor,
                  const std::filesystem::path& file);

/// The weight file of a component, as the folder layout names it.
std::string weightFileOf(const std::string& component);

} // namespace unfog::testing
