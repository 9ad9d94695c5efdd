#include <utility>

#include <QFileDialog>
#include <QStandardPaths>

#include "widgets/export/save_dialog.h"
#include "widgets/notices/notice_bar.h"
#include "widgets/window/main_window.h"

// Images that could not be saved: one notice for all of them, and the question before closing.

namespace unfog {

namespace {

const QString unsavedKey = QStringLiteral("unsaved");
const QString quitKey = QStringLiteral("quit");

/// Of the first job that is short of images: "28 of 80 images are saved."
QString progressText(const JobQueue& queue, const QList<UnsavedPicture>& unsaved)
{
    for (const UnsavedPicture& picture : unsaved) {
        const auto job = queue.find(picture.job);
        if (job && job->request.output.count > 1)
            return MainWindow::tr("%1 of %2 images are saved.")
                .arg(job->saved.count())
                .arg(job->request.output.count);
    }
    return {};
}

} // namespace

void MainWindow::connectSaving()
{
    connect(&m_parts.saver, &PictureSaver::failed, this, [this] {
        m_resumeWhenSaved = false;
        m_quitWhenSaved = false;
        showUnsaved();
    });
    connect(&m_parts.saver, &PictureSaver::unsavedChanged, this, [this] {
        if (m_parts.saver.unsaved().isEmpty())
            allSaved();
    });
}

void MainWindow::showUnsaved()
{
    const QList<UnsavedPicture>& unsaved = m_parts.saver.unsaved();
    if (unsaved.isEmpty())
        return;
    QStringList sentences{
        tr("%n image(s) not saved, but kept in memory: %1.", nullptr, static_cast<int>(unsaved.size()))
            .arg(unsaved.constFirst().message)};
    if (const QString progress = progressText(m_parts.queue, unsaved); !progress.isEmpty())
        sentences << progress;
    if (m_parts.queue.isHeldForSaving())
        sentences << tr("The queue is paused.");
    m_notices->announce(NoticeBar::Kind::Problem, sentences.join(u' '),
                        {{tr("Try again"), [this] { tryToSaveAgain(); }},
                         {tr("Save all elsewhere…"), [this] { askWhereToSaveAll(); }}},
                        unsavedKey);
}

void MainWindow::tryToSaveAgain()
{
    m_resumeWhenSaved = true;
    m_parts.saver.retryAll();
}

void MainWindow::askWhereToSaveAll()
{
    const QString folder =
        QFileDialog::getExistingDirectory(this, tr("Save all images elsewhere"),
                                          QStandardPaths::writableLocation(QStandardPaths::HomeLocation));
    if (folder.isEmpty()) {
        m_quitWhenSaved = false;
        return showUnsaved();
    }
    saveUnsavedIn(folder);
}

void MainWindow::saveUnsavedIn(const QString& folder)
{
    m_parts.saver.saveAllIn(folder);
}

void MainWindow::allSaved()
{
    m_notices->dismiss(unsavedKey);
    m_notices->dismiss(quitKey);
    const bool resumes = std::exchange(m_resumeWhenSaved, false);
    if (m_parts.queue.isHeldForSaving()) {
        const int waiting = m_parts.queue.waitingCount();
        if (resumes || waiting == 0)
            m_parts.queue.setPaused(false);
        else
            m_notices->announce(
                NoticeBar::Kind::Note,
                tr("All images are saved. The queue is paused with %n job(s) waiting.", nullptr, waiting),
                {{tr("Resume"), [this] { m_parts.queue.setPaused(false); }}}, QStringLiteral("waiting"));
    }
    if (std::exchange(m_quitWhenSaved, false))
        close();
}

bool MainWindow::mayClose()
{
    m_quitWhenSaved = false;
    // The last image may still be on its way to a disk that is full.
    m_parts.saver.drain();
    QCoreApplication::sendPostedEvents(&m_parts.saver);
    const auto unsaved = static_cast<int>(m_parts.saver.unsaved().size());
    if (unsaved == 0)
        return true;
    m_notices->announce(NoticeBar::Kind::Question,
                        tr("%n image(s) could not be saved and will be lost.", nullptr, unsaved),
                        {{tr("Try again"),
                          [this] {
                              m_quitWhenSaved = true;
                              tryToSaveAgain();
                          }},
                         {tr("Save all elsewhere…"),
                          [this] {
                              m_quitWhenSaved = true;
                              askWhereToSaveAll();
                          }},
                         {tr("Discard and quit"),
                          [this] {
                              const QList<UnsavedPicture> pictures = m_parts.saver.unsaved();
                              for (const UnsavedPicture& picture : pictures)
                                  m_parts.saver.discard(picture.ticket);
                              close();
                          }}},
                        quitKey);
    return false;
}

} // namespace unfog
