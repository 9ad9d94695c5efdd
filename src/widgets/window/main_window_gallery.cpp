#include <algorithm>
#include <utility>

#include <QApplication>
#include <QClipboard>
#include <QDockWidget>
#include <QFileInfo>
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
#include "widgets/window/main_window.h"

namespace unfog {

void MainWindow::connectGallery()
{
    connect(&m_parts.store, &GalleryStore::added, this, &MainWindow::selectResult);
    const auto showUnkept = [this](const QString& message) {
        m_notices->announce(NoticeBar::Kind::Problem, message, {}, QStringLiteral("unkept"));
    };
    connect(&m_parts.settings, &StudioSettings::writeFailed, this, showUnkept);
    connect(&m_parts.queue, &JobQueue::journalFailed, this, showUnkept);
    connect(&m_parts.store, &GalleryStore::failed, this,
            [this](const QString& message) { m_notices->announce(NoticeBar::Kind::Problem, message); });
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

} // namespace unfog
