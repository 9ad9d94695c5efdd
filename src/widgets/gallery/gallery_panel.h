#pragma once

#include <QTimer>
#include <QWidget>

#include "gallery/gallery_model.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QProgressBar;
class QSplitter;

namespace unfog {

class ActionRegistry;
class GalleryDetailsView;
class GallerySelection;
class ThumbnailGrid;

/// Search, thumbnails, details. What its buttons do is the registry's; the window gives them their work.
class GalleryPanel final : public QWidget {
    Q_OBJECT
public:
    GalleryPanel(GalleryStore& store, GalleryModel& model, ActionRegistry& actions,
                 QWidget* parent = nullptr);

    QList<PictureId> selectedIds() const;
    int selectedCount() const;
    /// Newest first; the search result when nothing is selected and `orAll`.
    QList<PictureId> selectedIdsOrAll() const;
    /// Of the one selected image; of several the current one, else the first; of none the one of
    /// setCurrent().
    std::optional<GalleryDetails> currentDetails() const;
    /// The file of the same picture; "" = none.
    QString currentFile() const;
    /// The window's current image where it is not one of the grid's selection, e.g. the result of a run: what
    /// details and commands mean while nothing is selected. Clears a selection of one; several stay.
    void setCurrent(PictureId id);
    /// What a command works on: the selection, else the current image.
    QList<PictureId> commandIds() const;
    /// commandIds(), for a command that takes them away: the selection moves on to the next image at once, so
    /// that the next key means that one.
    QList<PictureId> takeCommandIds();
    /// Asks for these stars for commandIds(), and moves on where the filter will hide them.
    void rate(int stars);
    void focusSearch();

    ThumbnailGrid* grid() const { return m_grid; }
    QByteArray splitterState() const;
    void restoreSplitter(const QByteArray& state);

Q_SIGNALS:
    void pictureShown(const unfog::GalleryEntry& entry);
    void starsChosen(const QList<unfog::PictureId>& ids, int stars);
    void selectionChanged(int count);
    /// Pictures from other programs, dropped here: their parameters are to be read.
    void filesDropped(const QStringList& files);

protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    bool event(QEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    QWidget* buildTop();
    QWidget* buildScan();
    QWidget* buildButtons(ActionRegistry& actions);
    void applyFilter();
    void showSelection();
    void moveOnFrom(const QList<PictureId>& ids);
    /// The current image, else the row last current, else the first: what keys mean from now on.
    void selectForKeys();
    void showCounts();
    void showScan(int done, int total);
    int selectedRow() const; ///< see currentDetails(); −1 = none
    void tellThumbnailSize();

    GalleryStore& m_store;
    GalleryModel& m_model;
    QLineEdit* m_search;
    QComboBox* m_minimumStars;
    QLabel* m_count;
    QWidget* m_scan; ///< while files are read: how far, and a button to stop
    QProgressBar* m_scanProgress;
    ThumbnailGrid* m_grid;
    GallerySelection* m_selection;
    GalleryDetailsView* m_details;
    QSplitter* m_splitter;
    PictureId m_current = 0;
    QTimer m_searchDelay;
    QTimer m_selectionDelay;
};

} // namespace unfog
