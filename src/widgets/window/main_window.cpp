#include "widgets/window/main_window.h"

#include <QActionGroup>
#include <QApplication>
#include <QCloseEvent>
#include <QDockWidget>
#include <QFileInfo>
#include <QJsonObject>
#include <QMimeData>
#include <QScrollArea>
#include <QScrollBar>
#include <QStatusBar>
#include <QUrl>
#include <QVBoxLayout>

#include "base/files/temporary_file.h"
#include "threads/task_thread.h"
#include "widgets/canvas/canvas_view.h"
#include "widgets/canvas/run_controls.h"
#include "widgets/controllers/copy_saver.h"
#include "widgets/controllers/gallery_controller.h"
#include "widgets/controllers/model_controller.h"
#include "widgets/controllers/parameter_reader.h"
#include "widgets/controllers/run_controller.h"
#include "widgets/controllers/step_decoder.h"
#include "widgets/controllers/unsaved_images.h"
#include "widgets/create/example_chips.h"
#include "widgets/create/generate_panel.h"
#include "widgets/gallery/gallery_panel.h"
#include "widgets/gallery/thumbnail_grid.h"
#include "widgets/notices/notice_bar.h"
#include "widgets/notices/notice_history.h"
#include "widgets/queue/queue_panel.h"
#include "widgets/window/dock_title.h"

