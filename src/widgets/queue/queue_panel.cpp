#include "widgets/queue/queue_panel.h"

#include <algorithm>

#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPainter>
#include <QPainterPath>
#include <QToolButton>
#include <QVBoxLayout>

#include "widgets/canvas/step_text.h"
#include "widgets/fields/symbolic_icon.h"
#include "widgets/queue/job_text.h"
#include "widgets/queue/queue_order.h"
#include "widgets/window/action_registry.h"
#include "widgets/window/theme.h"

namespace unfog {

namespace {

constexpr int lineHeightPx = 34;
constexpr int iconPx = 16;

QString iconOf(JobState state)
{
    switch (state) {
    case JobState::Waiting:
        return QStringLiteral("waiting");
    case JobState::Running:
        return QStringLiteral("generate");
    case JobState::Done:
        return QStringLiteral("done");
    case JobState::Failed:
        return QStringLiteral("warning");
    case JobState::Cancelled:
        return QStringLiteral("close");
    }
    return {};
}

QColor colourOf(JobState state, const QPalette& palette)
{
    const ThemeColours colours = Theme::colours(palette);
    switch (state) {
    case JobState::Running:
        return palette.color(QPalette::Highlight);
    case JobState::Done:
        return colours.good;
    case JobState::Failed:
        return colours.bad;
    case JobState::Waiting:
    case JobState::Cancelled:
        return colours.subtle;
    }
    return colours.subtle;
}

QString summaryOf(const Job& job, const Job* before)
{
    QStringList parts;
    const GenerationRequest& request = job.request;
    if (job.state == JobState::Failed)
        return job.error;
    if (job.isIncomplete() || (job.state == JobState::Waiting && job.imagesFinished > 0))
        parts << JobDelegate::tr("%1 of %2 saved").arg(job.saved.count()).arg(request.output.count);
    else if (request.output.count > 1)
        parts << (job.state == JobState::Waiting
                      ? JobDelegate::tr("%n image(s)", nullptr, request.output.count)
                      : JobDelegate::tr("%1 of %2").arg(job.imagesFinished).arg(request.output.count));
    if (const QString difference = differenceText(job, before); !difference.isEmpty())
        parts << difference;
    if (job.state == JobState::Done && job.started.isValid())
        parts << durationText(static_cast<double>(job.started.msecsTo(job.ended)) / 1000.0);
    else
        parts << stateName(job.state);
    return parts.join(QStringLiteral("  ·  "));
}

} // namespace

QSize JobDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const
{
    return {200, std::max(lineHeightPx, option.fontMetrics.height() + 14)};
}

void JobDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const Job job = index.data(JobQueueModel::JobRole).value<Job>();
    const bool selected = option.state.testFlag(QStyle::State_Selected);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const QRectF box = QRectF(option.rect).adjusted(4, 1, -4, -1);
    QColor fill = option.palette.color(QPalette::Highlight);
    if (job.state == JobState::Running && m_fraction > 0.0) {
        fill.setAlphaF(0.16F);
        QPainterPath clip;
        clip.addRoundedRect(box, 5, 5);
        painter->setClipPath(clip);
        painter->fillRect(QRectF(box.left(), box.top(), box.width() * m_fraction, box.height()), fill);
        painter->setClipping(false);
    }
    if (selected) {
        fill.setAlphaF(0.22F);
        painter->setPen(Qt::NoPen);
        painter->setBrush(fill);
        painter->drawRoundedRect(box, 5, 5);
    }
    const double ratio = painter->device()->devicePixelRatioF();
    const JobState shown = job.hasEnded() && job.isIncomplete() ? JobState::Failed : job.state;
    QPixmap icon =
        symbolicPixmap(iconOf(shown), QSize(iconPx, iconPx) * ratio, colourOf(shown, option.palette));
    icon.setDevicePixelRatio(ratio);
    painter->drawPixmap(QPointF(box.left() + 8, box.center().y() - iconPx / 2.0), icon);

