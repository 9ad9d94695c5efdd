#include <utility>

#include <QApplication>
#include <QClipboard>
#include <QDesktopServices>
#include <QFileInfo>
#include <QImageReader>
#include <QMessageBox>
#include <QStandardPaths>
#include <QUrl>

#include "gallery/picture_file.h"
#include "jobs/task_thread.h"
#include "widgets/canvas_view.h"
#include "widgets/export_dialog.h"
#include "widgets/gallery_panel.h"
#include "widgets/generate_panel.h"
#include "widgets/main_window.h"
#include "widgets/notice_bar.h"

namespace unfog {

namespace {

constexpr qsizetype exportSlice = 500; // read in one turn of the event loop

QImage readPicture(const QString& file)
{
    QImageReader reader(file);
    reader.setDecideFormatFromContent(true);
    reader.setAutoTransform(true);
    QImage image;
    return reader.read(&image) ? image : QImage();
}

/// Which fields a picture spoke of, for the report after a drop.
QString takenFrom(const GalleryDetails& details)
{
    const GenerationRequest& request = *details.request;
    QStringList taken;
    if (!request.prompt.empty())
        taken << MainWindow::tr("prompt");
    if (!request.negativePrompt.empty())
        taken << MainWindow::tr("negative prompt");
    taken << MainWindow::tr("seed %1").arg(request.seed);
    taken << MainWindow::tr("%n step(s)", nullptr, request.sampler.steps);
    taken << MainWindow::tr("guidance %1").arg(request.guidanceScale);
    if (!request.sampler.scheduler.empty())
        taken << QString::fromStdString(request.sampler.scheduler);
    if (request.widthPx > 0)
        taken << QStringLiteral("%1 × %2").arg(request.widthPx).arg(request.heightPx);
    return taken.join(QStringLiteral(", "));
}

} // namespace

void MainWindow::connectGallery()
{
    connect(&m_parts.store, &GalleryStore::trashed, this, [this](const QList<TrashedPicture>& pictures) {
        m_trashed = pictures;
        m_notices->announce(
            NoticeBar::Kind::Note,
            tr("%n picture(s) moved to the trash.", nullptr, static_cast<int>(pictures.size())),
            {{tr("Undo"), [this] { undoTrash(); }}}, QStringLiteral("trash"));
        updateGalleryActions();
    });
    connect(&m_parts.store, &GalleryStore::failed, this,
            [this](const QString& message) { m_notices->announce(NoticeBar::Kind::Problem, message); });
    connect(&m_parts.store, &GalleryStore::scanEnded, this,
            [this](int newCount, int missingCount, bool cancelled) {
                m_notices->dismiss(QStringLiteral("scan"));
                if (!std::exchange(m_scanAsked, false) || cancelled)
                    return;
                QStringList found;
                if (newCount > 0)
                    found << tr("%n new picture(s)", nullptr, newCount);
                if (missingCount > 0)
                    found << tr("%n missing", nullptr, missingCount);
                m_notices->announce(NoticeBar::Kind::Note,
                                    found.isEmpty()
                                        ? tr("The gallery is up to date.")
                                        : tr("Found in the gallery's folder: %1.").arg(found.join(u", ")));
            });
    for (const auto signal : {&QAbstractItemModel::rowsInserted, &QAbstractItemModel::rowsRemoved})
        connect(m_galleryModel.get(), signal, this, &MainWindow::updateGalleryActions);
    connect(m_galleryModel.get(), &QAbstractItemModel::modelReset, this, &MainWindow::updateGalleryActions);
}

void MainWindow::showGalleryPicture(const GalleryEntry& entry)
{
    if (m_parts.worker.isRunning())
        return; // what forms is not pushed aside; details show the picture's making all the same
    const QString caption = QStringLiteral("%1  ·  %2 × %3")
                                .arg(QFileInfo(entry.file).fileName())
                                .arg(entry.widthPx)
                                .arg(entry.heightPx);
    m_background->post([this, file = entry.file, caption] {
        const QImage image = readPicture(file);
        QMetaObject::invokeMethod(this, [this, image, caption, file] {
            if (m_parts.worker.isRunning())
                return;
            if (image.isNull())
                return m_notices->announce(NoticeBar::Kind::Problem,
                                           tr("“%1” can not be read.").arg(QFileInfo(file).fileName()));
            m_viewer->showPicture(image, caption);
            updateRunActions();
        });
    });
}

void MainWindow::useParameters(int part)
{
    const auto details = m_gallery->currentDetails();
    if (!details || !details->request) {
        m_notices->announce(NoticeBar::Kind::Note, tr("This picture does not say how it was made."));
        return;
    }
    GenerationRequest request = *details->request;
    if (!QFileInfo::exists(QString::fromStdString(request.model)))
        request.model = m_form->request().model; // a model of another place: the present one paints instead
    m_form->setRequest(request, static_cast<GeneratePanel::Part>(part));
    if (static_cast<GeneratePanel::Part>(part) == GeneratePanel::Part::All)
        m_form->setSeedLocked(true);
}

void MainWindow::readParameters(const QStringList& files)
{
    QStringList silent;
    for (const QString& file : files) {
        const auto entry = readEntry(file);
        const GalleryDetails details = entry ? detailsOf(*entry) : GalleryDetails{};
        if (!details.request) {
            silent << QFileInfo(file).fileName();
            continue;
        }
        GenerationRequest request = *details.request;
        QString modelNote;
        if (!QFileInfo::exists(QString::fromStdString(request.model))) {
            if (!request.model.empty())
                modelNote = tr(" Its model “%1” is not here; the present one stays.")
                                .arg(QFileInfo(QString::fromStdString(request.model)).fileName());
            request.model = m_form->request().model;
        }
        m_form->setRequest(request);
        m_form->setSeedLocked(true);
        m_notices->announce(NoticeBar::Kind::Note,
                            tr("Taken from “%1”: %2.").arg(QFileInfo(file).fileName(), takenFrom(details)) +
                                modelNote);
        return;
    }
    if (silent.isEmpty())
        return;
    const QString file = files.constFirst();
    m_notices->announce(NoticeBar::Kind::Note,
                        tr("“%1” does not say how it was made.").arg(silent.join(QStringLiteral("”, “"))),
                        {{tr("Start from it"), [this, file] { m_form->initImageField()->openFile(file); }}});
}

void MainWindow::startFromPicture()
{
    const QStringList files = m_gallery->selectedFiles();
    if (!files.isEmpty())
        m_form->startFrom(files.constFirst());
}

void MainWindow::copyPicture()
{
    const QStringList files = m_gallery->selectedFiles();
    if (files.isEmpty())
        return;
    m_background->post([this, file = files.constFirst()] {
        const QImage image = readPicture(file);
        QMetaObject::invokeMethod(this, [image] {
            if (!image.isNull())
                QGuiApplication::clipboard()->setImage(image);
        });
    });
}

void MainWindow::copyParameters()
{
    const auto details = m_gallery->currentDetails();
    if (details)
        QGuiApplication::clipboard()->setText(
            details->entry.parameters.isEmpty() ? details->entry.recordJson : details->entry.parameters);
}

void MainWindow::showInFolder()
{
    const QStringList files = m_gallery->selectedFiles();
    if (!files.isEmpty())
        QDesktopServices::openUrl(QUrl::fromLocalFile(QFileInfo(files.constFirst()).path()));
}

void MainWindow::trashSelected()
{
    m_parts.store.trash(m_gallery->selectedIds());
}

void MainWindow::undoTrash()
{
    m_parts.store.restore(m_trashed);
    m_trashed.clear();
    m_notices->dismiss(QStringLiteral("trash"));
    updateGalleryActions();
}

void MainWindow::rebuildGallery()
{
    m_notices->announce(NoticeBar::Kind::Note, tr("The index is being made again from the pictures…"),
                        {{tr("Stop"), [this] { m_parts.store.cancelScan(); }}}, QStringLiteral("scan"));
    m_scanAsked = true;
    m_parts.store.rebuild();
}

QList<ExportItem> MainWindow::exportItems(const QList<PictureId>& ids) const
{
    QList<ExportItem> items;
    const QList<GalleryEntry> entries = m_parts.store.fetch(ids);
    for (const GalleryEntry& entry : entries) {
        if (!entry.missing)
            items.append({entry.file, entry.stars});
    }
    return items;
}

void MainWindow::addExportSlice(const QList<PictureId>& ids, qsizetype from)
{
    QTimer::singleShot(0, m_exportDialog, [this, ids, from] {
        const bool isLast = from + exportSlice >= ids.size();
        m_exportDialog->addItems(exportItems(ids.mid(from, exportSlice)), isLast);
        if (!isLast)
            addExportSlice(ids, from + exportSlice);
    });
}

ExportDialog* MainWindow::openExport()
{
    if (m_exportDialog) {
        m_exportDialog->raise();
        m_exportDialog->activateWindow();
        return m_exportDialog;
    }
    const bool isSelection = m_gallery->selectedCount() > 0;
    const QList<PictureId> ids = m_gallery->selectedIdsOrAll();
    ExportPlan plan = m_parts.settings.state().exportPlan;
    if (plan.folder.isEmpty())
        plan.folder =
            QStandardPaths::writableLocation(QStandardPaths::PicturesLocation) + tr("/Unfog export");
    m_exportDialog = new ExportDialog(plan, exportItems(ids.mid(0, exportSlice)), !isSelection, this);
    m_exportDialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(m_exportDialog, &QDialog::finished, this, [this] {
        m_parts.settings.update([this](StudioState& state) { state.exportPlan = m_exportDialog->plan(); });
        m_exportDialog = nullptr;
    });
    if (ids.size() > exportSlice) {
        m_exportDialog->addItems({}, false);
        addExportSlice(ids, exportSlice);
    }
    m_exportDialog->open();
    return m_exportDialog;
}

void MainWindow::showAbout()
{
    QMessageBox::about(
        this, tr("About Unfog"),
        tr("<h3>Unfog %1</h3><p>A studio for latent diffusion that shows every step from noise to "
           "picture. Everything is computed on this machine; nothing is sent anywhere.</p>"
           "<p>Built on LibTorch, Qt %2, OpenCV and SQLite.</p>")
            .arg(QApplication::applicationVersion(), QString::fromLatin1(qVersion())));
}

} // namespace unfog
