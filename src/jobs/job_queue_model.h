#pragma once

#include <QAbstractListModel>

#include "jobs/job_queue.h"

/// The queue as rows. Waiting rows are reordered by drag (view: InternalMove, MoveAction).
namespace unfog {

class JobQueueModel final : public QAbstractListModel {
    Q_OBJECT

public:
    enum Role {
        IdRole = Qt::UserRole + 1, ///< quint64
        StateRole,                 ///< int of JobState
        PromptRole,
        SeedRole, ///< quint64
        CountRole,
        ImagesFinishedRole,
        ErrorRole,
        FilesRole,       ///< QStringList
        JobRole,         ///< unfog::Job
        PreviousJobRole, ///< unfog::Job: the one that was put in before it; invalid = the first
    };

    /// `queue` must outlive the model.
    explicit JobQueueModel(JobQueue& queue, QObject* parent = nullptr);

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QHash<int, QByteArray> roleNames() const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    Qt::DropActions supportedDropActions() const override;
    QStringList mimeTypes() const override;
    QMimeData* mimeData(const QModelIndexList& indexes) const override;
    bool canDropMimeData(const QMimeData* data, Qt::DropAction action, int row, int column,
                         const QModelIndex& parent) const override;
    bool dropMimeData(const QMimeData* data, Qt::DropAction action, int row, int column,
                      const QModelIndex& parent) override;
    bool moveRows(const QModelIndex& sourceParent, int sourceRow, int count,
                  const QModelIndex& destinationParent, int destinationChild) override;

private:
    JobQueue& m_queue;
};

/// "Waiting", "Running" … for people.
QString stateName(JobState state);

} // namespace unfog
