#pragma once

#include <optional>
#include <vector>

#include <QItemSelectionModel>
#include <QObject>

#include "gallery/gallery_model.h"

class QAbstractItemView;

namespace unfog {

/// Keeps a selection alive while rows leave the gallery: those that stay remain selected; when none stays,
/// the row after the last of them takes over, at the end of the list the last row. What was never selected
/// stays so.
class GallerySelection final : public QObject {
    Q_OBJECT
public:
    /// To be made before the view gets the model: it must see a change before the view's selection does.
    explicit GallerySelection(GalleryModel& model, QObject* parent = nullptr);
    /// After the view got the model. The view must outlive this.
    void attach(QAbstractItemView& view);

    /// Moves on from images that are about to leave: selects the row after the last of them that is no part
    /// of them, else the one before. False when none of them is shown or no other row is left.
    bool moveOnFrom(const QList<PictureId>& ids);
    /// Selects these, the first of them current, at once or as soon as all searches under way have ended.
    /// Those that the filter hides are let pass.
    void selectWhenShown(const QList<PictureId>& ids);

private:
    void beforeRemoval();
    void afterRemoval(int first);
    void beforeReset();
    void afterReset();
    void selectPending();
    void selectRow(int row);
    bool selectIds(const QList<PictureId>& ids, PictureId current);

    /// What was selected before the rows changed; kept over a search that finds nothing.
    struct Before {
        std::vector<PictureId> ids; ///< all rows
        QList<PictureId> selected;  ///< in the order of rows
        PictureId current = 0;
    };

    GalleryModel& m_model;
    QAbstractItemView* m_view = nullptr;
    bool m_hadSelection = false;
    std::optional<Before> m_before;
    QList<PictureId> m_pending;
};

} // namespace unfog
