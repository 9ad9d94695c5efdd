#pragma once

#include <QList>
#include <QObject>

#include "export/exporter.h"
#include "widgets/window/window_parts.h"

namespace unfog {

class ExportDialog;
class GalleryPanel;
class NoticeBar;
class TaskThread;

/// What a person does with images of the gallery as files: copy, show, trash and undo, look for new ones,
/// export. GUI thread.
class GalleryController final : public QObject {
    Q_OBJECT
public:
    GalleryController(WindowParts& parts, GalleryPanel& panel, NoticeBar& notices, TaskThread& background,
                      QWidget* window);

    void copyPicture();
    void copyParameters();
    void showInFolder();
    void trashSelected();
    bool canUndoTrash() const { return !m_trashed.isEmpty(); }
    void undoTrash();
    /// What is found is said, unlike at the start.
    void rescan();
    void rebuild();
    /// The dialog stays up until it is closed; one at a time.
    ExportDialog* openExport();
    void closeExport();

Q_SIGNALS:
    void changed();
    void panelWanted();

private:
    QList<ExportItem> exportItems(const QList<PictureId>& ids) const;
    void addExportSlice(const QList<PictureId>& ids, qsizetype from);

    WindowParts& m_parts;
    GalleryPanel& m_panel;
    NoticeBar& m_notices;
    TaskThread& m_background;
    QWidget* m_window;
    QList<QList<TrashedPicture>> m_trashed; ///< of each move to the trash, the last one last
    ExportDialog* m_exportDialog = nullptr;
    bool m_scanAsked = false; ///< by a person
};

} // namespace unfog
