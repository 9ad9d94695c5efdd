// What a person does with the current image: full screen, Save a copy.
#include <algorithm>

#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QPointer>
#include <QStandardPaths>

#include "threads/task_thread.h"
#include "widgets/canvas/canvas_view.h"
#include "widgets/canvas/full_screen_image.h"
#include "widgets/create/generate_panel.h"
#include "widgets/create/picture_parameters.h"
#include "widgets/export/save_copy.h"
#include "widgets/gallery/gallery_panel.h"
#include "widgets/gallery/show_in_folder.h"
#include "widgets/gallery/thumbnail_grid.h"
#include "widgets/notices/notice_bar.h"
#include "widgets/window/main_window.h"

namespace unfog {

namespace {
const QString saveFolderKey = QStringLiteral("saveCopyFolder");
const QString savedSaidKey = QStringLiteral("savedWhereSaid");
} // namespace

void MainWindow::showImageFullScreen()
{
    if (auto* open = findChild<FullScreenImage*>(); open && open->isVisible()) {
        open->close();
        return;
    }
    if (m_viewer->canvas()->picture().isNull())
        return;
    auto* full = new FullScreenImage(m_viewer->canvas(), this);
    full->setBadge(m_viewer->current().badge());
    connect(m_viewer, &RunViewer::currentChanged, full,
            [full](const CurrentImage& current) { full->setBadge(current.badge()); });
    connect(full, &FullScreenImage::movedBy, this, [this](int by) {
        if (m_viewer->hasSteps())
            return m_viewer->stepBy(by);
        auto* grid = m_gallery->grid();
        const QModelIndex next = grid->model()->index(grid->currentIndex().row() + by, 0);
        if (!next.isValid())
            return;
        grid->setCurrentIndex(next);
        showGalleryPicture(next.data(GalleryModel::EntryRole).value<GalleryEntry>());
    });
    full->showFullScreen();
}

void MainWindow::saveCopyAs()
{
    using Kind = CurrentImage::Kind;
    const Kind kind = m_viewer->current().kind();
    if (kind == Kind::Step)
        return m_viewer->saveStep();
    const PictureId id = kind == Kind::Gallery ? m_shownEntry : kind == Kind::Result ? m_resultEntry : 0;
    const auto details = id != 0 ? m_parts.store.details(id) : std::nullopt;
    if (!details)
        return m_notices->announce(NoticeBar::Kind::Note,
                                   kind == Kind::Live ? tr("Keep this image first; then a copy can be saved.")
                                                      : tr("There is no saved image to copy yet."));
    const GalleryEntry& entry = details->entry;
    QString folder = m_parts.settings.state().extras.value(saveFolderKey).toString();
    if (folder.isEmpty() || !QFileInfo(folder).isDir())
        folder = QStandardPaths::writableLocation(QStandardPaths::PicturesLocation);
    auto* dialog = new QFileDialog(this, tr("Save a copy"), folder);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setFileMode(QFileDialog::AnyFile);
    dialog->setNameFilters(
        {tr("PNG image (*.png)"), tr("JPEG image (*.jpg *.jpeg)"), tr("WebP image (*.webp)")});
    dialog->setDefaultSuffix(QStringLiteral("png"));
    dialog->selectFile(details->request ? copyName(entry.prompt, entry.seed)
                                        : QFileInfo(entry.file).completeBaseName());
    connect(dialog, &QFileDialog::filterSelected, dialog, [dialog](const QString& filter) {
        dialog->setDefaultSuffix(filter.section(QStringLiteral("*."), 1, 1).section(u' ', 0, 0).remove(u')'));
    });
    connect(dialog, &QFileDialog::fileSelected, this,
            [this, source = entry.file](const QString& file) { writeCopy(source, file); });
    dialog->open();
}

void MainWindow::writeCopy(const QString& source, const QString& target)
{
    m_parts.settings.update(
        [&](StudioState& state) { state.extras.insert(saveFolderKey, QFileInfo(target).absolutePath()); });
    m_background->post([this, source, target] {
        const auto saved = saveCopy(source, target);
        const QString problem = saved ? QString() : QString::fromStdString(saved.error().message);
        QMetaObject::invokeMethod(this, [this, target, problem] {
            if (!problem.isEmpty())
                return m_notices->announce(NoticeBar::Kind::Problem,
                                           tr("The copy was not saved: %1").arg(problem));
            m_notices->announce(
                NoticeBar::Kind::Note, tr("Saved as %1").arg(QFileInfo(target).fileName()),
                {{tr("Show in folder"), [this, target] { unfog::showInFolder(target, this); }}});
        });
    });
}

int MainWindow::alreadyMade(const GenerationRequest& request) const
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

void MainWindow::askAboutSame(const GenerationRequest& request, int same)
{
    const QString key = QStringLiteral("same");
    const QString text =
        request.output.count == 1
            ? tr("This image is already in the gallery or the queue, with the same settings and seed.")
            : tr("%1 of these %2 images are already in the gallery or the queue, with the same settings and "
                 "seed.")
                  .arg(same)
                  .arg(request.output.count);
    m_notices->announce(NoticeBar::Kind::Question, text,
                        {{tr("Generate anyway"), [this, request] { addToQueue(request); }},
                         {tr("New seed"),
                          [this] {
                              m_form->throwDice();
                              addToQueue(m_form->request());
                          }},
                         {tr("Cancel"), [] {}}},
                        key);
}

void MainWindow::saySavedWhere(const QString& file)
{
    const QString folder = m_parts.store.folder();
    if (!file.startsWith(folder + u'/') ||
        m_parts.settings.state().extras.value(savedSaidKey).toString() == folder)
        return;
    m_parts.settings.update([&](StudioState& state) { state.extras.insert(savedSaidKey, folder); });
    const QString home = QDir::homePath();
    const QString shown = folder.startsWith(home + u'/') ? u'~' + folder.mid(home.size()) : folder;
    m_notices->announce(NoticeBar::Kind::Note,
                        tr("Saved in %1. Every image you generate goes there.").arg(shown),
                        {{tr("Show in folder"), [this, file] { unfog::showInFolder(file, this); }}});
}

} // namespace unfog
