#include "trainer/evaluation/evaluation.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <utility>
#include <variant>

#include <ATen/core/grad_mode.h>

#include "trainer/data/picture_tensors.h"
#include "trainer/evaluation/distribution_scores.h"

namespace unfog {

namespace {

constexpr std::int64_t kBatch = 50;

struct Judged {
    ClassifierAccuracy accuracy;
    at::Tensor features; ///< [pictures, features]
};

Judged judge(const PictureClassifier& classifier, const at::Tensor& pictures, const at::Tensor& labels)
{
    const at::NoGradGuard noGradient;
    JudgementCount count;
    std::vector<at::Tensor> features;
    for (std::int64_t done = 0; done < pictures.size(0); done += kBatch) {
        const std::int64_t end = std::min(done + kBatch, pictures.size(0));
        const auto judgement =
            classifier(pictures.slice(0, done, end).contiguous(at::MemoryFormat::ChannelsLast));
        count.add(judgement, labels.slice(0, done, end));
        features.push_back(judgement.features);
    }
    return {count.accuracy(), at::cat(features)};
}

/// In batches, so that never more than one of them is in memory as pictures.
Result<Judged> judgeSource(const PictureClassifier& classifier, const PictureSource& source,
                           std::int64_t first, std::int64_t count)
{
    const at::NoGradGuard noGradient;
    JudgementCount judged;
    std::vector<at::Tensor> features;
    for (std::int64_t done = 0; done < count; done += kBatch) {
        const auto batch = labelledBatch(source, static_cast<std::uint64_t>(first + done),
                                         static_cast<int>(std::min(kBatch, count - done)));
        if (!batch)
            return tl::unexpected(batch.error());
        const auto judgement = classifier(batch->pictures);
        judged.add(judgement, batch->labels);
        features.push_back(judgement.features);
    }
    return Judged{judged.accuracy(), at::cat(features)};
}

void scoreAgainst(const at::Tensor& references, const at::Tensor& features, EvaluationRow& row)
{
    row.frechet = frechetDistance(references, features);
    const PrecisionRecall shares = precisionRecall(references.slice(0, 0, features.size(0)), features);
    row.precision = shares.precision;
    row.recall = shares.recall;
}

Result<at::Tensor> generateOne(GenerationEngine& engine, const EvaluationSettings& settings,
                               const SamplerRun& run, const std::string& caption, std::int64_t index,
                               const std::stop_token& stop)
{
    GenerationRequest request;
    request.model.path = settings.model.string();
    request.prompts.positive = caption;
    request.sampler.scheduler = run.scheduler;
    request.sampler.steps = run.steps;
    request.guidance.scale = run.guidance;
    request.output.seed = settings.seed + static_cast<std::uint64_t>(index);
    request.canvas.widthPx = request.canvas.heightPx = PictureClassifier::sidePx;
    GenerationOutcome outcome = engine.generate(request, {}, stop);
    if (const auto* error = std::get_if<Error>(&outcome))
        return tl::unexpected(*error);
    if (std::holds_alternative<Cancelled>(outcome))
        return fail(ErrorKind::Cancelled, "The evaluation was stopped");
    PixelImage& image = std::get<std::vector<GeneratedImage>>(outcome).front().pixels;
    TrainingPicture picture;
    picture.widthPx = image.widthPx;
    picture.heightPx = image.heightPx;
    picture.rgb = std::move(image.rgb);
    return tensorOf(picture);
}

std::string nameOf(const SamplerRun& run)
{
    char guidance[32];
    std::snprintf(guidance, sizeof(guidance), "%g", run.guidance);
    std::string name = run.scheduler.empty() ? "own" : run.scheduler;
    name.append(", ").append(std::to_string(run.steps)).append(" steps, guidance ").append(guidance);
    return name;
}

std::string fixed(double value, int digits)
{
    char text[64];
    std::snprintf(text, sizeof(text), "%.*f", digits, value);
    return text;
}

constexpr std::array<const char*, 9> kColumns{"run",     "object",    "among five", "background", "style",
                                              "Fréchet", "precision", "recall",     "s an image"};

std::size_t columnsShown(const std::string& utf8)
{
    return static_cast<std::size_t>(
        std::count_if(utf8.begin(), utf8.end(), [](unsigned char byte) { return (byte & 0xC0U) != 0x80U; }));
}

} // namespace

Result<SamplerRun> parseSamplerRun(std::string_view text)
{
    const auto wrong = [&] {
        std::string message("\"");
        message.append(text).append(
            "\" is no way of sampling: scheduler, steps and guidance are expected, as in "
            "dpmpp-2m:20:4 or own:20:4");
        return fail(ErrorKind::InvalidRequest, std::move(message));
    };
    const std::size_t first = text.find(':');
    const std::size_t second = first == std::string_view::npos ? first : text.find(':', first + 1);
    if (second == std::string_view::npos || first == 0)
        return wrong();
    SamplerRun run;
    run.scheduler = text.substr(0, first) == "own" ? std::string() : std::string(text.substr(0, first));
    const std::string_view steps = text.substr(first + 1, second - first - 1),
                           guidance = text.substr(second + 1);
    const auto stepsRead = std::from_chars(steps.data(), steps.data() + steps.size(), run.steps);
    const auto guidanceRead =
        std::from_chars(guidance.data(), guidance.data() + guidance.size(), run.guidance);
    if (stepsRead.ec != std::errc{} || stepsRead.ptr != steps.data() + steps.size() || run.steps < 1 ||
        guidanceRead.ec != std::errc{} || guidanceRead.ptr != guidance.data() + guidance.size() ||
        run.guidance < 1.0)
        return wrong();
    return run;
}

Result<std::vector<EvaluationRow>>
evaluateModel(GenerationEngine& engine, const PictureClassifier& classifier, const PictureSource& source,
              const EvaluationSettings& settings, const EvaluationHooks& hooks)
{
    if (ClassNames{source.objects(), source.backgrounds(), source.styles()} != classifier.names()) {
        return fail(
            ErrorKind::InvalidRequest,
            "The classifier was trained on other objects, backgrounds or styles than these images have");
    }
    const std::int64_t count = settings.pictures;
    std::int64_t references = std::max(settings.references, count);
    if (source.size() != 0)
        references = std::min(references, static_cast<std::int64_t>(source.size()) - 2 * count);
    if (count < 4 || references < count) {
        return fail(ErrorKind::InvalidRequest, "To judge " + std::to_string(count) +
                                                   " images (at least 4), " + std::to_string(3 * count) +
                                                   " renderings are needed; there are " +
                                                   std::to_string(source.size()));
    }
    const auto reference = judgeSource(classifier, source, 2 * count, references);
    if (!reference)
        return tl::unexpected(reference.error());

    std::vector<EvaluationRow> rows;
    const auto finishRow = [&](EvaluationRow row, const Judged& judged) {
        row.accuracy = judged.accuracy;
        scoreAgainst(reference->features, judged.features, row);
        rows.push_back(std::move(row));
        if (hooks.onRow)
            hooks.onRow(rows.back());
    };
    const auto fresh = judgeSource(classifier, source, count, count);
    if (!fresh)
        return tl::unexpected(fresh.error());
    EvaluationRow renderings;
    renderings.name = "renderings";
    finishRow(std::move(renderings), *fresh);

    at::Tensor labels = at::empty({count, 3}, at::kLong);
    std::vector<std::string> captions;
    for (std::int64_t i = 0; i < count; ++i) {
        const auto asked = labelledBatch(source, static_cast<std::uint64_t>(i), 1);
        auto caption = source.caption(static_cast<std::uint64_t>(i), 0);
        if (!asked)
            return tl::unexpected(asked.error());
        if (!caption)
            return tl::unexpected(caption.error());
        labels[i].copy_(asked->labels[0]);
        captions.push_back(std::move(*caption));
    }
    for (const SamplerRun& run : settings.runs) {
        EvaluationRow row;
        row.name = nameOf(run);
        row.run = run;
        std::vector<at::Tensor> pictures;
        const auto start = std::chrono::steady_clock::now();
        for (std::int64_t i = 0; i < count; ++i) {
            auto picture =
                generateOne(engine, settings, run, captions[static_cast<std::size_t>(i)], i, hooks.stop);
            if (!picture)
                return tl::unexpected(picture.error());
            pictures.push_back(std::move(*picture));
            if (hooks.onPicture)
                hooks.onPicture(row, i + 1);
        }
        const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
        row.secondsPerPicture = spent.count() / static_cast<double>(count);
        const at::Tensor all = at::stack(pictures);
        finishRow(std::move(row), judge(classifier, all, labels));
        if (hooks.onPictures) {
            if (const auto kept = hooks.onPictures(run, all); !kept)
                return tl::unexpected(kept.error());
        }
    }
    return rows;
}

std::string evaluationTable(const std::vector<EvaluationRow>& rows)
{
    const auto percent = [](double share) { return fixed(100.0 * share, 1) + " %"; };
    std::vector<std::vector<std::string>> cells{{kColumns.begin(), kColumns.end()}};
    for (const EvaluationRow& row : rows) {
        const bool isGenerated = row.secondsPerPicture > 0.0;
        cells.push_back({row.name, percent(row.accuracy.objectFirst), percent(row.accuracy.objectAmongFive),
                         percent(row.accuracy.background), percent(row.accuracy.style), fixed(row.frechet, 2),
                         fixed(row.precision, 3), fixed(row.recall, 3),
                         isGenerated ? fixed(row.secondsPerPicture, 2) : "–"});
    }
    std::vector<std::size_t> widths(kColumns.size(), 0);
    for (const auto& row : cells) {
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], columnsShown(row[i]));
    }
    std::string table;
    for (std::size_t r = 0; r < cells.size(); ++r) {
        for (std::size_t i = 0; i < widths.size(); ++i) {
            const std::string& cell = cells[r][i];
            table.append("| ");
            if (i > 0)
                table.append(widths[i] - columnsShown(cell), ' ');
            table.append(cell);
            table.append(i > 0 ? 1 : 1 + widths[i] - columnsShown(cell), ' ');
        }
        table.append("|\n");
        if (r > 0)
            continue;
        for (std::size_t i = 0; i < widths.size(); ++i) {
            table.append("|");
            table.append(widths[i] + (i > 0 ? 1 : 2), '-');
            table.append(i > 0 ? ":" : "");
        }
        table.append("|\n");
    }
    return table;
}

std::string evaluationCsv(const std::vector<EvaluationRow>& rows)
{
    std::string csv =
        "run,scheduler,steps,guidance,pictures,object_first,object_among_five,background,style,frechet,"
        "precision,recall,seconds_per_picture\n";
    for (const EvaluationRow& row : rows) {
        const bool isGenerated = row.secondsPerPicture > 0.0;
        csv.append("\"").append(row.name).append("\",");
        if (isGenerated) {
            csv.append(row.run.scheduler.empty() ? "own" : row.run.scheduler).append(",");
            csv.append(std::to_string(row.run.steps))
                .append(",")
                .append(fixed(row.run.guidance, 2))
                .append(",");
        } else {
            csv.append(",,,");
        }
        csv.append(std::to_string(row.accuracy.pictures));
        for (const double value :
             {row.accuracy.objectFirst, row.accuracy.objectAmongFive, row.accuracy.background,
              row.accuracy.style, row.frechet, row.precision, row.recall, row.secondsPerPicture})
            csv.append(",").append(fixed(value, 5));
        csv += "\n";
    }
    return csv;
}

} // namespace unfog
