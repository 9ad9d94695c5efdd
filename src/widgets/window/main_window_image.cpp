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

} // namespace unfog
