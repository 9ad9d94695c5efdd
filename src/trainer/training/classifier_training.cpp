#include "trainer/training/classifier_training.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>

#include <ATen/core/grad_mode.h>

#include "base/files/write_file.h"
#include "pipeline/device/compute_threads.h"
#include "trainer/data/picture_tensors.h"
#include "trainer/data/random_streams.h"
#include "trainer/training/progress_log.h"
#include "trainer/training/training_loop.h"

namespace unfog {

namespace {

/// What an autoencoder may do to a picture: fine detail lost, tones shifted, a little noise.
at::Tensor disturbed(const at::Tensor& pictures, std::uint64_t seed, std::uint64_t batch)
{
    at::Generator random = namedStream(seed, "disturb", batch);
    const std::int64_t count = pictures.size(0);
    const auto chance = [&] { return at::rand({count, 1, 1, 1}, random, pictures.options()); };
    const at::Tensor blurred = at::avg_pool2d(pictures, {3, 3}, {1, 1}, {1, 1}, false, false);
    // Half of them stay sharp.
    const at::Tensor blur = (chance() * 2.0 - 1.0).clamp_min(0.0);
    const at::Tensor noise =
        at::randn(pictures.sizes(), random, pictures.options().memory_format(c10::nullopt));
    const at::Tensor contrast = 1.0 + 0.2 * (chance() - 0.5);
    const at::Tensor brightness = 0.1 * (chance() - 0.5);
    return (pictures + blur * (blurred - pictures)) * contrast + brightness +
           0.06 * chance() * chance() * noise;
}

at::Tensor lossOfBatch(const PictureClassifier& classifier, const LabelledBatch& batch, std::uint64_t seed,
                       std::uint64_t index)
{
    const PictureClassifier::Judgement judged =
        classifier(disturbed(batch.pictures, seed, index).contiguous(at::MemoryFormat::ChannelsLast));
    const auto crossEntropy = [&](const at::Tensor& logits, std::int64_t column) {
        const at::Tensor labels = batch.labels.select(1, column);
        const at::Tensor known = at::nonzero(labels >= 0).squeeze(1);
        if (known.numel() == 0)
            return logits.sum() * 0.0;
        return at::cross_entropy_loss(logits.index_select(0, known), labels.index_select(0, known));
    };
    return crossEntropy(judged.objects, 0) + 0.3 * crossEntropy(judged.backgrounds, 1) +
           0.3 * crossEntropy(judged.styles, 2);
}

} // namespace

Result<LabelledBatch> labelledBatch(const PictureSource& source, std::uint64_t first, int count)
{
    std::vector<at::Tensor> pictures;
    const at::Tensor labels = at::empty({count, 3}, at::kLong);
    for (int i = 0; i < count; ++i) {
        const std::uint64_t index = wrappedIndex(source, first + static_cast<std::uint64_t>(i));
        const auto picture = source.picture(index);
        if (!picture)
            return tl::unexpected(picture.error());
        if (picture->widthPx != PictureClassifier::sidePx || picture->heightPx != PictureClassifier::sidePx) {
            return fail(ErrorKind::InvalidRequest, "The classifier needs images of 128 x 128 pixels; image " +
                                                       std::to_string(index) + " has " +
                                                       std::to_string(picture->widthPx) + " x " +
                                                       std::to_string(picture->heightPx));
        }
        pictures.push_back(tensorOf(*picture));
        labels[i][0] = picture->secondObject >= 0 ? -1 : picture->object;
        labels[i][1] = picture->background;
        labels[i][2] = picture->style;
    }
    return LabelledBatch{at::stack(pictures).contiguous(at::MemoryFormat::ChannelsLast), labels};
}

Result<void> trainClassifier(const PictureSource& source, const ClassifierTrainingSettings& settings,
                             const std::filesystem::path& file, const std::stop_token& stop)
{
    const ClassNames names{source.objects(), source.backgrounds(), source.styles()};
    if (names.objects.empty() || names.backgrounds.empty() || names.styles.empty()) {
        return fail(ErrorKind::InvalidRequest,
                    "The classifier needs images with labels: starter images, or a pack of them");
    }
    ParameterSet master(settings.seed, at::kCPU);
    (void)PictureClassifier(Parameters(master), names);
    master.finish();
    const int workerCount = settings.workers > 0 ? settings.workers : computeThreads();
    std::vector<ParameterSet> workers;
    for (int i = 1; i < workerCount; ++i)
        workers.push_back(ParameterSet::twinOf(master));
    workers.insert(workers.begin(), std::move(master));

    LoopSettings loop;
    loop.steps = settings.steps;
    loop.minutes = settings.minutes;
    loop.learningRate = settings.learningRate;
    loop.optimizer.weightDecay = 0.05;
    loop.emaDecay = 0.995;
    TrainingState state(std::move(workers), loop.optimizer);
    std::vector<PictureClassifier> classifiers;
    for (ParameterSet& worker : state.workers())
        classifiers.emplace_back(Parameters(worker), names);

    // Beside the file, not in its folder's own log.csv, which may be that of another run.
    const std::filesystem::path folder = file.string() + ".training";
    if (auto made = makeFolder(folder); !made)
        return made;
    auto log = ProgressLog::open(folder, 0, 0.0, settings.batch * workerCount, {}, settings.quiet);
    if (!log)
        return tl::unexpected(log.error());

    std::mutex mutex;
    std::optional<Error> sourceError;
    const BatchLoss lossOf = [&](int worker, std::int64_t batch) {
        const PictureClassifier& classifier = classifiers[static_cast<std::size_t>(worker)];
        const auto index = static_cast<std::uint64_t>(batch);
        const auto pictures =
            labelledBatch(source, index * static_cast<std::uint64_t>(settings.batch), settings.batch);
        if (!pictures) {
            const std::lock_guard lock(mutex);
            sourceError = pictures.error();
            return classifier(at::zeros({1, 3, PictureClassifier::sidePx, PictureClassifier::sidePx}))
                       .objects.sum() *
                   0.0;
        }
        return lossOfBatch(classifier, *pictures, settings.seed, index);
    };
    LoopHooks hooks;
    hooks.stop = stop;
    hooks.onStep = [&](const StepReport& report) -> Result<void> {
        if (sourceError)
            return tl::unexpected(*sourceError);
        return log->step(report);
    };
    if (auto ran = runTrainingLoop(loop, state, lossOf, hooks); !ran)
        return ran;
    if (stop.stop_requested())
        return fail(ErrorKind::Cancelled, "Training the classifier was stopped");
    return saveClassifier(file, state.weights().named(state.average()), names);
}

void JudgementCount::add(const PictureClassifier::Judgement& judgement, const at::Tensor& labels)
{
    const at::Tensor objects = labels.select(1, 0).unsqueeze(1);
    const at::Tensor five =
        std::get<1>(judgement.objects.topk(std::min<std::int64_t>(5, judgement.objects.size(1)), 1));
    const at::Tensor hits = five.eq(objects);
    const auto count = [](const at::Tensor& truth) { return truth.sum().item<std::int64_t>(); };
    m_pictures += count(objects.ge(0));
    m_objectFirst += count(hits.select(1, 0));
    m_objectAmongFive += count(hits);
    const at::Tensor backgrounds = labels.select(1, 1);
    m_backgrounds += count(backgrounds.ge(0));
    m_backgroundRight += count(judgement.backgrounds.argmax(1).eq(backgrounds));
    // Styles are counted with the objects, so that both are of the same pictures.
    m_styleRight +=
        count(judgement.styles.argmax(1).eq(labels.select(1, 2)).logical_and(objects.squeeze(1).ge(0)));
}

ClassifierAccuracy JudgementCount::accuracy() const
{
    const auto share = [](std::int64_t right, std::int64_t all) {
        return all == 0 ? 0.0 : static_cast<double>(right) / static_cast<double>(all);
    };
    return {m_pictures, share(m_objectFirst, m_pictures), share(m_objectAmongFive, m_pictures),
            share(m_backgroundRight, m_backgrounds), share(m_styleRight, m_pictures)};
}

Result<ClassifierAccuracy> measureClassifier(const PictureClassifier& classifier, const PictureSource& source,
                                             std::uint64_t first, std::int64_t count)
{
    constexpr std::int64_t kBatch = 50;
    const at::NoGradGuard noGradient;
    JudgementCount judged;
    for (std::int64_t done = 0; done < count; done += kBatch) {
        const auto batch = labelledBatch(source, first + static_cast<std::uint64_t>(done),
                                         static_cast<int>(std::min(kBatch, count - done)));
        if (!batch)
            return tl::unexpected(batch.error());
        judged.add(classifier(batch->pictures), batch->labels);
    }
    return judged.accuracy();
}

} // namespace unfog
