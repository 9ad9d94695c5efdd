#include "widgets/controllers/gallery_controller.h"

#include <algorithm>
#include <utility>

#include <QClipboard>
#include <QGuiApplication>
#include <QPointer>
#include <QStandardPaths>
#include <QTimer>

#include "threads/task_thread.h"
#include "widgets/create/read_picture.h"
#include "widgets/export/export_dialog.h"
#include "widgets/gallery/gallery_panel.h"
#include "widgets/gallery/show_in_folder.h"
#include "widgets/notices/notice_bar.h"

namespace unfog {

namespace {

constexpr qsizetype exportSlice = 500; // read in one turn of the event loop

} // namespace

GalleryController::GalleryController(WindowParts& parts, GalleryPanel& panel, NoticeBar& notices,
                                     TaskThread& background, QWidget* window)
    : QObject(window), m_parts(parts), m_panel(panel), m_notices(notices), m_background(background),
      m_window(window)
{
    m_trashed = m_parts.store.trashedBefore();
    connect(&m_parts.store, &GalleryStore::trashed, this, [this](const QList<TrashedPicture>& pictures) {
        if (pictures.isEmpty())
            return;
        m_trashed.append(pictures);
        const auto own = std::find_if(pictures.begin(), pictures.end(), [](const TrashedPicture& picture) {
            return !picture.ownTrash.isEmpty();
        });
        const auto count = static_cast<int>(pictures.size());
        m_notices.announce(
            NoticeBar::Kind::Note,
            own == pictures.end()
                ? tr("%n image(s) moved to the trash.", nullptr, count)
                : tr("%n image(s) moved to Unfog's own trash in %1, kept for 30 days.", nullptr, count)
                      .arg(own->ownTrash),
            {{tr("Undo"), [this] { undoTrash(); }}}, QStringLiteral("trash"));
        Q_EMIT changed();
    });
    connect(&m_parts.store, &GalleryStore::restored, this,
            [this](const QList<PictureId>&, const QList<TrashedPicture>& left) {
                if (!left.isEmpty())
                    m_trashed.append(left);
                Q_EMIT changed();
            });
    connect(&m_parts.store, &GalleryStore::scanEnded, this,
            [this](int newCount, int missingCount, bool cancelled) {
                if (!std::exchange(m_scanAsked, false) || cancelled)
                    return;
                QStringList found;
                if (newCount > 0)
                    found << tr("%n new image(s)", nullptr, newCount);
                if (missingCount > 0)
                    found << tr("%n missing", nullptr, missingCount);
                m_notices.announce(NoticeBar::Kind::Note,
                                   found.isEmpty()
                                       ? tr("The gallery is up to date.")
                                       : tr("Found in the gallery's folder: %1.").arg(found.join(u", ")));
            });
}

void GalleryController::rescan()
{
    m_scanAsked = true;
    m_parts.store.rescan();
}

void GalleryController::closeExport()
{
    if (m_exportDialog)
        m_exportDialog->reject();
}

void GalleryController::copyPicture()
{
    const QString file = m_panel.currentFile();
    if (file.isEmpty())
        return;
    m_background.post([this, file] {
        const auto image = readPicture(file);
        QMetaObject::invokeMethod(this, [this, image] {
            if (image)
                QGuiApplication::clipboard()->setImage(*image);
            else
                m_notices.announce(NoticeBar::Kind::Problem, QString::fromStdString(image.error().message));
        });
    });
}

void GalleryController::copyParameters()
{
    const auto details = m_panel.currentDetails();
    if (details)
        QGuiApplication::clipboard()->setText(
            details->entry.parameters.isEmpty() ? details->entry.recordJson : details->entry.parameters);
}

void GalleryController::showInFolder()
{
    if (const QString file = m_panel.currentFile(); !file.isEmpty())
        unfog::showInFolder(file, m_window);
}

void GalleryController::trashSelected()
{
    m_parts.store.trash(m_panel.takeCommandIds());
}

void GalleryController::undoTrash()
{
    if (m_trashed.isEmpty())
        return;
    m_parts.store.restore(m_trashed.takeLast()); // what can not be brought back comes here again
    m_notices.dismiss(QStringLiteral("trash"));
    Q_EMIT changed();
}

void GalleryController::rebuild()
{
    Q_EMIT panelWanted(); // it shows how far it is, and a button to stop
    m_scanAsked = true;
    m_parts.store.rebuild();
}

QList<ExportItem> GalleryController::exportItems(const QList<PictureId>& ids) const
{
    QList<ExportItem> items;
    const QList<GalleryEntry> entries = m_parts.store.fetch(ids);
    for (const GalleryEntry& entry : entries) {
        if (!entry.missing)
            items.append({entry.file, entry.stars});
    }
    return items;
}

void GalleryController::addExportSlice(const QList<PictureId>& ids, qsizetype from)
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

ExportDialog* GalleryController::openExport()
{
    if (m_exportDialog) {
        m_exportDialog->raise();
        m_exportDialog->activateWindow();
        return m_exportDialog;
    }
    const bool isSelection = m_panel.selectedCount() > 0;
    const QList<PictureId> ids = m_panel.selectedIdsOrAll();
    ExportPlan plan = m_parts.settings.state().exportPlan;
    if (plan.folder.isEmpty())
        plan.folder =
            QStandardPaths::writableLocation(QStandardPaths::PicturesLocation) + tr("/Unfog export");
    m_exportDialog = new ExportDialog(plan, exportItems(ids.mid(0, exportSlice)), !isSelection, m_window);
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

} // namespace unfog
