#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>

#include <QMainWindow>
#include <QTimer>

#include "export/exporter.h"
#include "gallery/gallery_model.h"
#include "jobs/job_queue_model.h"
#include "widgets/canvas/run_viewer.h"
#include "widgets/window/action_registry.h"
#include "widgets/window/theme.h"
#include "widgets/window/window_parts.h"

class QActionGroup;

namespace unfog {

class CopySaver;
class ExportDialog;
class GalleryController;
class GalleryPanel;
class ExampleChips;
class GeneratePanel;
class LiveMode;
class ModelController;
class NoticeBar;
class ParameterReader;
class QueuePanel;
class RunController;
class StepDecoder;
class TaskThread;
class UnsavedImages;

/// The studio's layout: form, canvas, gallery and queue around what `parts` holds, joined to the controllers
/// in widgets/controllers.
class MainWindow final : public QMainWindow {
    Q_OBJECT
public:
    explicit MainWindow(const WindowParts& parts, QWidget* parent = nullptr);
    ~MainWindow() override;

    ActionRegistry& actions() { return m_actions; }
    GeneratePanel& form() { return *m_form; }
    RunViewer& viewer() { return *m_viewer; }
    GalleryPanel& gallery() { return *m_gallery; }
    QueuePanel& queuePanel() { return *m_queuePanel; }
    NoticeBar& notices() { return *m_notices; }
    LiveMode& live();
    Theme& theme() { return m_theme; }

    /// Files dropped on the window: reads parameters out of the first picture that has some and says what was
    /// taken. The files are read on another thread.
    void readParameters(const QStringList& files);
    /// The dialog stays up until it is closed; one at a time.
    ExportDialog* openExport();
    void keepSettings();
    /// Everything that could not be saved goes into this folder.
    void saveUnsavedIn(const QString& folder);

protected:
    void closeEvent(QCloseEvent* event) override;
    void changeEvent(QEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    // main_window_actions.cpp
    void createActions();
    void createRunActions();
    void createViewActions();
    void createGalleryActions();
    void createQueueActions();
    void createMenus();
    void updateRunActions();
    void updateGalleryActions();
    void updateQueueActions();

    // main_window.cpp
    void createPanels();
    void createControllers();
    void restoreSettings();

    // main_window_run.cpp
    void connectRun();
    void runStarted(const Job& job);
    void imageFinished(const Job& job, const GeneratedImagePtr& image);
    void runEnded(const Job& job, const RunEnd& end);
    void takeSnapshot();
    void showTitle(double fraction);

    // main_window_image.cpp
    void showImageFullScreen();

    // main_window_gallery.cpp
    void connectGallery();
    void selectResult(const QList<PictureId>& added);
    void showGalleryPicture(const GalleryEntry& entry);

    // main_window_preferences.cpp
    void openPreferences();
    void applyPreferences(const StudioState& state);
    void readDevices(const std::function<void(const DeviceReport&)>& then);

    WindowParts m_parts;
    Theme m_theme;
    ActionRegistry m_actions;
    std::unique_ptr<GalleryModel> m_galleryModel;
    std::unique_ptr<JobQueueModel> m_queueModel;

    RunViewer* m_viewer = nullptr;
    NoticeBar* m_notices = nullptr;
    ExampleChips* m_examples = nullptr;
    GeneratePanel* m_form = nullptr;
    GalleryPanel* m_gallery = nullptr;
    QueuePanel* m_queuePanel = nullptr;
    QDockWidget* m_formDock = nullptr;
    QDockWidget* m_galleryDock = nullptr;
    QDockWidget* m_queueDock = nullptr;
    QActionGroup* m_themeGroup = nullptr;

    ModelController* m_models = nullptr;
    RunController* m_run = nullptr;
    StepDecoder* m_steps = nullptr;
    GalleryController* m_files = nullptr;
    ParameterReader* m_parameters = nullptr;
    CopySaver* m_copies = nullptr;
    UnsavedImages* m_unsaved = nullptr;

    PictureId m_shownEntry = 0;  ///< the gallery image shown last
    PictureId m_resultEntry = 0; ///< the entry of the run's result; choosing it shows the run
    std::optional<GenerationRequest> m_runRequest; ///< of the run that made the newest image
    std::atomic<quint64> m_shownTicket = 0; ///< the gallery image last asked for: older ones are not shown
    QTimer m_settingsDelay;                 ///< a form that was changed is kept soon, not only at the end
    int m_finishedSinceIdle = 0;
    std::unique_ptr<TaskThread> m_background; ///< last: its tasks end first
};

} // namespace unfog
