#include "widgets/controllers/unsaved_images.h"

#include <utility>

#include <QCoreApplication>
#include <QFileDialog>
#include <QStandardPaths>

#include "gallery/picture_saver.h"
#include "jobs/job_queue.h"
#include "widgets/notices/notice_bar.h"

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
            return UnsavedImages::tr("%1 of %2 images are saved.")
                .arg(job->saved.count())
                .arg(job->request.output.count);
    }
    return {};
}

} // namespace

UnsavedImages::UnsavedImages(PictureSaver& saver, JobQueue& queue, NoticeBar& notices, QWidget* window)
    : QObject(window), m_saver(saver), m_queue(queue), m_notices(notices), m_window(window)
{
    connect(&m_saver, &PictureSaver::failed, this, [this] {
        m_resumeWhenSaved = false;
        m_quitWhenSaved = false;
        showUnsaved();
    });
    connect(&m_saver, &PictureSaver::unsavedChanged, this, [this] {
        if (m_saver.unsaved().isEmpty())
            allSaved();
    });
}

void UnsavedImages::showUnsaved()
{
    const QList<UnsavedPicture>& unsaved = m_saver.unsaved();
    if (unsaved.isEmpty())
        return;
    QStringList sentences{
        tr("%n image(s) not saved, but kept in memory: %1.", nullptr, static_cast<int>(unsaved.size()))
            .arg(unsaved.constFirst().message)};
    if (const QString progress = progressText(m_queue, unsaved); !progress.isEmpty())
        sentences << progress;
    if (m_queue.isHeldForSaving())
        sentences << tr("The queue is paused.");
    m_notices.announce(NoticeBar::Kind::Problem, sentences.join(u' '),
                       {{tr("Try again"), [this] { tryToSaveAgain(); }},
                        {tr("Save all elsewhere…"), [this] { askWhereToSaveAll(); }}},
                       unsavedKey);
}

void UnsavedImages::tryToSaveAgain()
{
    m_resumeWhenSaved = true;
    m_saver.retryAll();
}

void UnsavedImages::askWhereToSaveAll()
{
    const QString folder =
        QFileDialog::getExistingDirectory(m_window, tr("Save all images elsewhere"),
                                          QStandardPaths::writableLocation(QStandardPaths::HomeLocation));
    if (folder.isEmpty()) {
        m_quitWhenSaved = false;
        return showUnsaved();
    }
    saveAllIn(folder);
}

void UnsavedImages::saveAllIn(const QString& folder)
{
    m_saver.saveAllIn(folder);
}

void UnsavedImages::allSaved()
{
    m_notices.dismiss(unsavedKey);
    m_notices.dismiss(quitKey);
    const bool resumes = std::exchange(m_resumeWhenSaved, false);
    if (m_queue.isHeldForSaving()) {
        const int waiting = m_queue.waitingCount();
        if (resumes || waiting == 0)
            m_queue.setPaused(false);
        else
            m_notices.announce(
                NoticeBar::Kind::Note,
                tr("All images are saved. The queue is paused with %n job(s) waiting.", nullptr, waiting),
                {{tr("Resume"), [this] { m_queue.setPaused(false); }}}, QStringLiteral("waiting"));
    }
    if (std::exchange(m_quitWhenSaved, false))
        Q_EMIT closeWanted();
}

bool UnsavedImages::mayClose()
{
    m_quitWhenSaved = false;
    // The last image may still be on its way to a disk that is full.
    m_saver.drain();
    QCoreApplication::sendPostedEvents(&m_saver);
    const auto unsaved = static_cast<int>(m_saver.unsaved().size());
    if (unsaved == 0)
        return true;
    m_notices.announce(NoticeBar::Kind::Question,
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
                             const QList<UnsavedPicture> pictures = m_saver.unsaved();
                             for (const UnsavedPicture& picture : pictures)
                                 m_saver.discard(picture.ticket);
                             Q_EMIT closeWanted();
                         }}},
                       quitKey);
    return false;
}

} // namespace unfog
