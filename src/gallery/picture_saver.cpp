#include "gallery/picture_saver.h"

#include <algorithm>

#include <QDateTime>
#include <QDir>

#include "export/name_template.h"
#include "export/new_file.h"
#include "image_files/picture_metadata.h"
#include "image_files/write_file.h"
#include "jobs/task_thread.h"

namespace unfog {

namespace {

Result<QString> writePicture(const GeneratedImage& image, const QString& folder, const QString& exactFile)
{
    const auto bytes = encodePicture(image.pixels, {image.request, image.provenance});
    if (!bytes)
        return tl::unexpected<Error>(bytes.error());
    if (!exactFile.isEmpty()) {
        if (auto written = writeFileAtomically(exactFile.toStdString(), *bytes); !written)
            return tl::unexpected<Error>(written.error());
        return exactFile;
    }
    const QDateTime now = QDateTime::currentDateTime();
    const QString day = folder + u'/' + now.toString(QStringLiteral("yyyy-MM-dd"));
    if (!QDir().mkpath(day))
        return fail(ErrorKind::Io, "The folder " + day.toStdString() + " cannot be made.");
    const QString prompt = QString::fromStdString(image.request.prompt).simplified().left(40);
    const QString stem = safeFileName(now.toString(QStringLiteral("HHmmss")) + u'-' +
                                          QString::number(image.request.seed) + u'-' + prompt,
                                      120);
    return writeUnderFreeName(day, stem, QStringLiteral("png"), *bytes);
}

} // namespace

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
    write(ticket, job, image, {});
    return ticket;
}

void PictureSaver::retry(quint64 ticket)
{
    saveAs(ticket, {});
}

void PictureSaver::saveAs(quint64 ticket, const QString& file)
{
    const auto kept =
        std::find_if(m_unsaved.cbegin(), m_unsaved.cend(),
                     [ticket](const UnsavedPicture& picture) { return picture.ticket == ticket; });
    if (kept != m_unsaved.cend())
        write(ticket, kept->job, kept->image, file);
}

void PictureSaver::discard(quint64 ticket)
{
    if (m_unsaved.removeIf([ticket](const UnsavedPicture& picture) { return picture.ticket == ticket; }) > 0)
        Q_EMIT unsavedChanged();
}

void PictureSaver::drain()
{
    m_thread->drain();
}

void PictureSaver::write(quint64 ticket, JobId job, const GeneratedImagePtr& image, const QString& exactFile)
{
    ++m_pending;
    m_thread->post([=, this, folder = m_folder] {
        const auto file = writePicture(*image, folder, exactFile);
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
        if (kept != m_unsaved.end()) {
            m_unsaved.erase(kept);
            Q_EMIT unsavedChanged();
        }
        Q_EMIT saved(ticket, job, file);
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