    const QRectF text = box.adjusted(8 + iconPx + 10, 0, -10, 0);
    const QVariant previous = index.data(JobQueueModel::PreviousJobRole);
    const Job before = previous.value<Job>();
    const QString summary =
        option.fontMetrics.elidedText(summaryOf(job, previous.isValid() ? &before : nullptr), Qt::ElideRight,
                                      static_cast<int>(text.width() * 0.62));
    const double summaryWidth = option.fontMetrics.horizontalAdvance(summary);
    painter->setPen(job.state == JobState::Failed ? Theme::colours(option.palette).bad
                                                  : Theme::colours(option.palette).subtle);
    painter->drawText(text, Qt::AlignRight | Qt::AlignVCenter, summary);
    QString prompt = QString::fromStdString(job.request.prompts.positive).simplified();
    if (prompt.isEmpty())
        prompt = tr("No prompt");
    painter->setPen(option.palette.color(job.hasEnded() ? QPalette::PlaceholderText : QPalette::Text));
    if (job.state == JobState::Done)
        painter->setPen(option.palette.color(QPalette::Text));
    const double promptWidth = text.width() - summaryWidth - 20;
    painter->drawText(text, Qt::AlignLeft | Qt::AlignVCenter,
                      option.fontMetrics.elidedText(prompt, Qt::ElideRight, static_cast<int>(promptWidth)));
    painter->restore();
}

QueuePanel::QueuePanel(JobQueueModel& model, JobQueue& queue, ActionRegistry& actions, QWidget* parent)
    : QWidget(parent), m_model(model), m_queue(queue), m_order(new QueueOrder(queue, this)),
      m_view(new QListView(this)), m_delegate(new JobDelegate(this)), m_header(new QWidget(this)),
      m_count(new QLabel(m_header)), m_fold(new QToolButton(this))
{
    m_order->setSourceModel(&model);
    m_view->setModel(m_order);
    m_view->setItemDelegate(m_delegate);
    m_view->setAccessibleName(tr("Queue"));
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setUniformItemSizes(true);
    m_view->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_view->setDragDropMode(QAbstractItemView::InternalMove);
    m_view->setDefaultDropAction(Qt::MoveAction);
    m_view->setDropIndicatorShown(true);
    m_view->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_view->viewport()->setAutoFillBackground(false);
    m_view->setContextMenuPolicy(Qt::CustomContextMenu);
    m_count->setProperty("subtle", true);
    m_count->setAccessibleName(tr("State of the queue"));

    auto* bar = new QHBoxLayout(m_header);
    bar->setContentsMargins(10, 0, 0, 0);
    bar->setSpacing(2);
    bar->addWidget(m_count, 1);
    for (const char* id : {"queue.pause", "queue.cancel", "queue.retry", "queue.clear"}) {
        auto* button = new QToolButton(m_header);
        button->setDefaultAction(actions.action(QString::fromLatin1(id)));
        button->setAccessibleName(button->defaultAction()->text().remove(u'&'));
        button->setIconSize({16, 16});
        button->setAutoRaise(true);
        bar->addWidget(button);
    }
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 4, 8, 8);
    layout->addWidget(m_view, 1);
    m_fold->setObjectName(QStringLiteral("foldEnded"));
    m_fold->setCheckable(true);
    m_fold->setAutoRaise(true);
    m_fold->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_fold->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    layout->addWidget(m_fold);
    connect(m_fold, &QToolButton::toggled, this, [this](bool on) {
        m_order->setEndedShown(on);
        showCounts();
    });

    const auto addMove = [this, &actions](const char* id, const QString& text, const QString& tip, bool up) {
        QAction* action = actions.add({QString::fromLatin1(id),
                                       tr("Queue"),
                                       text,
                                       tip,
                                       {},
                                       up ? Qt::ALT | Qt::Key_Up : Qt::ALT | Qt::Key_Down});
        actions.scope(QString::fromLatin1(id), this);
        connect(action, &QAction::triggered, this, [this, up] { moveSelected(up); });
    };
    addMove("queue.move-up", tr("Move &up"), tr("The selected entries run earlier"), true);
    addMove("queue.move-down", tr("Move &down"), tr("The selected entries run later"), false);

    connect(m_view, &QWidget::customContextMenuRequested, this, [this, &actions](const QPoint& point) {
        QMenu menu;
        for (const char* id : {"queue.use", "queue.retry", "queue.cancel", "queue.remove", "",
                               "queue.move-up", "queue.move-down", "", "queue.clear"}) {
            if (*id == '\0')
                menu.addSeparator();
            else
                menu.addAction(actions.action(QString::fromLatin1(id)));
        }
        menu.exec(m_view->viewport()->mapToGlobal(point));
    });
    connect(m_view->selectionModel(), &QItemSelectionModel::selectionChanged, this,
            &QueuePanel::selectionChanged);
    connect(m_view, &QListView::activated, this, [this](const QModelIndex& index) {
        Q_EMIT jobActivated(index.data(JobQueueModel::JobRole).value<Job>());
    });
    for (const auto signal : {&QAbstractItemModel::rowsInserted, &QAbstractItemModel::rowsRemoved})
        connect(&model, signal, this, &QueuePanel::showCounts);
    connect(&model, &QAbstractItemModel::dataChanged, this, &QueuePanel::showCounts);
    connect(&model, &QAbstractItemModel::modelReset, this, &QueuePanel::showCounts);
    connect(&queue, &JobQueue::pausedChanged, this, &QueuePanel::showCounts);
    showCounts();
}

