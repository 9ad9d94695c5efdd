#include "widgets/gallery/gallery_panel.h"

#include <algorithm>

#include <QComboBox>
#include <QDragEnterEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMimeData>
#include <QProgressBar>
#include <QSplitter>
#include <QToolButton>
#include <QUrl>
#include <QVBoxLayout>

#include "widgets/fields/field_row.h"
#include "widgets/fields/symbolic_icon.h"
#include "widgets/gallery/gallery_details.h"
#include "widgets/gallery/gallery_selection.h"
#include "widgets/gallery/thumbnail_grid.h"
#include "widgets/window/action_registry.h"

namespace unfog {

namespace {
constexpr int searchDelayMs = 120;
constexpr const char* contextActions[] = {"gallery.use-all",
                                          "gallery.use-prompt",
                                          "gallery.use-seed",
                                          "",
                                          "gallery.copy-picture",
                                          "gallery.copy-parameters",
                                          "gallery.show-in-folder",
                                          "",
                                          "gallery.start-from",
                                          "gallery.export",
                                          "",
                                          "gallery.trash"};
} // namespace

GalleryPanel::GalleryPanel(GalleryStore& store, GalleryModel& model, ActionRegistry& actions, QWidget* parent)
    : QWidget(parent), m_store(store), m_model(model), m_search(new QLineEdit(this)),
      m_minimumStars(new QComboBox(this)), m_count(new QLabel(this)), m_scan(new QWidget(this)),
      m_scanProgress(new QProgressBar(m_scan)), m_grid(new ThumbnailGrid(this)),
      m_selection(new GallerySelection(model, this)), m_details(new GalleryDetailsView(this)),
      m_splitter(new QSplitter(Qt::Vertical, this))
{
    setAcceptDrops(true);
    m_grid->setModel(&m_model);
    m_selection->attach(*m_grid);
    m_search->installEventFilter(this);
    m_grid->setEmptyText(tr("Your images appear here."));
    m_splitter->setChildrenCollapsible(false);
    m_splitter->setHandleWidth(1);
    m_splitter->addWidget(m_grid);
    auto* lower = new QWidget(m_splitter);
    auto* lowerLayout = new QVBoxLayout(lower);
    lowerLayout->setContentsMargins(0, 4, 0, 0);
    lowerLayout->setSpacing(2);
    lowerLayout->addWidget(buildButtons(actions));
    lowerLayout->addWidget(m_details, 1);
    m_splitter->addWidget(lower);
    m_splitter->setStretchFactor(0, 1);
    m_splitter->setStretchFactor(1, 0);
    m_splitter->setSizes({400, 230});
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(buildTop());
    layout->addWidget(m_splitter, 1);

    m_grid->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(m_grid, &QWidget::customContextMenuRequested, this, [this, &actions](const QPoint& point) {
        QMenu menu;
        for (const char* id : contextActions) {
            if (*id == '\0')
                menu.addSeparator();
            else
                menu.addAction(actions.action(QString::fromLatin1(id)));
        }
        menu.exec(m_grid->viewport()->mapToGlobal(point));
    });

    m_searchDelay.setSingleShot(true);
    m_searchDelay.setInterval(searchDelayMs);
    connect(&m_searchDelay, &QTimer::timeout, this, &GalleryPanel::applyFilter);
    connect(m_search, &QLineEdit::textChanged, &m_searchDelay, qOverload<>(&QTimer::start));
    connect(m_minimumStars, &QComboBox::currentIndexChanged, this, &GalleryPanel::applyFilter);
    connect(&m_store, &GalleryStore::scanProgress, this, &GalleryPanel::showScan);
    connect(&m_store, &GalleryStore::scanEnded, m_scan, &QWidget::hide);
    connect(&m_model, &GalleryModel::filterApplied, this, &GalleryPanel::showCounts);
    connect(&m_model, &QAbstractItemModel::rowsInserted, this, &GalleryPanel::showCounts);
    connect(&m_model, &QAbstractItemModel::rowsRemoved, this, &GalleryPanel::showCounts);
    connect(&m_model, &QAbstractItemModel::modelReset, this, &GalleryPanel::showCounts);

    // A rubber band changes the selection many times a frame; details are read once it is still.
    m_selectionDelay.setSingleShot(true);
    m_selectionDelay.setInterval(0);
    connect(&m_selectionDelay, &QTimer::timeout, this, &GalleryPanel::showSelection);
    connect(m_grid, &ThumbnailGrid::selectedRowsChanged, &m_selectionDelay, qOverload<>(&QTimer::start));
    connect(m_grid, &ThumbnailGrid::currentRowChanged, &m_selectionDelay, qOverload<>(&QTimer::start));
    connect(&m_store, &GalleryStore::changed, &m_selectionDelay, qOverload<>(&QTimer::start));
    connect(&m_model, &QAbstractItemModel::modelReset, &m_selectionDelay, qOverload<>(&QTimer::start));
    connect(m_grid, &ThumbnailGrid::thumbnailSideChanged, this, &GalleryPanel::tellThumbnailSize);
    const auto show = [this](const QModelIndex& index) {
        if (index.isValid())
            Q_EMIT pictureShown(m_model.entryAt(index.row()));
    };
    connect(m_grid, &QAbstractItemView::clicked, this, show);
    connect(m_grid->selectionModel(), &QItemSelectionModel::currentChanged, this,
            [this, show](const QModelIndex& current) {
                if (m_grid->hasFocus()) // the arrow keys leaf through; what the program selects stays quiet
                    show(current);
            });
    connect(m_grid, &QAbstractItemView::activated, this, show);
    connect(m_details, &GalleryDetailsView::starsChosen, this, &GalleryPanel::rate);
    connect(m_grid, &ThumbnailGrid::selectionWanted, this, &GalleryPanel::selectForKeys);
    connect(&m_store, &GalleryStore::restored, this,
            [this](const QList<PictureId>& ids) { m_selection->selectWhenShown(ids); });
    showCounts();
}

QWidget* GalleryPanel::buildTop()
{
    auto* top = new QWidget(this);
    m_search->setPlaceholderText(tr("Search"));
    m_search->setAccessibleName(tr("Search the gallery"));
    m_search->setToolTip(tr("Words that must all be in the prompt or the parameters; \"in quotes\" as one."));
    addClearButton(m_search);
    QAction* glass = m_search->addAction(
        symbolicIcon(QStringLiteral("search"), {}, QPalette::PlaceholderText), QLineEdit::LeadingPosition);
    glass->setText(tr("Search"));
    m_minimumStars->setAccessibleName(tr("Stars at least"));
    m_minimumStars->setToolTip(tr("Shows only images rated at least this many stars."));
    m_minimumStars->addItem(tr("All"), 0);
    for (int stars = 1; stars <= 5; ++stars)
        m_minimumStars->addItem(QString(stars, u'★'), stars);
    m_count->setProperty("subtle", true);
    m_count->setAccessibleName(tr("Number of images"));
    auto* row = new QHBoxLayout;
    row->setSpacing(6);
    row->addWidget(m_search, 1);
    row->addWidget(m_minimumStars);
    auto* layout = new QVBoxLayout(top);
    layout->setContentsMargins(10, 10, 10, 2);
    layout->setSpacing(4);
    layout->addLayout(row);
    layout->addWidget(m_count);
    layout->addWidget(buildScan());
    return top;
}

QWidget* GalleryPanel::buildScan()
{
    m_scan->setObjectName(QStringLiteral("galleryScan"));
    m_scanProgress->setAccessibleName(tr("Reading the images"));
    m_scanProgress->setFormat(tr("Reading %v of %m"));
    auto* stop = new QToolButton(m_scan);
    stop->setText(tr("Stop"));
    stop->setAccessibleName(tr("Stop reading the images"));
    stop->setToolTip(tr("What was read is kept; “Look for new files” reads the rest."));
    stop->setAutoRaise(true);
    connect(stop, &QToolButton::clicked, this, [this] { m_store.cancelScan(); });
    auto* layout = new QHBoxLayout(m_scan);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    layout->addWidget(m_scanProgress, 1);
    layout->addWidget(stop);
    m_scan->hide();
    return m_scan;
}

void GalleryPanel::showScan(int done, int total)
{
    m_scanProgress->setRange(0, total);
    m_scanProgress->setValue(done);
    m_scan->setVisible(m_store.isScanning());
}

QWidget* GalleryPanel::buildButtons(ActionRegistry& actions)
{
    auto* bar = new QWidget(this);
    auto* layout = new QHBoxLayout(bar);
    layout->setContentsMargins(8, 0, 8, 0);
    layout->setSpacing(2);
    const auto button = [bar](QAction* action) {
        auto* result = new QToolButton(bar);
        result->setDefaultAction(action);
        result->setIconSize({18, 18});
        result->setAutoRaise(true);
        result->setAccessibleName(action->text().remove(u'&'));
        return result;
    };
    QToolButton* use = button(actions.action(QStringLiteral("gallery.use-all")));
    use->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    auto* useMenu = new QMenu(use);
    for (const char* id : {"gallery.use-all", "gallery.use-prompt", "gallery.use-seed"})
        useMenu->addAction(actions.action(QString::fromLatin1(id)));
    use->setMenu(useMenu);
    use->setPopupMode(QToolButton::DelayedPopup);
    layout->addWidget(use);
    layout->addStretch();
    for (const char* id : {"gallery.copy-picture", "gallery.copy-parameters", "gallery.show-in-folder",
                           "gallery.export", "gallery.trash"})
        layout->addWidget(button(actions.action(QString::fromLatin1(id))));
    return bar;
}

void GalleryPanel::applyFilter()
{
    m_searchDelay.stop();
    m_model.setFilter({m_search->text(), m_minimumStars->currentData().toInt()});
    m_grid->setEmptyText(m_model.filter().isEmpty() ? tr("Your images appear here.")
                                                    : tr("No image matches this search."));
}

void GalleryPanel::showCounts()
{
    const auto count = static_cast<int>(m_model.rowCount());
    m_count->setText(m_model.filter().isEmpty() ? tr("%n image(s)", nullptr, count)
                                                : tr("%n image(s) found", nullptr, count));
}

QList<PictureId> GalleryPanel::selectedIds() const
{
    QList<int> rows;
    const QItemSelection selection = m_grid->selectionModel()->selection();
    for (const QItemSelectionRange& range : selection) {
        for (int row = range.top(); row <= range.bottom(); ++row)
            rows.append(row);
    }
    std::ranges::sort(rows);
    QList<PictureId> ids;
    for (const int row : rows)
        ids.append(m_model.idAt(row));
    return ids;
}

int GalleryPanel::selectedCount() const
{
    int count = 0;
    const QItemSelection selection = m_grid->selectionModel()->selection();
    for (const QItemSelectionRange& range : selection)
        count += range.height();
    return count;
}

QList<PictureId> GalleryPanel::selectedIdsOrAll() const
{
    const QList<PictureId> ids = selectedIds();
    return ids.isEmpty() ? QList<PictureId>(m_model.ids().begin(), m_model.ids().end()) : ids;
}

int GalleryPanel::selectedRow() const
{
    const QItemSelection selection = m_grid->selectionModel()->selection();
    // Clicks with Ctrl make the current picture another than the one that is left selected.
    const QModelIndex current = m_grid->currentIndex();
    if (current.isValid() && m_grid->selectionModel()->isSelected(current))
        return current.row();
    int first = -1;
    for (const QItemSelectionRange& range : selection)
        first = first < 0 ? range.top() : std::min(first, range.top());
    return first;
}

std::optional<GalleryDetails> GalleryPanel::currentDetails() const
{
    const int row = selectedRow();
    const PictureId id = row < 0 ? m_current : m_model.idAt(row);
    return id == 0 ? std::nullopt : m_store.details(id);
}

QString GalleryPanel::currentFile() const
{
    const int row = selectedRow();
    if (row >= 0)
        return m_model.entryAt(row).file;
    const auto details = currentDetails();
    return details ? details->entry.file : QString();
}

void GalleryPanel::setCurrent(PictureId id)
{
    m_current = id;
    if (selectedCount() == 1)
        m_grid->clearSelection();
    m_selectionDelay.start();
}

QList<PictureId> GalleryPanel::commandIds() const
{
    const QList<PictureId> ids = selectedIds();
    const bool isThere = m_current != 0 && m_store.details(m_current);
    return ids.isEmpty() && isThere ? QList<PictureId>{m_current} : ids;
}

void GalleryPanel::moveOnFrom(const QList<PictureId>& ids)
{
    // With the focus in the grid the change of the current row shows the image.
    if (m_selection->moveOnFrom(ids) && !m_grid->hasFocus())
        Q_EMIT pictureShown(m_model.entryAt(m_grid->currentIndex().row()));
}

QList<PictureId> GalleryPanel::takeCommandIds()
{
    const QList<PictureId> ids = commandIds();
    moveOnFrom(ids);
    return ids;
}

void GalleryPanel::rate(int stars)
{
    const QList<PictureId> ids = commandIds();
    if (stars < m_model.filter().minStars)
        moveOnFrom(ids);
    Q_EMIT starsChosen(ids, stars);
}

void GalleryPanel::selectForKeys()
{
    const int current = m_model.rowOf(m_current);
    const QModelIndex last = m_grid->currentIndex();
    const QModelIndex index = current >= 0     ? m_model.index(current)
                              : last.isValid() ? last
                                               : m_model.index(0);
    if (index.isValid())
        m_grid->selectionModel()->setCurrentIndex(index, QItemSelectionModel::ClearAndSelect);
}

void GalleryPanel::focusSearch()
{
    m_search->setFocus(Qt::ShortcutFocusReason);
    m_search->selectAll();
}

void GalleryPanel::showSelection()
{
    const int count = selectedCount();
    const auto details = count <= 1 ? currentDetails() : std::nullopt;
    if (details)
        m_details->showDetails(*details);
    else
        m_details->showCount(count);
    Q_EMIT selectionChanged(count);
}

void GalleryPanel::tellThumbnailSize()
{
    m_model.setThumbnailSize(m_grid->thumbnailSidePx(), devicePixelRatioF());
}

QByteArray GalleryPanel::splitterState() const
{
    return m_splitter->saveState();
}
void GalleryPanel::restoreSplitter(const QByteArray& state)
{
    m_splitter->restoreState(state);
}

bool GalleryPanel::event(QEvent* event)
{
    if (event->type() == QEvent::Show || event->type() == QEvent::ScreenChangeInternal)
        tellThumbnailSize();
    return QWidget::event(event);
}

bool GalleryPanel::eventFilter(QObject* watched, QEvent* event)
{
    if (watched != m_search || event->type() != QEvent::KeyPress)
        return QWidget::eventFilter(watched, event);
    const int key = static_cast<QKeyEvent*>(event)->key();
    if (key != Qt::Key_Down && key != Qt::Key_Return && key != Qt::Key_Enter)
        return false;
    if (m_searchDelay.isActive())
        applyFilter();
    m_grid->setFocus(Qt::TabFocusReason);
    return true;
}

void GalleryPanel::dragEnterEvent(QDragEnterEvent* event)
{
    if (event->source() == nullptr && event->mimeData()->hasUrls())
        event->acceptProposedAction();
}

void GalleryPanel::dropEvent(QDropEvent* event)
{
    QStringList files;
    const QList<QUrl> urls = event->mimeData()->urls();
    for (const QUrl& url : urls) {
        if (url.isLocalFile())
            files.append(url.toLocalFile());
    }
    if (!files.isEmpty())
        Q_EMIT filesDropped(files);
    event->acceptProposedAction();
}

} // namespace unfog
