#include "widgets/queue/queue_order.h"

#include <algorithm>

#include "jobs/job_queue_model.h"

namespace unfog {

namespace {

JobState stateOf(const QModelIndex& index)
{
    return static_cast<JobState>(index.data(JobQueueModel::StateRole).toInt());
}

int groupOf(JobState state)
{
    return state == JobState::Running ? 0 : state == JobState::Waiting ? 1 : 2;
}

} // namespace

QueueOrder::QueueOrder(JobQueue& queue, QObject* parent) : QSortFilterProxyModel(parent), m_queue(queue)
{
    setFilterRole(JobQueueModel::StateRole);
    setSortRole(JobQueueModel::StateRole);
    setDynamicSortFilter(true);
    sort(0);
}

void QueueOrder::setEndedShown(bool shown)
{
    if (std::exchange(m_isEndedShown, shown) != shown)
        invalidateFilter();
}

int QueueOrder::endedCount() const
{
    const auto& jobs = m_queue.jobs();
    return static_cast<int>(
        std::count_if(jobs.begin(), jobs.end(), [](const Job& job) { return job.hasEnded(); }));
}

bool QueueOrder::filterAcceptsRow(int sourceRow, const QModelIndex& sourceParent) const
{
    return m_isEndedShown || groupOf(stateOf(sourceModel()->index(sourceRow, 0, sourceParent))) < 2;
}

bool QueueOrder::lessThan(const QModelIndex& left, const QModelIndex& right) const
{
    const int leftGroup = groupOf(stateOf(left)), rightGroup = groupOf(stateOf(right));
    if (leftGroup != rightGroup)
        return leftGroup < rightGroup;
    return leftGroup == 2 ? left.row() > right.row() : left.row() < right.row();
}

int QueueOrder::queueRowBefore(int row) const
{
    for (; row >= 0 && row < rowCount(); ++row)
        if (stateOf(index(row, 0)) == JobState::Waiting)
            return mapToSource(index(row, 0)).row();
    return sourceModel()->rowCount();
}

bool QueueOrder::canDropMimeData(const QMimeData* data, Qt::DropAction action, int row, int column,
                                 const QModelIndex& parent) const
{
    return sourceModel()->canDropMimeData(data, action, row, column, mapToSource(parent));
}

bool QueueOrder::dropMimeData(const QMimeData* data, Qt::DropAction action, int row, int column,
                              const QModelIndex& parent)
{
    return !parent.isValid() && sourceModel()->dropMimeData(data, action, queueRowBefore(row), column, {});
}

} // namespace unfog
