#include "gallery/picture_saver.h"

#include <algorithm>
#include <utility>

#include <QDateTime>
#include <QDir>

#include "base/files/write_file.h"
#include "export/name_template.h"
#include "export/new_file.h"
#include "image_files/metadata/known_files.h"
#include "image_files/metadata/picture_metadata.h"
#include "threads/task_thread.h"

namespace unfog {

Result<QString> PictureSaver::writePicture(const GeneratedImage& image, const Place& place)
{
    const auto bytes = encodePicture(image.pixels, {image.request, image.provenance});
    if (!bytes)
        return tl::unexpected<Error>(bytes.error());
    rememberFilesOf(image);
    if (!place.file.isEmpty()) {
        if (auto written = writeFileAtomically(place.file.toStdString(), *bytes); !written)
            return tl::unexpected<Error>(written.error());
        return place.file;
    }
    const QDateTime now = QDateTime::currentDateTime();
    const QString folder =
        place.byDay ? place.folder + u'/' + now.toString(QStringLiteral("yyyy-MM-dd")) : place.folder;
    if (!QDir().mkpath(folder))
        return fail(ErrorKind::Io, "The folder " + folder.toStdString() + " cannot be made.");
    const QString prompt = QString::fromStdString(image.request.prompts.positive).simplified().left(40);
    const QString stem = safeFileName(now.toString(QStringLiteral("HHmmss")) + u'-' +
                                          QString::number(image.request.output.seed) + u'-' + prompt,
                                      120);
    return writeUnderFreeName(folder, stem, QStringLiteral("png"), *bytes);
}

PictureSaver::PictureSaver(QString folder, QObject* parent)
    : QObject(parent), m_folder(std::move(folder)),
      m_thread(std::make_unique<TaskThread>(QStringLiteral("saver")))
{
}

PictureSaver::~PictureSaver() = default;

void PictureSaver::setFolder(const QString& folder)
{
    m_folder = folder;
}

quint64 PictureSaver::save(JobId job, const GeneratedImagePtr& image)
{
    const quint64 ticket = ++m_lastTicket;
    write(ticket, job, image, {m_folder, true, {}});
    return ticket;
}

void PictureSaver::retry(quint64 ticket)
{
    saveUnsaved(ticket, {m_folder, true, {}});
}

void PictureSaver::retryAll()
{
    for (const UnsavedPicture& picture : std::as_const(m_unsaved))
        retry(picture.ticket);
}

void PictureSaver::saveAs(quint64 ticket, const QString& file)
{
    saveUnsaved(ticket, {{}, false, file});
}

void PictureSaver::saveAllIn(const QString& folder)
{
    for (const UnsavedPicture& picture : std::as_const(m_unsaved))
        saveUnsaved(picture.ticket, {folder, false, {}});
}

void PictureSaver::saveUnsaved(quint64 ticket, const Place& place)
{
    const auto kept =
        std::find_if(m_unsaved.cbegin(), m_unsaved.cend(),
                     [ticket](const UnsavedPicture& picture) { return picture.ticket == ticket; });
    if (kept != m_unsaved.cend())
        write(ticket, kept->job, kept->image, place);
}

void PictureSaver::discard(quint64 ticket)
{
    const auto given =
        std::find_if(m_unsaved.cbegin(), m_unsaved.cend(),
                     [ticket](const UnsavedPicture& picture) { return picture.ticket == ticket; });
    if (given == m_unsaved.cend())
        return;
    const JobId job = given->job;
    const std::uint64_t seed = given->image->request.output.seed;
    m_unsaved.erase(given);
    Q_EMIT discarded(ticket, job, seed);
    Q_EMIT unsavedChanged();
}

void PictureSaver::drain()
{
    m_thread->drain();
}

void PictureSaver::write(quint64 ticket, JobId job, const GeneratedImagePtr& image, const Place& place)
{
    ++m_pending;
    m_thread->post([=, this] {
        const auto file = writePicture(*image, place);
        const QString message = file ? QString() : QString::fromStdString(file.error().message);
        QMetaObject::invokeMethod(
            this,
            [=, this, name = file.value_or(QString())] { onWritten(ticket, job, image, name, message); },
            Qt::QueuedConnection);
    });
}

void PictureSaver::onWritten(quint64 ticket, JobId job, const GeneratedImagePtr& image, const QString& file,
                             const QString& message)
{
    --m_pending;
    const auto kept =
        std::find_if(m_unsaved.begin(), m_unsaved.end(),
                     [ticket](const UnsavedPicture& picture) { return picture.ticket == ticket; });
    if (!file.isEmpty()) {
        const bool wasUnsaved = kept != m_unsaved.end();
        if (wasUnsaved)
            m_unsaved.erase(kept);
        Q_EMIT saved(ticket, job, file, image->request.output.seed);
        if (wasUnsaved)
            Q_EMIT unsavedChanged();
        return;
    }
    if (kept != m_unsaved.end())
        kept->message = message;
    else
        m_unsaved.append(UnsavedPicture{ticket, job, image, message});
    Q_EMIT unsavedChanged();
    Q_EMIT failed(ticket, job, message);
}

} // namespace unfog
