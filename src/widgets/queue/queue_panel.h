#pragma once

#include <QListView>
#include <QWidget>

#include "jobs/job_queue_model.h"
#include "widgets/fields/plain_tooltip_delegate.h"

class QLabel;
class QToolButton;

namespace unfog {

class ActionRegistry;
class QueueOrder;

/// A job on one line: state, prompt, what is special about it.
class JobDelegate final : public PlainToolTipDelegate {
    Q_OBJECT
public:
    using PlainToolTipDelegate::PlainToolTipDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    /// Of the running job, 0 … 1.
    void setFraction(double fraction) { m_fraction = fraction; }

private:
    double m_fraction = 0.0;
};

/// The running job, the waiting ones and, unfolded, those that have ended; reorder by drag or by keys. What
/// its buttons do is the registry's; it adds "queue.move-up" and "queue.move-down" there.
class QueuePanel final : public QWidget {
    Q_OBJECT
public:
    QueuePanel(JobQueueModel& model, JobQueue& queue, ActionRegistry& actions, QWidget* parent = nullptr);

    QList<JobId> selectedIds() const;
    void setFraction(double fraction);
    /// A run of `done` took so long: what the time left is told by. `nativeSizePx`: of the present model.
    void learnPace(const GenerationRequest& done, double seconds, QSize nativeSizePx);
    /// Of everything that runs or waits; 0 = nothing to do, or no run has shown the pace yet.
    double secondsLeft() const;
    QListView* view() const { return m_view; }
    /// How much waits, and the buttons: to stand in the title bar.
    QWidget* header() const { return m_header; }

Q_SIGNALS:
    void selectionChanged();
    /// A finished job was chosen: its last picture is to be shown.
    void jobActivated(const unfog::Job& job);

private:
    void showCounts();
    /// The selected waiting rows by one place, up or down; they stay together.
    void moveSelected(bool up);

    JobQueueModel& m_model;
    JobQueue& m_queue;
    QueueOrder* m_order;
    QListView* m_view;
    JobDelegate* m_delegate;
    QWidget* m_header;
    QLabel* m_count;
    QToolButton* m_fold; ///< shows and hides what has ended
    double m_fraction = 0.0;
    double m_secondsPerWork = 0.0; ///< 0 = not known
    QSize m_nativeSizePx;
};

} // namespace unfog
