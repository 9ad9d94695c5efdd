#pragma once

#include <QSortFilterProxyModel>

namespace unfog {

class JobQueue;

/// The queue as people read it: what runs first, then what waits, in its order, then what has ended, the
/// newest first, which may be folded away. Rows are dragged among the waiting ones.
class QueueOrder final : public QSortFilterProxyModel {
    Q_OBJECT
public:
    explicit QueueOrder(JobQueue& queue, QObject* parent = nullptr);

    void setEndedShown(bool shown);
    bool isEndedShown() const { return m_isEndedShown; }
    int endedCount() const;

    bool canDropMimeData(const QMimeData* data, Qt::DropAction action, int row, int column,
                         const QModelIndex& parent) const override;
    bool dropMimeData(const QMimeData* data, Qt::DropAction action, int row, int column,
                      const QModelIndex& parent) override;

protected:
    bool filterAcceptsRow(int sourceRow, const QModelIndex& sourceParent) const override;
    bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;

private:
    /// Where in the queue a job goes that is dropped before this row.
    int queueRowBefore(int row) const;

    JobQueue& m_queue;
    bool m_isEndedShown = false;
};

} // namespace unfog
