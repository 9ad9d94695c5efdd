#include "widgets/controllers/run_controller.h"

#include <algorithm>
#include <utility>

#include <QFileInfo>

#include "widgets/create/generate_panel.h"
#include "widgets/create/picture_parameters.h"
#include "widgets/notices/notice_bar.h"

namespace unfog {

RunController::RunController(WindowParts& parts, GeneratePanel& form, NoticeBar& notices, QObject* parent)
    : QObject(parent), m_parts(parts), m_form(form), m_notices(notices),
      m_live([this] { return m_form.request(); },
             [this](const GenerationRequest& request) { submitLive(request); })
{
    connect(&m_form, &GeneratePanel::requestChanged, &m_live, &LiveMode::requestChanged);
    connect(&m_live, &LiveMode::changed, this, [this](bool on) {
        if (!on)
            m_parts.queue.endLive();
    });
}

PictureId RunController::takeLiveImage(const GeneratedImagePtr& image)
{
    const PictureId again = std::exchange(m_rerunOf, 0);
    const auto entry = again != 0 ? m_parts.store.details(again) : std::nullopt;
    if (entry && entry->entry.contentHash.toStdString() == image->provenance.pixelSha256)
        return again;
    m_lastLive = image;
    return 0;
}

void RunController::generate()
{
    if (m_form.isInitImagePending()) {
        m_notices.announce(NoticeBar::Kind::Note, tr("The start image is still being read."));
        return;
    }
    GenerationRequest request = m_form.request();
    if (request.model.path.empty()) {
        m_notices.announce(NoticeBar::Kind::Problem, tr("Open a model first."), {}, QStringLiteral("model"));
        return;
    }
    if (request.images.start && (request.canvas.widthPx == 0 || request.canvas.heightPx == 0)) {
        m_notices.announce(
            NoticeBar::Kind::Note,
            tr("The model is still loading: its own size is not known yet. Name a width and a height, "
               "or try again in a moment."));
        return;
    }
    Q_EMIT beginning();
    m_parts.settings.rememberPrompt(QString::fromStdString(request.prompts.positive),
                                    QString::fromStdString(request.prompts.negative));
    m_form.promptEditor()->history().setEntries(m_parts.settings.state().promptHistory);
    m_form.negativePromptEditor()->history().setEntries(m_parts.settings.state().negativePromptHistory);
    if (m_live.isOn()) {
        // What live mode shows is kept as it is; nothing is computed twice.
        if (m_keptLive && *m_keptLive == request)
            return m_notices.announce(NoticeBar::Kind::Note, tr("This image is already in the gallery."));
        if (m_lastLive && request.output.count == 1 &&
            m_lastLive->request.output.seed == request.output.seed && !m_parts.worker.isRunning()) {
            return keepLive();
        }
    }
    m_notices.dismiss(QStringLiteral("same"));
    const int same = m_live.isOn() || m_form.isSeedLocked() ? alreadyMade(request) : 0;
    if (same > 0)
        return askAboutSame(request, same);
    if (!m_live.isOn())
        m_form.throwDiceUnlessLocked();
    addToQueue(m_form.request());
}

void RunController::keepLive()
{
    if (!m_lastLive || m_parts.worker.isRunning())
        return;
    m_parts.saver.save(m_parts.queue.addFinished(m_lastLive->request), m_lastLive);
    m_lastLive.reset();
    m_keptLive = m_form.request();
    Q_EMIT kept();
    m_notices.announce(NoticeBar::Kind::Note, tr("The image was kept in the gallery."));
}

void RunController::runAgain(PictureId entry)
{
    const auto details = entry ? m_parts.store.details(entry) : std::nullopt;
    auto parameters = details ? parametersOf(details->entry) : std::nullopt;
    if (!parameters)
        return m_notices.announce(NoticeBar::Kind::Note, tr("This image has no generation data."));
    m_form.fit(parameters->imported);
    GenerationRequest request = filledIn(*parameters, m_form.request());
    request.output.count = 1;
    m_lastLive.reset();
    Q_EMIT beginning();
    m_rerunOf = entry;
    m_parts.queue.runLive(request);
}

void RunController::addToQueue(const GenerationRequest& request)
{
    m_parts.queue.add(request);
    if (m_parts.queue.isPaused())
        m_notices.announce(NoticeBar::Kind::Note, tr("The queue is paused; this image is waiting in it."),
                           {{tr("Resume"), [this] { m_parts.queue.setPaused(false); }}},
                           QStringLiteral("waiting"));
}

void RunController::submitLive(const GenerationRequest& request)
{
    if (request.model.path.empty() || m_form.isInitImagePending())
        return;
    if (request.images.start && (request.canvas.widthPx == 0 || request.canvas.heightPx == 0))
        return;
    m_lastLive.reset();
    m_keptLive.reset();
    m_rerunOf = 0;
    Q_EMIT beginning();
    m_parts.queue.runLive(request);
}

int RunController::alreadyMade(const GenerationRequest& request) const
{
    const auto isSame = [](GenerationRequest asked, const GenerationRequest& made) {
        const QFileInfo askedModel(QString::fromStdString(asked.model.path)),
            madeModel(QString::fromStdString(made.model.path));
        // A record names the model without its folder where that is not known on this machine.
        if (madeModel.isAbsolute() ? askedModel.canonicalFilePath() != madeModel.canonicalFilePath()
                                   : askedModel.fileName() != madeModel.fileName())
            return false;
        GenerationRequest other = made;
        other.model.path = asked.model.path;
        other.model.tokenizer = asked.model.tokenizer; // a folder's name alone says little
        // What the form leaves open, the image's own record names.
        if (asked.sampler.scheduler.empty())
            asked.sampler.scheduler = made.sampler.scheduler;
        if (asked.sampler.spacing.empty())
            asked.sampler.spacing = made.sampler.spacing;
        if (asked.sampler.prediction.empty())
            asked.sampler.prediction = made.sampler.prediction;
        if (!asked.sampler.sigmaMax)
            asked.sampler.sigmaMax = made.sampler.sigmaMax;
        if (asked.canvas.widthPx == 0)
            asked.canvas.widthPx = made.canvas.widthPx;
        if (asked.canvas.heightPx == 0)
            asked.canvas.heightPx = made.canvas.heightPx;
        if (asked.images.start && made.images.start)
            asked.images.start->file = made.images.start->file;
        return asked == other;
    };
    int count = 0;
    for (int index = 0; index < request.output.count; ++index) {
        GenerationRequest one = request;
        one.output.count = 1;
        one.output.seed = request.output.seed + static_cast<std::uint64_t>(index);
        QString prompt = QString::fromStdString(one.prompts.positive);
        const GalleryFilter filter{
            QStringLiteral("\"seed: %1,\" \"%2\"")
                .arg(QString::number(one.output.seed), prompt.replace(u'"', QLatin1String("\" \"")))};
        const auto ids = m_parts.store.find(filter);
        const auto entries = m_parts.store.fetch(QList<PictureId>(ids.begin(), ids.end()));
        const bool isMade = std::any_of(entries.begin(), entries.end(), [&](const GalleryEntry& entry) {
            const auto said =
                entry.seed == one.output.seed && !entry.missing ? parametersOf(entry) : std::nullopt;
            return said && said->isWhole && isSame(one, said->imported.request);
        });
        const auto& jobs = m_parts.queue.jobs();
        const bool isQueued = std::any_of(jobs.begin(), jobs.end(), [&](const Job& job) {
            GenerationRequest queued = job.request;
            const std::uint64_t at = one.output.seed - queued.output.seed;
            if (job.hasEnded() || at >= static_cast<std::uint64_t>(queued.output.count))
                return false;
            queued.output.seed = one.output.seed;
            queued.output.count = 1;
            return queued == one;
        });
        count += isMade || isQueued ? 1 : 0;
    }
    return count;
}

void RunController::askAboutSame(const GenerationRequest& request, int same)
{
    const QString key = QStringLiteral("same");
    const QString text =
        request.output.count == 1
            ? tr("This image is already in the gallery or the queue, with the same settings and seed.")
            : tr("%1 of these %2 images are already in the gallery or the queue, with the same settings and "
                 "seed.")
                  .arg(same)
                  .arg(request.output.count);
    m_notices.announce(NoticeBar::Kind::Question, text,
                       {{tr("Generate anyway"), [this, request] { addToQueue(request); }},
                        {tr("New seed"),
                         [this] {
                             m_form.throwDice();
                             addToQueue(m_form.request());
                         }},
                        {tr("Cancel"), [] {}}},
                       key);
}

} // namespace unfog
