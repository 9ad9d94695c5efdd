#include <algorithm>
#include <utility>

#include <QApplication>
#include <QClipboard>
#include <QDockWidget>
#include <QFileInfo>
#include <QMessageBox>
#include <QPointer>
#include <QStandardPaths>

#include "image_files/metadata/picture_metadata.h"
#include "threads/task_thread.h"
#include "widgets/canvas/canvas_view.h"
#include "widgets/create/generate_panel.h"
#include "widgets/create/import_report.h"
#include "widgets/create/picture_parameters.h"
#include "widgets/create/read_picture.h"
#include "widgets/export/export_dialog.h"
#include "widgets/gallery/gallery_panel.h"
#include "widgets/gallery/show_in_folder.h"
#include "widgets/notices/notice_bar.h"
#include "widgets/window/computer_dialog.h"
#include "widgets/window/main_window.h"

namespace unfog {

namespace {

constexpr qsizetype exportSlice = 500; // read in one turn of the event loop

/// What one dropped file said.
struct ReadFile {
    QString file;
    Result<PictureMetadata> metadata;
};

QString fileName(const QString& file)
{
    return QFileInfo(file).fileName();
}

} // namespace

void MainWindow::connectGallery()
{
    connect(&m_parts.store, &GalleryStore::added, this, &MainWindow::selectResult);
    m_trashed = m_parts.store.trashedBefore();
    connect(&m_parts.store, &GalleryStore::trashed, this, [this](const QList<TrashedPicture>& pictures) {
        if (pictures.isEmpty())
            return;
        m_trashed.append(pictures);
        const auto own = std::find_if(pictures.begin(), pictures.end(), [](const TrashedPicture& picture) {
            return !picture.ownTrash.isEmpty();
        });
        const auto count = static_cast<int>(pictures.size());
        m_notices->announce(
            NoticeBar::Kind::Note,
            own == pictures.end()
                ? tr("%n image(s) moved to the trash.", nullptr, count)
                : tr("%n image(s) moved to Unfog's own trash in %1, kept for 30 days.", nullptr, count)
                      .arg(own->ownTrash),
            {{tr("Undo"), [this] { undoTrash(); }}}, QStringLiteral("trash"));
        updateGalleryActions();
    });
    connect(&m_parts.store, &GalleryStore::restored, this,
            [this](const QList<PictureId>&, const QList<TrashedPicture>& left) {
                if (!left.isEmpty())
                    m_trashed.append(left);
                updateGalleryActions();
            });
    const auto showUnkept = [this](const QString& message) {
        m_notices->announce(NoticeBar::Kind::Problem, message, {}, QStringLiteral("unkept"));
    };
    connect(&m_parts.settings, &StudioSettings::writeFailed, this, showUnkept);
    connect(&m_parts.queue, &JobQueue::journalFailed, this, showUnkept);
    connect(&m_parts.store, &GalleryStore::failed, this,
            [this](const QString& message) { m_notices->announce(NoticeBar::Kind::Problem, message); });
    connect(&m_parts.store, &GalleryStore::scanEnded, this,
            [this](int newCount, int missingCount, bool cancelled) {
                if (!std::exchange(m_scanAsked, false) || cancelled)
                    return;
                QStringList found;
                if (newCount > 0)
                    found << tr("%n new image(s)", nullptr, newCount);
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

void MainWindow::selectResult(const QList<PictureId>& added)
{
    if (!m_runRequest)
        return;
    const auto index = static_cast<quint64>(m_viewer->current().imageIndex());
    for (const GalleryEntry& entry : m_parts.store.fetch(added)) {
        if (entry.seed != m_runRequest->output.seed + index ||
            entry.prompt != QString::fromStdString(m_runRequest->prompts.positive))
            continue;
        m_resultEntry = entry.id;
        if (!m_viewer->current().isGallery())
            m_gallery->setCurrent(entry.id);
    }
}

void MainWindow::showGalleryPicture(const GalleryEntry& entry)
{
    if (entry.id == m_resultEntry && !m_parts.worker.isRunning()) {
        ++m_shownTicket;
        return m_viewer->showResult();
    }
    m_shownEntry = entry.id;
    const QString caption = QStringLiteral("%1  ·  %2 × %3")
                                .arg(QFileInfo(entry.file).fileName())
                                .arg(entry.widthPx)
                                .arg(entry.heightPx);
    m_background->post([this, file = entry.file, caption, ticket = ++m_shownTicket] {
        if (ticket != m_shownTicket)
            return;
        const auto image = readPicture(file);
        QMetaObject::invokeMethod(this, [this, image, caption, ticket] {
            if (ticket != m_shownTicket)
                return;
            if (!image)
                return m_notices->announce(NoticeBar::Kind::Problem,
                                           QString::fromStdString(image.error().message));
            const auto details = m_parts.store.details(m_shownEntry);
            m_viewer->setRunAgainPossible(details && parametersOf(details->entry));
            m_viewer->showPicture(*image, caption);
            updateRunActions();
        });
    });
}

void MainWindow::useParameters(int part)
{
    using Part = GeneratePanel::Part;
    const auto details = m_gallery->currentDetails();
    auto parameters = details ? parametersOf(details->entry) : std::nullopt;
    const auto wanted = static_cast<Part>(part);
    if (!parameters)
        return m_notices->announce(NoticeBar::Kind::Note, tr("This image has no record of how it was made."));
    if (wanted == Part::Seed && !parameters->hasSeed())
        return m_notices->announce(NoticeBar::Kind::Note, tr("This image has no record of its seed."));
    if (wanted == Part::All)
        return takeParameters(tr("“%1”").arg(fileName(details->entry.file)), std::move(*parameters));
    m_form->fit(parameters->imported);
    m_form->setRequest(filledIn(*parameters, m_form->request()), wanted);
}

void MainWindow::readParameters(const QStringList& files)
{
    if (files.isEmpty())
        return;
    m_background->post([this, files] {
        QList<ReadFile> read;
        for (const QString& file : files) {
            read.append({file, readPictureMetadata(file.toStdString())});
            if (read.constLast().metadata && read.constLast().metadata->request)
                break;
        }
        QMetaObject::invokeMethod(this, [this, read] {
            QStringList silent;
            QString firstSilent;
            for (const ReadFile& one : read) {
                if (!one.metadata) {
                    m_notices->announce(NoticeBar::Kind::Problem,
                                        QString::fromStdString(one.metadata.error().message));
                } else if (const auto parameters = parametersOf(*one.metadata)) {
                    takeParameters(tr("“%1”").arg(fileName(one.file)), *parameters);
                } else {
                    if (silent.isEmpty())
                        firstSilent = one.file;
                    silent << fileName(one.file);
                }
            }
            const bool isTaken = read.constLast().metadata && read.constLast().metadata->request;
            if (isTaken || silent.isEmpty())
                return;
            m_notices->announce(
                NoticeBar::Kind::Note,
                tr("“%1” has no record of how it was made.").arg(silent.join(QStringLiteral("”, “"))),
                {{tr("Start from it"), [this, firstSilent] { m_form->startFrom(firstSilent); }}},
                QStringLiteral("parameters"));
        });
    });
}

void MainWindow::takeParameters(const QString& source, PictureParameters parameters)
{
    m_form->fit(parameters.imported);
    m_form->setRequest(filledIn(parameters, m_form->request()));
    if (parameters.hasSeed())
        m_form->setSeedLocked(true);
    QStringList lines{tr("Taken from %1: %2.").arg(source, takenText(parameters))};
    for (const QString& line : {missingModelText(parameters), deviationText(parameters)}) {
        if (!line.isEmpty())
            lines << line;
    }
    QList<NoticeBar::Button> buttons;
    if (!parameters.imported.values.empty() || !parameters.notes.isEmpty())
        buttons.append({tr("Show all settings…"),
                        [this, source, parameters] { showImportReport(source, parameters, this); }});
    m_notices->announce(NoticeBar::Kind::Note, lines.join(u' '), buttons, QStringLiteral("parameters"));
}

void MainWindow::offerParameters(const QString& text)
{
    const auto parameters = parametersOf(text);
    if (!parameters)
        return;
    m_notices->announce(NoticeBar::Kind::Note, tr("The pasted text holds generation parameters."),
                        {{tr("Use them as parameters"),
                          [this, parameters] { takeParameters(tr("the pasted text"), *parameters); }}},
                        QStringLiteral("parameters"));
}

void MainWindow::startFromPicture()
{
    if (const QString file = m_gallery->currentFile(); !file.isEmpty())
        m_form->startFrom(file);
}

void MainWindow::copyPicture()
{
    const QString file = m_gallery->currentFile();
    if (file.isEmpty())
        return;
    m_background->post([this, file] {
        const auto image = readPicture(file);
        QMetaObject::invokeMethod(this, [this, image] {
            if (image)
                QGuiApplication::clipboard()->setImage(*image);
            else
                m_notices->announce(NoticeBar::Kind::Problem, QString::fromStdString(image.error().message));
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
    if (const QString file = m_gallery->currentFile(); !file.isEmpty())
        unfog::showInFolder(file, this);
}

void MainWindow::trashSelected()
{
    m_parts.store.trash(m_gallery->takeCommandIds());
}

void MainWindow::undoTrash()
{
    if (m_trashed.isEmpty())
        return;
    m_parts.store.restore(m_trashed.takeLast()); // what can not be brought back comes here again
    m_notices->dismiss(QStringLiteral("trash"));
    updateGalleryActions();
}

void MainWindow::rebuildGallery()
{
    m_galleryDock->show(); // how far it is, and a button to stop, stand there
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
    QTimer::singleShot(0, this, [this, ids, from, dialog = QPointer<ExportDialog>(m_exportDialog)] {
        if (!dialog || dialog != m_exportDialog)
            return; // closed meanwhile, whether it is deleted yet or not
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
    m_exportDialog->setOriginalsFolder(m_parts.store.folder());
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

void MainWindow::readDevices(const std::function<void(const DeviceReport&)>& then)
{
    if (!m_parts.readDevices)
        return;
    m_background->post([this, read = m_parts.readDevices, then] {
        const DeviceReport report = read();
        QMetaObject::invokeMethod(
            this, [then, report] { then(report); }, Qt::QueuedConnection);
    });
}

void MainWindow::showComputer()
{
    // Read anew: free memory changes.
    readDevices([this](const DeviceReport& report) {
        auto* dialog = new ComputerDialog(report, this);
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->open();
    });
}

void MainWindow::showAbout()
{
    QMessageBox::about(
        this, tr("About Unfog"),
        tr("<h3>Unfog %1</h3><p>A studio for latent diffusion that shows every step from noise to "
           "image. Everything is computed on this machine; nothing is sent anywhere.</p>"
           "<p>Built on LibTorch, Qt %2, OpenCV and SQLite. Licence: MIT. CLIP’s vocabulary is OpenAI’s, "
           "under the MIT "
           "licence; the starter model was trained on renderings of Noto Color Emoji (SIL Open Font Licence "
           "1.1).</p>")
            .arg(QApplication::applicationVersion(), QString::fromLatin1(qVersion())));
}

} // namespace unfog
