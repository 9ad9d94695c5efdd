#include "jobs/job_queue_model.h"

#include <algorithm>

#include <QDataStream>
#include <QIODevice>
#include <QMimeData>

namespace unfog {

namespace {

const QString kMimeType = QStringLiteral("application/x-unfog-jobs");

} // namespace

QString stateName(JobState state)
{
    switch (state) {
    case JobState::Waiting:
        return JobQueueModel::tr("Waiting");
    case JobState::Running:
        return JobQueueModel::tr("Running");
    case JobState::Done:
        return JobQueueModel::tr("Done");
    case JobState::Failed:
        return JobQueueModel::tr("Failed");
    case JobState::Cancelled:
        return JobQueueModel::tr("Cancelled");
    }
    Q_UNREACHABLE();
}

JobQueueModel::JobQueueModel(JobQueue& queue, QObject* parent) : QAbstractListModel(parent), m_queue(queue)
{
    connect(&queue, &JobQueue::aboutToInsert, this,
            [this](int first, int last) { beginInsertRows({}, first, last); });
    connect(&queue, &JobQueue::inserted, this, [this] { endInsertRows(); });
    connect(&queue, &JobQueue::aboutToRemove, this, [this](int row) { beginRemoveRows({}, row, row); });
    connect(&queue, &JobQueue::removed, this, [this] { endRemoveRows(); });
    connect(&queue, &JobQueue::aboutToMove, this,
            [this](int row, int before) { beginMoveRows({}, row, row, {}, before); });
    connect(&queue, &JobQueue::moved, this, [this] { endMoveRows(); });
    connect(&queue, &JobQueue::changed, this,
            [this](int row) { Q_EMIT dataChanged(index(row), index(row)); });
}

int JobQueueModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_queue.jobs().size());
}

QVariant JobQueueModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Job& job = m_queue.jobs().at(index.row());
    const QString prompt = QString::fromStdString(job.request.prompts.positive);
    switch (role) {
    case Qt::DisplayRole:
        return prompt.trimmed().isEmpty() ? tr("(no prompt)") : prompt.simplified();
    case Qt::ToolTipRole:
        return job.error.isEmpty() ? prompt : job.error;
    case Qt::AccessibleTextRole:
        return tr("%1: %2").arg(stateName(job.state), prompt.simplified());
    case IdRole:
        return QVariant::fromValue(job.id);
    case StateRole:
        return static_cast<int>(job.state);
    case PromptRole:
        return prompt;
    case SeedRole:
        return QVariant::fromValue(quint64(job.request.output.seed));
    case CountRole:
        return job.request.output.count;
    case ImagesFinishedRole:
        return job.imagesFinished;
    case ErrorRole:
        return job.error;
    case FilesRole:
        return job.files;
    case PreviousJobRole:
        return index.row() == 0 ? QVariant() : QVariant::fromValue(m_queue.jobs().at(index.row() - 1));
    case JobRole:
        return QVariant::fromValue(job);
    default:
        return {};
    }
}

QHash<int, QByteArray> JobQueueModel::roleNames() const
{
    auto names = QAbstractListModel::roleNames();
    names.insert({{IdRole, "jobId"},
                  {StateRole, "state"},
                  {PromptRole, "prompt"},
                  {SeedRole, "seed"},
                  {CountRole, "count"},
                  {ImagesFinishedRole, "imagesFinished"},
                  {ErrorRole, "error"},
                  {FilesRole, "files"},
                  {JobRole, "job"}});
    return names;
}

Qt::ItemFlags JobQueueModel::flags(const QModelIndex& index) const
{
    if (!index.isValid())
        return Qt::ItemIsDropEnabled;
    Qt::ItemFlags flags = Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemNeverHasChildren;
    if (m_queue.jobs().at(index.row()).state == JobState::Waiting)
        flags |= Qt::ItemIsDragEnabled;
    return flags;
}

Qt::DropActions JobQueueModel::supportedDropActions() const
{
    return Qt::MoveAction;
}

QStringList JobQueueModel::mimeTypes() const
{
    return {kMimeType};
}

QMimeData* JobQueueModel::mimeData(const QModelIndexList& indexes) const
{
    QList<int> rows;
    for (const QModelIndex& index : indexes)
        rows.append(index.row());
    std::sort(rows.begin(), rows.end());
    QByteArray bytes;
    QDataStream out(&bytes, QIODevice::WriteOnly);
    for (const int row : rows)
        out << m_queue.jobs().at(row).id;
    auto* data = new QMimeData;
    data->setData(kMimeType, bytes);
    return data;
}

bool JobQueueModel::canDropMimeData(const QMimeData* data, Qt::DropAction action, int, int column,
                                    const QModelIndex& parent) const
{
    return data && data->hasFormat(kMimeType) && action == Qt::MoveAction && column <= 0 && !parent.isValid();
}

bool JobQueueModel::dropMimeData(const QMimeData* data, Qt::DropAction action, int row, int column,
                                 const QModelIndex& parent)
{
    if (!canDropMimeData(data, action, row, column, parent))
        return false;
    QDataStream in(data->data(kMimeType));
    int before = row < 0 ? rowCount() : row;
    while (!in.atEnd()) {
        JobId id = 0;
        in >> id;
        // By id: the queue may have changed while the mouse was held.
        const int from = m_queue.rowOf(id);
        if (from < 0)
            continue;
        m_queue.move(from, before);
        before = m_queue.rowOf(id) + 1;
    }
    return true;
}

bool JobQueueModel::moveRows(const QModelIndex& sourceParent, int sourceRow, int count,
                             const QModelIndex& destinationParent, int destinationChild)
{
    if (sourceParent.isValid() || destinationParent.isValid() || count < 1 || sourceRow < 0 ||
        sourceRow + count > rowCount() || destinationChild < 0 || destinationChild > rowCount() ||
        (destinationChild >= sourceRow && destinationChild <= sourceRow + count))
        return false;
    for (int i = 0; i < count; ++i) {
        const bool down = destinationChild > sourceRow;
        m_queue.move(down ? sourceRow : sourceRow + i, down ? destinationChild : destinationChild + i);
    }
    return true;
}

} // namespace unfog
