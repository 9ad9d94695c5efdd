#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/ATen.h>

#include "base/result.h"
#include "generation/engine/generation_engine.h"
#include "trainer/networks/classifier.h"
#include "trainer/training/classifier_training.h"
#include "training_pictures/picture_source.h"

/// How well a model does what captions ask for, and how near its pictures are to real ones.
namespace unfog {

/// One way of sampling.
struct SamplerRun {
    std::string scheduler; ///< as `unfog-cli schedulers` lists them; "" = the model's own
    int steps = 20;
    double guidance = 4.0;
};

/// "dpmpp-2m:20:4" or "own:20:4": scheduler, steps, guidance. InvalidRequest says what is expected.
Result<SamplerRun> parseSamplerRun(std::string_view text);

struct EvaluationSettings {
    std::filesystem::path model;
    std::vector<SamplerRun> runs;
    std::int64_t pictures = 500;    ///< generated for each run, one a caption
    std::int64_t references = 2000; ///< renderings for the Fréchet distance; at least `pictures`
    std::uint64_t seed = 0;         ///< of the first picture; picture i has seed + i
};

struct EvaluationRow {
    std::string name; ///< "renderings", or the run
    SamplerRun run;
    ClassifierAccuracy accuracy;
    double frechet = 0.0;
    double precision = 0.0;
    double recall = 0.0;
    double secondsPerPicture = 0.0;
};

struct EvaluationHooks {
    std::function<void(const EvaluationRow&)> onRow; ///< each as soon as it is known
    std::function<void(const EvaluationRow&, std::int64_t done)> onPicture;
    /// The pictures of a run, [pictures, 3, side, side] in [−1, 1], in the order of the captions.
    std::function<Result<void>(const SamplerRun&, const at::Tensor&)> onPictures;
    std::stop_token stop;
};

/// Pictures 0 … n − 1 of `source` give the captions, n … 2n − 1 are the first row, "renderings", which says
/// how good a model could look here at best, and the ones after that are the references. Errors: a source
/// with other classes than the classifier, or too few pictures; what the engine says; Cancelled.
Result<std::vector<EvaluationRow>>
evaluateModel(GenerationEngine& engine, const PictureClassifier& classifier, const PictureSource& source,
              const EvaluationSettings& settings, const EvaluationHooks& hooks);

/// Columns aligned for people (also a Markdown table), and the same as CSV.
std::string evaluationTable(const std::vector<EvaluationRow>& rows);
std::string evaluationCsv(const std::vector<EvaluationRow>& rows);

} // namespace unfog
