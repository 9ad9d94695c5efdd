#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>

#include <QElapsedTimer>
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
class QLabel;

namespace unfog {

class AnimationMaker;
class ExportDialog;
class GalleryPanel;
class ExampleChips;
class GeneratePanel;
class LiveMode;
class NoticeBar;
class QueuePanel;
class RunControls;
class TaskThread;
struct PictureParameters;

/// The studio: form, canvas, gallery and queue around what `parts` holds.
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
    LiveMode& live() { return *m_live; }
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
    void connectRun();
    void connectModel();
    void restoreSettings();

    // main_window_run.cpp
    void generate();
    void submitLive(const GenerationRequest& request);
    void runStarted(const Job& job);
    void imageFinished(const Job& job, const GeneratedImagePtr& image);
    void runEnded(const Job& job, const RunEnd& end);
    void takeSnapshot();
    void loadModel();
    void modelReady(const ModelSummary& model);
    void modelFailed(const QString& message);
    void readTokens();
    void showTitle(double fraction);
    void keepLive();
    /// The gallery image on the canvas once more as a live run: its steps can be scrubbed and no file is
    /// made.
    void runAgain();
    void addToQueue(const GenerationRequest& request);
    /// Says so, too.
    bool isSaving();
    void decodeStep(const StepFramePtr& frame, RunViewer::Shown shown);
    /// Decodes the steps of a finished run one after another while nothing else is to do.
    void decodeAhead();
    void saveStep(const StepFramePtr& frame, RunViewer::Shown shown, const QImage& picture);
    void saveAnimation();

    // main_window_image.cpp
    void showImageFullScreen();
    void saveCopyAs();
    void writeCopy(const QString& source, const QString& target);
    /// How many images of the request are in the gallery, or will be by a job that runs or waits. What the
    /// request leaves open (size, scheduler) counts as the same.
    int alreadyMade(const GenerationRequest& request) const;
    void askAboutSame(const GenerationRequest& request, int same);
    /// Once for each gallery folder, not each image.
    void saySavedWhere(const QString& file);

    // main_window_saving.cpp
    void connectSaving();
    void showUnsaved();
    void allSaved();
    /// In front of closing: false, with a question, while images are in memory only.
    bool mayClose();
    void tryToSaveAgain();
    void askWhereToSaveAll();

    // main_window_gallery.cpp
    void connectGallery();
    void selectResult(const QList<PictureId>& added);
    void showGalleryPicture(const GalleryEntry& entry);
    void useParameters(int part);
    /// `source`: where they come from, as a sentence names it: “a.png”, the pasted text.
    void takeParameters(const QString& source, PictureParameters parameters);
    /// Asks whether a text pasted into a prompt is to be read as parameters, where it can be.
    void offerParameters(const QString& text);
    void openPreferences();
    void applyPreferences(const StudioState& state);
    /// Lists the models of the model folders, read in the background.
    void findModels();
    void copyPicture();
    void copyParameters();
    void showInFolder();
    void trashSelected();
    void undoTrash();
    void startFromPicture();
    QList<ExportItem> exportItems(const QList<PictureId>& ids) const;
    void addExportSlice(const QList<PictureId>& ids, qsizetype from);
    void rebuildGallery();
    void readDevices(const std::function<void(const DeviceReport&)>& then);
    void showComputer();
    void showAbout();

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
    LiveMode* m_live = nullptr;
    QDockWidget* m_formDock = nullptr;
    QDockWidget* m_galleryDock = nullptr;
    QDockWidget* m_queueDock = nullptr;
    QActionGroup* m_themeGroup = nullptr;
    ExportDialog* m_exportDialog = nullptr;
    AnimationMaker* m_animation = nullptr;

    PictureId m_shownEntry = 0;  ///< the gallery image shown last
    PictureId m_rerunOf = 0;     ///< the gallery image that is run again for its steps
    PictureId m_resultEntry = 0; ///< the entry of the run's result; choosing it shows the run
    std::optional<GenerationRequest> m_runRequest; ///< of the run that made the newest image
    std::optional<ModelSummary> m_model;
    QString m_modelWanted;
    GeneratedImagePtr m_lastLive;                ///< newest picture of live mode: Generate keeps it
    std::optional<GenerationRequest> m_keptLive; ///< what live mode shows was kept already
    std::atomic<quint64> m_shownTicket = 0; ///< the gallery picture last asked for: older ones are not shown
    QList<QList<TrashedPicture>> m_trashed; ///< of each move to the trash, the last one last
    StepFramePtr m_decoding;
    RunViewer::Shown m_decodingShown = RunViewer::Shown::PredictedOriginal;
    quint64 m_decodeTicket = 0;
    QElapsedTimer m_sinceDecode;
    quint64 m_saveTicket = 0; ///< of the step that is decoded to be saved; 0 = none
    QString m_saveFile;
    QString m_saveText;
    QTimer m_settingsDelay; ///< a form that was changed is kept soon, not only at the end
    QString m_tokensOf;     ///< model and tokenizer that the counter was asked for
    int m_finishedSinceIdle = 0;
    bool m_resumeWhenSaved = false; ///< the queue goes on when nothing is unsaved any more
    bool m_quitWhenSaved = false;
    bool m_scanAsked = false;                 ///< by a person: what it finds is said
    std::unique_ptr<TaskThread> m_background; ///< last: its tasks end first
};

} // namespace unfog
