#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>

#include "base/result.h"
#include "trainer/networks/classifier.h"
#include "training_pictures/picture_source.h"

namespace unfog {

struct ClassifierTrainingSettings {
    std::int64_t steps = 0; ///< 0: by `minutes`
    double minutes = 8.0;
    int batch = 48;  ///< of each worker
    int workers = 0; ///< 0: computeThreads()
    double learningRate = 2e-3;
    std::uint64_t seed = 0;
    bool quiet = false;
};

/// Trains on `source`, which must have labels and pictures of PictureClassifier::sidePx, and writes `file`
/// when done: the moving average of the weights; the log is `file`.training/log.csv. Pictures are blurred,
/// brightened and made noisy by chance, since those that will be judged come out of an autoencoder. Not
/// resumable: it takes minutes.
Result<void> trainClassifier(const PictureSource& source, const ClassifierTrainingSettings& settings,
                             const std::filesystem::path& file, const std::stop_token& stop = {});

/// Shares of pictures judged right, 0 … 1.
struct ClassifierAccuracy {
    std::int64_t pictures = 0;
    double objectFirst = 0.0;
    double objectAmongFive = 0.0;
    double background = 0.0; ///< of those that have one
    double style = 0.0;
};

/// Judgements of pictures with known labels, gathered batch by batch.
class JudgementCount final {
public:
    /// labels: [batch, 3] of object, background (−1: none) and style. Object −1: not counted.
    void add(const PictureClassifier::Judgement& judgement, const at::Tensor& labels);
    ClassifierAccuracy accuracy() const;

private:
    std::int64_t m_pictures = 0, m_backgrounds = 0;
    std::int64_t m_objectFirst = 0, m_objectAmongFive = 0, m_backgroundRight = 0, m_styleRight = 0;
};

/// Pictures first … first + count − 1 of `source` with their labels [count, 3]; where a picture shows two
/// different objects, its object label is −1.
struct LabelledBatch {
    at::Tensor pictures; ///< [count, 3, side, side]
    at::Tensor labels;
};
Result<LabelledBatch> labelledBatch(const PictureSource& source, std::uint64_t first, int count);

Result<ClassifierAccuracy> measureClassifier(const PictureClassifier& classifier, const PictureSource& source,
                                             std::uint64_t first, std::int64_t count);

} // namespace unfog