namespace unfog {

namespace {
const QString shortcutsKey = QStringLiteral("shortcuts");
const QString sectionsKey = QStringLiteral("openSections");
const QString splitterKey = QStringLiteral("gallerySplitter");
constexpr QSize firstSize(1280, 800);
constexpr int firstScanMs = 1500; // pictures that came or went since last time; the window goes first
constexpr int settingsDelayMs = 2000;
constexpr double starterGuidance = 4.0; // at which the starter model paints best, see its README
} // namespace

MainWindow::MainWindow(const WindowParts& parts, QWidget* parent)
    : QMainWindow(parent), m_parts(parts), m_actions(this),
      m_galleryModel(std::make_unique<GalleryModel>(parts.store, &parts.thumbnails)),
      m_queueModel(std::make_unique<JobQueueModel>(parts.queue)),
      m_background(std::make_unique<TaskThread>(QStringLiteral("window")))
{
    setObjectName(QStringLiteral("MainWindow"));
    setWindowTitle(tr("Unfog"));
    setAcceptDrops(true);
    setDockOptions(QMainWindow::AnimatedDocks | QMainWindow::AllowTabbedDocks |
                   QMainWindow::AllowNestedDocks);
    setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
    setCorner(Qt::BottomRightCorner, Qt::RightDockWidgetArea);
    createActions();
    createPanels();
    createControllers();
    createMenus();
    connectRun();
    connectGallery();
    restoreSettings();
    updateRunActions();
    updateGalleryActions();
    updateQueueActions();
    for (const QString& notice : parts.notices)
        m_notices->announce(NoticeBar::Kind::Problem, notice);
    const int waiting = parts.queue.waitingCount();
    if (parts.queue.isPaused() && waiting > 0)
        m_notices->announce(NoticeBar::Kind::Question, tr("%n job(s) left from last time.", nullptr, waiting),
                            {{tr("Resume"), [this] { m_parts.queue.setPaused(false); }}},
                            QStringLiteral("waiting"));
    if (!m_models->isLoading())
        m_models->load();
    readDevices([this](const DeviceReport& report) { m_form->setDevices(report); });
    QTimer::singleShot(firstScanMs, this, [this] {
        m_parts.store.rescan();
        // What a program that was ended by force had begun to write.
        m_background->post(
            [folder = m_parts.store.folder().toStdString()] { removeStaleParts(folder, true); });
    });
}

MainWindow::~MainWindow()
{
    m_background.reset();
    // The views let go of their models before those go.
    delete takeCentralWidget();
    delete m_formDock;
    delete m_galleryDock;
    delete m_queueDock;
}

void MainWindow::createPanels()
{
    m_viewer = new RunViewer(this);
    m_viewer->addZoomActions(m_actions);
    m_notices = new NoticeBar(m_viewer->canvas());
    m_viewer->canvas()->overlays().add(m_notices, OverlayStack::Edge::Top);
    statusBar()->addPermanentWidget(new NoticeHistory(*m_notices, this), 1);

    auto* left = new QWidget(this);
    auto* scroll = new QScrollArea(left);
    scroll->setAccessibleName(tr("Generate"));
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    const InitImageStore& store = m_parts.initImages;
    m_form = new GeneratePanel(
        m_parts.catalog, [&store](const QImage& picture) { return store.keep(picture, 0.75); }, scroll);
    scroll->setWidget(m_form);
    scroll->setMinimumWidth(m_form->minimumSizeHint().width() +
                            scroll->verticalScrollBar()->sizeHint().width());
    scroll->viewport()->setAutoFillBackground(false);
    m_form->setAutoFillBackground(false);
    auto* leftLayout = new QVBoxLayout(left);
    leftLayout->setContentsMargins(0, 0, 0, 0);
    leftLayout->setSpacing(0);
    leftLayout->addWidget(scroll, 1);
    leftLayout->addWidget(new RunControls(m_actions, left));

    m_gallery = new GalleryPanel(m_parts.store, *m_galleryModel, m_actions, this);
    m_queuePanel = new QueuePanel(*m_queueModel, m_parts.queue, m_actions, this);
    m_formDock = makeDock(tr("Generate"), QStringLiteral("formDock"), left, this);
    m_galleryDock = makeDock(tr("Gallery"), QStringLiteral("galleryDock"), m_gallery, this);
    m_queueDock =
        makeDock(tr("Queue"), QStringLiteral("queueDock"), m_queuePanel, this, m_queuePanel->header());
    // The order of construction is the order of Tab: form, picture, gallery, queue.
    addDockWidget(Qt::LeftDockWidgetArea, m_formDock);
    setCentralWidget(m_viewer);
    addDockWidget(Qt::RightDockWidgetArea, m_galleryDock);
    addDockWidget(Qt::BottomDockWidgetArea, m_queueDock);
    setTabOrder(m_formDock, m_viewer);
    setTabOrder(m_viewer, m_galleryDock);
    setTabOrder(m_galleryDock, m_queueDock);

    for (const char* id : {"gallery.trash", "gallery.stars-0", "gallery.stars-1", "gallery.stars-2",
                           "gallery.stars-3", "gallery.stars-4", "gallery.stars-5"})
        m_actions.scope(QString::fromLatin1(id), m_gallery->grid());
    m_actions.scope(QStringLiteral("queue.remove"), m_queuePanel);

    m_settingsDelay.setSingleShot(true);
    m_settingsDelay.setInterval(settingsDelayMs);
    connect(&m_settingsDelay, &QTimer::timeout, this, &MainWindow::keepSettings);
    connect(m_form, &GeneratePanel::requestChanged, &m_settingsDelay, qOverload<>(&QTimer::start));
    connect(m_form, &GeneratePanel::previewChanged, this,
            [this](const PreviewChoice& preview) { m_parts.worker.setPreview(preview); });
    connect(m_form, &GeneratePanel::problem, this,
            [this](const QString& message) { m_notices->announce(NoticeBar::Kind::Problem, message); });
    connect(m_viewer, &RunViewer::currentChanged, this, &MainWindow::updateRunActions);
    connect(m_viewer->canvas(), &CanvasView::doubleClicked, this, &MainWindow::showImageFullScreen);
    connect(m_gallery, &GalleryPanel::pictureShown, this, &MainWindow::showGalleryPicture);
    connect(m_gallery, &GalleryPanel::selectionChanged, this, &MainWindow::updateGalleryActions);
    connect(m_gallery, &GalleryPanel::filesDropped, this, &MainWindow::readParameters);
    connect(m_gallery, &GalleryPanel::starsChosen, &m_parts.store, &GalleryStore::setStars);
    connect(m_viewer->canvas(), &CanvasView::filesDropped, this, &MainWindow::readParameters);
    connect(m_viewer->canvas(), &CanvasView::imageDropped, this, [this](const QImage& image) {
        m_form->initImageField()->setPicture(image);
        m_notices->announce(NoticeBar::Kind::Note, tr("The next images start from the dropped image."));
    });
    connect(m_queuePanel, &QueuePanel::selectionChanged, this, &MainWindow::updateQueueActions);
    connect(m_queuePanel, &QueuePanel::jobActivated, this, [this](const Job& job) {
        if (!job.files.isEmpty())
            readParameters({job.files.constLast()});
    });
    connect(&m_theme, &Theme::changed, this, [this] { update(); });
}

void MainWindow::createControllers()
{
    m_models = new ModelController(m_parts, *m_form, *m_viewer, *m_notices, *m_background, this);
    m_run = new RunController(m_parts, *m_form, *m_notices, this);
    m_steps = new StepDecoder(m_parts.worker, *m_viewer, *m_notices, this);
    m_files = new GalleryController(m_parts, *m_gallery, *m_notices, *m_background, this);
    m_parameters = new ParameterReader(*m_form, *m_notices, *m_background, this);
    m_copies = new CopySaver(m_parts, *m_notices, *m_background, this);
    m_unsaved = new UnsavedImages(m_parts.saver, m_parts.queue, *m_notices, this);

    connect(m_models, &ModelController::changed, this, &MainWindow::updateRunActions);
    connect(m_models, &ModelController::ready, this, [this](const ModelSummary& model) {
        m_examples->setGuide(model.guide);
        live().requestChanged(); // it may have waited for the model's own size
    });
    connect(m_run, &RunController::beginning, this, [this] {
        ++m_shownTicket;
        m_viewer->leavePicture();
    });
    connect(m_run, &RunController::kept, m_viewer, &RunViewer::markKept);
    connect(&live(), &LiveMode::changed, this, [this](bool on) {
        m_actions.action(QStringLiteral("run.live"))->setChecked(on);
        updateRunActions();
    });
    connect(m_viewer, &RunViewer::keepRequested, m_run, &RunController::keepLive);
    connect(m_viewer, &RunViewer::runAgainRequested, this, [this] { m_run->runAgain(m_shownEntry); });
    connect(m_viewer, &RunViewer::saveStepRequested, m_steps, &StepDecoder::saveStep);
    connect(m_viewer, &RunViewer::saveAnimationRequested, m_steps, &StepDecoder::saveAnimation);
    connect(m_files, &GalleryController::changed, this, &MainWindow::updateGalleryActions);
    connect(m_files, &GalleryController::panelWanted, m_galleryDock, &QWidget::show);
    connect(m_unsaved, &UnsavedImages::closeWanted, this, &QWidget::close);
}

LiveMode& MainWindow::live()
{
    return m_run->live();
}

void MainWindow::readParameters(const QStringList& files)
{
    m_parameters->readFiles(files);
}

ExportDialog* MainWindow::openExport()
{
    return m_files->openExport();
}

void MainWindow::saveUnsavedIn(const QString& folder)
{
    m_unsaved->saveAllIn(folder);
}

void MainWindow::restoreSettings()
{
    const StudioState& state = m_parts.settings.state();
    m_actions.restoreShortcuts(state.extras.value(shortcutsKey).toObject());
    m_form->setOpenSections(state.extras.value(sectionsKey).toObject());
    m_form->setModels(state.recentModels, m_parts.starterModel);
    if (!state.modelFolders.isEmpty())
        m_models->find();
    m_form->promptEditor()->history().setEntries(state.promptHistory);
    m_form->negativePromptEditor()->history().setEntries(state.negativePromptHistory);

    GenerationRequest form = state.form;
    GenerationRequest defaults;
    const bool isFirstStart = form.model.path.empty();
    if (isFirstStart || !QFileInfo::exists(QString::fromStdString(form.model.path)))
        form.model.path = m_parts.starterModel.toStdString();
    defaults.model.path = m_parts.starterModel.toStdString();
    if (QString::fromStdString(form.model.path) == m_parts.starterModel) {
        defaults.guidance.scale = starterGuidance;
        if (isFirstStart)
            form.guidance.scale = starterGuidance;
    }
    m_form->setDefaults(defaults);
    m_form->setRequest(form);
    m_form->setSeedLocked(state.seedLocked);
    m_form->setPreview(state.preview);
    m_parts.worker.setPreview(state.preview);
    m_gallery->grid()->setThumbnailSidePx(state.thumbnailSidePx);
    m_galleryModel->setThumbnailSize(state.thumbnailSidePx, devicePixelRatioF());
    m_gallery->restoreSplitter(QByteArray::fromBase64(state.extras.value(splitterKey).toString().toLatin1()));

    m_theme.setChoice(state.theme);
    m_themeGroup->actions().at(static_cast<int>(state.theme))->setChecked(true);
    if (!restoreGeometry(state.windowGeometry))
        resize(firstSize);
    if (!restoreState(state.windowState)) {
        resizeDocks({m_formDock, m_galleryDock}, {348, 300}, Qt::Horizontal);
        resizeDocks({m_queueDock}, {150}, Qt::Vertical);
    }
    live().setOn(state.liveMode);
    m_form->promptEditor()->edit()->setFocus();
    m_models->readTokens();
}

void MainWindow::keepSettings()
{
    m_parts.settings.update([this](StudioState& state) {
        state.form = m_form->request();
        if (state.form.images.start)
            state.form.images.start->pixels.reset();
        state.form.canvas.widthPx = m_form->chosenSize().width();
        state.form.canvas.heightPx = m_form->chosenSize().height();
        state.seedLocked = m_form->isSeedLocked();
        state.liveMode = m_run->live().isOn();
        state.preview = m_form->preview();
        state.theme = m_theme.choice();
        state.thumbnailSidePx = m_gallery->grid()->thumbnailSidePx();
        state.windowGeometry = saveGeometry();
        state.windowState = saveState();
        state.extras.insert(shortcutsKey, m_actions.changedShortcuts());
        state.extras.insert(sectionsKey, m_form->openSections());
        state.extras.insert(splitterKey, QString::fromLatin1(m_gallery->splitterState().toBase64()));
    });
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    if (!m_unsaved->mayClose())
        return event->ignore();
    m_files->closeExport();
    keepSettings();
    m_settingsDelay.stop();
    live().setOn(false);
    event->accept();
}

void MainWindow::changeEvent(QEvent* event)
{
    QMainWindow::changeEvent(event);
    if (event->type() == QEvent::ActivationChange && isActiveWindow())
        m_finishedSinceIdle = 0;
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event)
{
    if (event->source() == nullptr && event->mimeData()->hasUrls())
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event)
{
    QStringList files;
    const QList<QUrl> urls = event->mimeData()->urls();
    for (const QUrl& url : urls) {
        if (url.isLocalFile())
            files.append(url.toLocalFile());
    }
    readParameters(files);
    event->acceptProposedAction();
}

} // namespace unfog
