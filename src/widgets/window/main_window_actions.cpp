#include <QActionGroup>
#include <QApplication>
#include <QDesktopServices>
#include <QDockWidget>
#include <QFileDialog>
#include <QMenuBar>
#include <QUrl>

#include "widgets/canvas/canvas_view.h"
#include "widgets/controllers/copy_saver.h"
#include "widgets/controllers/gallery_controller.h"
#include "widgets/controllers/model_controller.h"
#include "widgets/controllers/parameter_reader.h"
#include "widgets/controllers/run_controller.h"
#include "widgets/controllers/step_decoder.h"
#include "widgets/create/generate_panel.h"
#include "widgets/create/picture_parameters.h"
#include "widgets/gallery/gallery_panel.h"
#include "widgets/gallery/thumbnail_grid.h"
#include "widgets/notices/notice_bar.h"
#include "widgets/queue/queue_panel.h"
#include "widgets/window/about.h"
#include "widgets/window/computer_dialog.h"
#include "widgets/window/main_window.h"
#include "widgets/window/shortcut_dialog.h"

namespace unfog {

void MainWindow::createActions()
{
    createRunActions();
    createViewActions();
    createGalleryActions();
    createQueueActions();
}

void MainWindow::createRunActions()
{
    const QString category = tr("Generate");
    const auto add = [this, &category](const char* id, const QString& text, const QString& tip,
                                       const char* icon, const QKeySequence& keys) {
        return m_actions.add({QString::fromLatin1(id), category, text, tip, QString::fromLatin1(icon), keys});
    };
    connect(add("run.generate", tr("&Generate"), tr("Make images from the form; adds to the queue"),
                "generate", Qt::CTRL | Qt::Key_Return),
            &QAction::triggered, this, [this] { m_run->generate(); });
    connect(add("run.stop", tr("&Stop"), tr("Stop the current run immediately"), "stop", Qt::Key_Escape),
            &QAction::triggered, this, [this] {
                live().setOn(false);
                m_parts.worker.cancelPreload();
                m_parts.queue.cancelRunning();
            });
    connect(add("run.stop-after", tr("Stop &after this image"), tr("Finish the current image, then stop"),
                "stop-after", Qt::CTRL | Qt::Key_Period),
            &QAction::triggered, this, [this] { m_parts.queue.stopAfterPicture(); });
    QAction* live = add("run.live", tr("&Live"),
                        tr("Every change of prompt, slider or seed shows at once; Generate keeps the image"),
                        "live", Qt::CTRL | Qt::Key_L);
    live->setCheckable(true);
    connect(live, &QAction::triggered, this, [this](bool on) { this->live().setOn(on); });
    connect(
        add("run.dice", tr("New &random seed"), tr("Choose a new random seed"), "dice", Qt::CTRL | Qt::Key_D),
        &QAction::triggered, this, [this] { m_form->throwDice(); });
    connect(add("run.weight-up", tr("More weight for the word"), tr("Ctrl+Up in a prompt: (word:1.1)"), "",
                QKeySequence()),
            &QAction::triggered, this, [this] { m_form->changeWeight(0.1); });
    connect(add("run.weight-down", tr("Less weight for the word"), tr("Ctrl+Down in a prompt: (word:0.9)"),
                "", QKeySequence()),
            &QAction::triggered, this, [this] { m_form->changeWeight(-0.1); });
    connect(add("file.open-parameters", tr("&Read parameters from an image…"),
                tr("Fill in the settings from an image's metadata"), "picture", QKeySequence::Open),
            &QAction::triggered, this, [this] {
                const QStringList files = QFileDialog::getOpenFileNames(
                    this, tr("Read parameters from an image"), m_parts.store.folder(),
                    tr("Images (*.png *.jpg *.jpeg *.webp)"));
                if (!files.isEmpty())
                    readParameters(files);
            });
    connect(add("file.save-copy", tr("&Save a copy…"),
                tr("Save the image on the canvas as PNG, JPEG or WebP"), "save", QKeySequence::Save),
            &QAction::triggered, this, [this] {
                using Kind = CurrentImage::Kind;
                const Kind kind = m_viewer->current().kind();
                if (kind == Kind::Step)
                    return m_viewer->saveStep();
                m_copies->askAndSave(kind == Kind::Gallery  ? m_shownEntry
                                     : kind == Kind::Result ? m_resultEntry
                                                            : 0,
                                     kind == Kind::Live);
            });
    connect(add("file.preferences", tr("&Preferences…"), tr("Folders, threads, previews, theme and language"),
                "", QKeySequence(Qt::CTRL | Qt::Key_Comma)),
            &QAction::triggered, this, &MainWindow::openPreferences);
    QAction* quit =
        add("file.quit", tr("&Quit"), tr("Close Unfog; the queue is kept"), "", QKeySequence::Quit);
    if (quit->shortcut().isEmpty())
        m_actions.setShortcut(QStringLiteral("file.quit"), Qt::CTRL | Qt::Key_Q);
    connect(quit, &QAction::triggered, this, &QWidget::close);
}

void MainWindow::createViewActions()
{
    const auto add = [this](const char* id, const QString& category, const QString& text, const QString& tip,
                            const char* icon, const QKeySequence& keys, std::function<void()> work) {
        QAction* action =
            m_actions.add({QString::fromLatin1(id), category, text, tip, QString::fromLatin1(icon), keys});
        connect(action, &QAction::triggered, this, std::move(work));
        return action;
    };
    const QString view = tr("View");
    add("view.fit", view, tr("&Fit"), tr("Show the whole image"), "zoom-fit", Qt::CTRL | Qt::Key_0,
        [this] { m_viewer->canvas()->zoomToFit(); });
    add("view.actual", view, tr("&100 %"), tr("Actual size (100 %)"), "zoom-actual", Qt::CTRL | Qt::Key_1,
        [this] { m_viewer->canvas()->zoomToActualSize(); });
    add("view.zoom-in", view, tr("Zoom &in"), tr("Larger"), "zoom-in", Qt::CTRL | Qt::Key_Plus,
        [this] { m_viewer->canvas()->zoomIn(); });
    add("view.zoom-out", view, tr("Zoom &out"), tr("Smaller"), "zoom-out", Qt::CTRL | Qt::Key_Minus,
        [this] { m_viewer->canvas()->zoomOut(); });
    QAction* full = add("view.full-screen", view, tr("&Window on the whole screen"),
                        tr("Switch full screen on or off"), "", Qt::SHIFT | Qt::Key_F11, [] {});
    full->setCheckable(true);
    connect(full, &QAction::toggled, this,
            [this](bool on) { setWindowState(windowState().setFlag(Qt::WindowFullScreen, on)); });
    add("view.image-full-screen", view, tr("F&ull screen"), tr("Show the image full screen"), "zoom-fit",
        Qt::Key_F11, [this] { showImageFullScreen(); });
    add("view.form", view, tr("&Generate panel"), tr("Show or hide the form"), "settings", Qt::Key_F6,
        [this] { m_formDock->setVisible(!m_formDock->isVisible()); });
    add("view.gallery", view, tr("G&allery"), tr("Show or hide the gallery"), "gallery", Qt::Key_F7,
        [this] { m_galleryDock->setVisible(!m_galleryDock->isVisible()); });
    add("view.queue", view, tr("&Queue"), tr("Show or hide the queue"), "queue", Qt::Key_F8,
        [this] { m_queueDock->setVisible(!m_queueDock->isVisible()); });

    const QString steps = tr("Steps");
    add("steps.play", steps, tr("&Play as a film"), tr("Play the run from noise to image"), "play",
        Qt::Key_F9, [this] { m_viewer->togglePlay(); });
    add("steps.previous", steps, tr("P&revious step"), tr("One step earlier"), "", Qt::ALT | Qt::Key_Left,
        [this] { m_viewer->stepBy(-1); });
    add("steps.next", steps, tr("&Next step"), tr("One step later"), "", Qt::ALT | Qt::Key_Right,
        [this] { m_viewer->stepBy(1); });
    add("steps.toggle", steps, tr("Prediction or &noise"),
        tr("Switch between the prediction x̂₀ and the noisy xₜ"), "", Qt::CTRL | Qt::Key_T, [this] {
            m_viewer->setShown(m_viewer->shown() == RunViewer::Shown::Sample
                                   ? RunViewer::Shown::PredictedOriginal
                                   : RunViewer::Shown::Sample);
        });
    add("steps.save", steps, tr("&Save this step as an image…"), tr("Save the step that the canvas shows"),
        "save", QKeySequence(), [this] { m_viewer->saveStep(); });
    add("steps.animation", steps, tr("Save the run as an &animation…"),
        tr("Every step as one animated image"), "film", Qt::CTRL | Qt::SHIFT | Qt::Key_S,
        [this] { m_steps->saveAnimation(); });

    const QString help = tr("Help");
    add("help.shortcuts", help, tr("&Shortcuts…"), tr("View and change keyboard shortcuts"), "keyboard",
        Qt::Key_F1, [this] {
            ShortcutDialog dialog(m_actions, this);
            dialog.exec();
        });
    add("help.computer", help, tr("About this &computer"),
        tr("Processor, graphics cards, memory, and why a card is not used"), "info", QKeySequence(), [this] {
            // Read anew: free memory changes.
            readDevices([this](const DeviceReport& report) {
                auto* dialog = new ComputerDialog(report, this);
                dialog->setAttribute(Qt::WA_DeleteOnClose);
                dialog->open();
            });
        });
    add("help.about", help, tr("&About Unfog"), tr("Version and licences"), "info", QKeySequence(),
        [this] { unfog::showAbout(this); });
}

void MainWindow::createGalleryActions()
{
    const QString category = tr("Gallery");
    const auto add = [this, &category](const char* id, const QString& text, const QString& tip,
                                       const char* icon, const QKeySequence& keys,
                                       std::function<void()> work) {
        QAction* action =
            m_actions.add({QString::fromLatin1(id), category, text, tip, QString::fromLatin1(icon), keys});
        connect(action, &QAction::triggered, this, std::move(work));
        return action;
    };
    add("gallery.search", tr("&Search"), tr("Search the gallery"), "search", QKeySequence::Find, [this] {
        m_galleryDock->show();
        m_gallery->focusSearch();
    });
    using Part = GeneratePanel::Part;
    add("gallery.use-all", tr("&Use all parameters"), tr("Fill in the form with all settings of this image"),
        "apply", Qt::CTRL | Qt::Key_U, [this] { m_parameters->use(m_gallery->currentDetails(), Part::All); });
    add("gallery.use-prompt", tr("Use the &prompt"), tr("Use only the prompts"), "", QKeySequence(),
        [this] { m_parameters->use(m_gallery->currentDetails(), Part::Prompt); });
    add("gallery.use-seed", tr("Use the s&eed"), tr("Use this seed and lock it"), "", QKeySequence(),
        [this] { m_parameters->use(m_gallery->currentDetails(), Part::Seed); });
    add("gallery.start-from", tr("Start &from this image"), tr("Use the image for image-to-image"), "picture",
        QKeySequence(), [this] {
            if (const QString file = m_gallery->currentFile(); !file.isEmpty())
                m_form->startFrom(file);
        });
    add("gallery.copy-picture", tr("&Copy image"), tr("Copy the image to the clipboard"), "picture",
        Qt::CTRL | Qt::SHIFT | Qt::Key_C, [this] { m_files->copyPicture(); });
    add("gallery.copy-parameters", tr("Copy para&meters"), tr("Copy the parameters as text"), "copy",
        Qt::CTRL | Qt::ALT | Qt::Key_C, [this] { m_files->copyParameters(); });
    add("gallery.show-in-folder", tr("Show in f&older"), tr("Open the folder of the image"), "folder",
        QKeySequence(), [this] { m_files->showInFolder(); });
    add("gallery.export", tr("&Export…"), tr("Save the selection, or everything found, in a folder"),
        "export", Qt::CTRL | Qt::Key_E, [this] { openExport(); });
    add("gallery.trash", tr("Move to the &trash"), tr("Move the selected images to the system's trash"),
        "trash", QKeySequence::Delete, [this] { m_files->trashSelected(); });
    add("gallery.undo-trash", tr("&Undo moving to the trash"), tr("Restore the last images from the trash"),
        "undo", Qt::CTRL | Qt::SHIFT | Qt::Key_Z, [this] { m_files->undoTrash(); });
    for (int stars = 0; stars <= 5; ++stars)
        add(qPrintable(QStringLiteral("gallery.stars-%1").arg(stars)),
            stars == 0 ? tr("No stars") : tr("%n star(s)", nullptr, stars), tr("Rate the selected images"),
            "", QKeySequence(Qt::Key_0 + stars), [this, stars] { m_gallery->rate(stars); });
    add("gallery.open-folder", tr("Open the gallery's fol&der"), tr("Show where all images lie"), "folder",
        QKeySequence(), [this] { QDesktopServices::openUrl(QUrl::fromLocalFile(m_parts.store.folder())); });
    add("gallery.rescan", tr("&Look for new files"), tr("Find new, moved and deleted images"), "retry",
        Qt::Key_F5, [this] { m_files->rescan(); });
    add("gallery.rebuild", tr("Re&build the index"), tr("Rebuild the index from the image files"), "rebuild",
        QKeySequence(), [this] { m_files->rebuild(); });
}

void MainWindow::createQueueActions()
{
    const QString category = tr("Queue");
    const auto add = [this, &category](const char* id, const QString& text, const QString& tip,
                                       const char* icon, const QKeySequence& keys) {
        return m_actions.add({QString::fromLatin1(id), category, text, tip, QString::fromLatin1(icon), keys});
    };
    const auto forSelected = [this](auto work) {
        return [this, work] {
            const QList<JobId> ids = m_queuePanel->selectedIds();
            for (const JobId id : ids)
                work(id);
        };
    };
    QAction* pause =
        add("queue.pause", tr("&Pause the queue"), tr("Don't start new jobs; the current one continues"),
            "pause", Qt::CTRL | Qt::SHIFT | Qt::Key_P);
    pause->setCheckable(true);
    pause->setChecked(m_parts.queue.isPaused());
    connect(pause, &QAction::toggled, this, [this](bool on) { m_parts.queue.setPaused(on); });
    connect(&m_parts.queue, &JobQueue::pausedChanged, pause, &QAction::setChecked);
    connect(add("queue.cancel", tr("&Cancel"), tr("Cancel the selected entries"), "close", QKeySequence()),
            &QAction::triggered, this, forSelected([this](JobId id) { m_parts.queue.cancel(id); }));
    connect(add("queue.retry", tr("&Try again"), tr("Add the selected entries to the end of the queue again"),
                "retry", QKeySequence()),
            &QAction::triggered, this, forSelected([this](JobId id) { m_parts.queue.retry(id); }));
    connect(add("queue.remove", tr("&Remove from the list"),
                tr("Remove the selected entries; the images are kept"), "", Qt::SHIFT | Qt::Key_Delete),
            &QAction::triggered, this, forSelected([this](JobId id) { m_parts.queue.remove(id); }));
    connect(add("queue.use", tr("&Use its parameters"), tr("Fill in the form with this job's settings"),
                "apply", QKeySequence()),
            &QAction::triggered, this, [this] {
                const QList<JobId> ids = m_queuePanel->selectedIds();
                const auto job = ids.isEmpty() ? std::nullopt : m_parts.queue.find(ids.constFirst());
                if (!job)
                    return;
                PictureParameters parameters;
                parameters.imported.request = job->request;
                parameters.isWhole = true;
                m_form->setRequest(filledIn(parameters, m_form->request()));
                m_form->setSeedLocked(true);
            });
    connect(add("queue.clear", tr("Clear &ended entries"),
                tr("Remove all finished entries; the images are kept"), "trash", QKeySequence()),
            &QAction::triggered, this, [this] { m_parts.queue.clearEnded(); });
}

void MainWindow::createMenus()
{
    const auto fill = [this](QMenu* menu, std::initializer_list<const char*> ids) {
        for (const char* id : ids) {
            if (*id == '\0')
                menu->addSeparator();
            else
                menu->addAction(m_actions.action(QString::fromLatin1(id)));
        }
    };
    fill(menuBar()->addMenu(tr("&File")),
         {"file.open-parameters", "", "file.save-copy", "steps.save", "steps.animation", "gallery.export", "",
          "gallery.open-folder", "", "file.preferences", "", "file.quit"});
    fill(menuBar()->addMenu(tr("&Generate")),
         {"run.generate", "run.live", "run.dice", "", "run.stop", "run.stop-after", "", "queue.pause",
          "queue.move-up", "queue.move-down", "queue.clear"});
    QMenu* view = menuBar()->addMenu(tr("&View"));
    fill(view, {"view.fit", "view.actual", "view.zoom-in", "view.zoom-out", "", "steps.play",
                "steps.previous", "steps.next", "steps.toggle", "", "view.form", "view.gallery", "view.queue",
                "", "view.image-full-screen", "view.full-screen"});
    QMenu* theme = view->addMenu(tr("&Theme"));
    m_themeGroup = new QActionGroup(this);
    const std::pair<ThemeChoice, QString> themes[] = {{ThemeChoice::System, tr("As the &system")},
                                                      {ThemeChoice::Light, tr("&Light")},
                                                      {ThemeChoice::Dark, tr("&Dark")}};
    for (const auto& [choice, text] : themes) {
        QAction* action = theme->addAction(text);
        action->setCheckable(true);
        m_themeGroup->addAction(action);
        connect(action, &QAction::triggered, this, [this, choice = choice] { m_theme.setChoice(choice); });
    }
    QMenu* gallery = menuBar()->addMenu(tr("G&allery"));
    fill(gallery, {"gallery.search", "", "gallery.use-all", "gallery.use-prompt", "gallery.use-seed",
                   "gallery.start-from", "", "gallery.copy-picture", "gallery.copy-parameters",
                   "gallery.show-in-folder", "gallery.export"});
    QMenu* stars = gallery->addMenu(tr("&Stars"));
    for (int count = 0; count <= 5; ++count)
        stars->addAction(m_actions.action(QStringLiteral("gallery.stars-%1").arg(count)));
    gallery->addSeparator();
    fill(gallery, {"gallery.trash", "gallery.undo-trash", "", "gallery.rescan", "gallery.rebuild"});
    fill(menuBar()->addMenu(tr("&Help")), {"help.shortcuts", "help.computer", "help.about"});

    auto* canvas = new QMenu(this);
    fill(canvas, {"view.image-full-screen", "view.fit", "view.actual", "", "steps.toggle", "steps.play", "",
                  "file.save-copy", "steps.save", "steps.animation"});
    connect(m_viewer->canvas(), &CanvasView::contextMenuRequested, canvas,
            [canvas](QPoint position) { canvas->popup(position); });
}

void MainWindow::updateRunActions()
{
    const bool running = m_parts.worker.isRunning();
    m_actions.action(QStringLiteral("run.stop"))->setEnabled(running || m_models->isLoading());
    m_actions.action(QStringLiteral("run.stop-after"))->setEnabled(running);
    const bool hasSteps = m_viewer->hasSteps();
    for (const char* id : {"steps.play", "steps.previous", "steps.next", "steps.toggle", "steps.animation"})
        m_actions.action(QString::fromLatin1(id))->setEnabled(hasSteps);
    m_actions.action(QStringLiteral("steps.save"))->setEnabled(hasSteps);
    const bool isShown = m_viewer->current().kind() != CurrentImage::Kind::None;
    for (const char* id : {"file.save-copy", "view.image-full-screen"})
        m_actions.action(QString::fromLatin1(id))->setEnabled(isShown);
}

void MainWindow::updateGalleryActions()
{
    const auto count = m_gallery->commandIds().size();
    for (const char* id : {"gallery.use-all", "gallery.use-prompt", "gallery.use-seed", "gallery.start-from",
                           "gallery.copy-picture", "gallery.copy-parameters"})
        m_actions.action(QString::fromLatin1(id))->setEnabled(count == 1);
    for (const char* id : {"gallery.show-in-folder", "gallery.trash"})
        m_actions.action(QString::fromLatin1(id))->setEnabled(count > 0);
    for (int stars = 0; stars <= 5; ++stars)
        m_actions.action(QStringLiteral("gallery.stars-%1").arg(stars))->setEnabled(count > 0);
    m_actions.action(QStringLiteral("gallery.export"))->setEnabled(m_galleryModel->rowCount() > 0);
    m_actions.action(QStringLiteral("gallery.undo-trash"))->setEnabled(m_files->canUndoTrash());
}

void MainWindow::updateQueueActions()
{
    bool canCancel = false;
    bool canRetry = false;
    const QList<JobId> ids = m_queuePanel->selectedIds();
    for (const JobId id : ids) {
        const auto job = m_parts.queue.find(id);
        canCancel = canCancel || (job && !job->hasEnded());
        canRetry = canRetry || (job && job->hasEnded());
    }
    m_actions.action(QStringLiteral("queue.cancel"))->setEnabled(canCancel);
    m_actions.action(QStringLiteral("queue.retry"))->setEnabled(canRetry);
    m_actions.action(QStringLiteral("queue.remove"))->setEnabled(!ids.isEmpty());
    m_actions.action(QStringLiteral("queue.use"))->setEnabled(ids.size() == 1);
    bool anyEnded = false;
    for (const Job& job : m_parts.queue.jobs())
        anyEnded = anyEnded || job.hasEnded();
    m_actions.action(QStringLiteral("queue.clear"))->setEnabled(anyEnded);
}

} // namespace unfog