QList<JobId> QueuePanel::selectedIds() const
{
    QList<JobId> ids;
    const QModelIndexList rows = m_view->selectionModel()->selectedRows();
    for (const QModelIndex& index : rows)
        ids.append(index.data(JobQueueModel::IdRole).toULongLong());
    return ids;
}

void QueuePanel::moveSelected(bool up)
{
    QList<int> rows;
    const QModelIndexList selected = m_view->selectionModel()->selectedRows();
    for (const QModelIndex& index : selected) {
        const int row = m_order->mapToSource(index).row();
        if (m_queue.jobs().at(row).state == JobState::Waiting)
            rows.append(row);
    }
    std::sort(rows.begin(), rows.end());
    // The foremost goes first, so that none jumps over its neighbour; at the end of the list they close up.
    if (up) {
        int free = 0;
        for (const int row : std::as_const(rows)) {
            if (row > free)
                m_queue.move(row, row - 1);
            free = std::max(free, row - 1) + 1;
        }
        return;
    }
    int free = static_cast<int>(m_queue.jobs().size()) - 1;
    for (auto row = rows.crbegin(); row != rows.crend(); ++row) {
        if (*row < free)
            m_queue.move(*row, *row + 2);
        free = std::min(free, *row + 1) - 1;
    }
}

void QueuePanel::learnPace(const GenerationRequest& done, double seconds, QSize nativeSizePx)
{
    m_nativeSizePx = nativeSizePx;
    if (const double work = workOf(done, nativeSizePx); work > 0.0 && seconds > 0.0)
        m_secondsPerWork = seconds / work;
    showCounts();
}

double QueuePanel::secondsLeft() const
{
    double work = 0.0;
    for (const Job& job : m_queue.jobs()) {
        if (job.state == JobState::Waiting)
            work += workOf(job.remaining(), m_nativeSizePx);
        if (job.state != JobState::Running)
            continue;
        GenerationRequest run = job.request;
        run.output.count -= job.firstOfRun;
        work += workOf(run, m_nativeSizePx) * (1.0 - m_fraction);
    }
    return work * m_secondsPerWork;
}

void QueuePanel::setFraction(double fraction)
{
    m_fraction = fraction;
    m_delegate->setFraction(fraction);
    m_view->viewport()->update();
    showCounts();
}

void QueuePanel::showCounts()
{
    const int waiting = m_queue.waitingCount();
    QString text;
    if (m_queue.isPaused())
        text = waiting > 0 ? tr("Paused, %n waiting", nullptr, waiting) : tr("Paused");
    else if (waiting > 0)
        text = tr("%n waiting", nullptr, waiting);
    else
        text = m_queue.running() ? tr("Running") : tr("Nothing waiting");
    if (const double seconds = secondsLeft(); seconds > 0.0)
        text += tr("  ·  about %1 left").arg(durationText(seconds));
    m_count->setText(text);
    const int ended = m_order->endedCount();
    m_fold->setVisible(ended > 0);
    m_fold->setArrowType(m_fold->isChecked() ? Qt::DownArrow : Qt::RightArrow);
    m_fold->setText(tr("%n ended", nullptr, ended));
    m_fold->setToolTip(m_fold->isChecked() ? tr("Hide what has ended") : tr("Show what has ended"));
}

} // namespace unfog
