#pragma once

#include <QObject>

class QWidget;

namespace unfog {

class JobQueue;
class NoticeBar;
class PictureSaver;

/// Images that could not be saved: one notice for all of them, and the question before closing. GUI thread.
class UnsavedImages final : public QObject {
    Q_OBJECT
public:
    UnsavedImages(PictureSaver& saver, JobQueue& queue, NoticeBar& notices, QWidget* window);

    /// Before closing: false, with a question, while images are in memory only.
    bool mayClose();
    /// Everything that could not be saved goes into this folder.
    void saveAllIn(const QString& folder);

Q_SIGNALS:
    /// After mayClose() said no: nothing is left to lose, or it was given up.
    void closeWanted();

private:
    void showUnsaved();
    void allSaved();
    void tryToSaveAgain();
    void askWhereToSaveAll();

    PictureSaver& m_saver;
    JobQueue& m_queue;
    NoticeBar& m_notices;
    QWidget* m_window;
    bool m_resumeWhenSaved = false; ///< the queue goes on when nothing is unsaved any more
    bool m_quitWhenSaved = false;
};

} // namespace unfog
