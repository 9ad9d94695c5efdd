#include "gallery/gallery_store.h"

#include <mutex>
#include <optional>
#include <utility>

#include <QDir>
#include <QFileInfo>
#include <QStandardPaths>

#include "gallery/gallery_database.h"
#include "gallery/gallery_schema.h"
#include "gallery/picture_file.h"
#include "gallery/picture_trash.h"
#include "jobs/task_thread.h"

namespace unfog {

QString defaultGalleryFolder()
{
    return QDir(QStandardPaths::writableLocation(QStandardPaths::PicturesLocation))
        .filePath(QStringLiteral("Unfog"));
}

struct GalleryStore::Connection {
    QString file;
    QString folder;
    std::unique_ptr<GalleryDatabase> database;

    Result<GalleryDatabase*> get(bool readOnly)
    {
        if (!database) {
            auto opened = GalleryDatabase::open(file, folder, readOnly);
            if (!opened)
                return tl::unexpected<Error>(opened.error());
            database = std::move(*opened);
        }
        return database.get();
    }
};

/// The newest search that is wanted.
struct GalleryStore::Search {
    Connection connection;
    std::mutex mutex;
    std::optional<std::pair<quint64, GalleryFilter>> wanted;
    quint64 lastTicket = 0;
};

Result<std::unique_ptr<GalleryStore>> GalleryStore::open(const QString& folder, const QString& databaseFile)
{
    if (!QDir().mkpath(folder))
        return fail(ErrorKind::Io, "The gallery's folder " + folder.toStdString() + " cannot be made.");
    auto prepared = prepareIndex(databaseFile);
    if (!prepared)
        return tl::unexpected<Error>(prepared.error());
    auto reader = GalleryDatabase::open(databaseFile, folder, true);
    if (!reader && reader.error().kind == ErrorKind::BadFile) {
        // Damaged behind what was looked at.
        prepared = replaceIndex(databaseFile);
        if (!prepared)
            return tl::unexpected<Error>(prepared.error());
        reader = GalleryDatabase::open(databaseFile, folder, true);
    }
    if (!reader)
        return tl::unexpected<Error>(reader.error());
    std::unique_ptr<GalleryStore> store(
        new GalleryStore(QDir::cleanPath(folder), databaseFile, prepared->notice, std::move(*reader)));
    if (prepared->isNew)
        QMetaObject::invokeMethod(
            store.get(), [raw = store.get()] { raw->beginScan(true); }, Qt::QueuedConnection);
    return store;
}

GalleryStore::GalleryStore(QString folder, QString databaseFile, QString notice,
                           std::unique_ptr<GalleryDatabase> reader)
    : m_folder(std::move(folder)), m_databaseFile(std::move(databaseFile)), m_notice(std::move(notice)),
      m_reader(std::move(reader)), m_writer(std::make_shared<Connection>()),
      m_search(std::make_shared<Search>()),
      m_writeThread(std::make_unique<TaskThread>(QStringLiteral("gallery writer"))),
      m_searchThread(std::make_unique<TaskThread>(QStringLiteral("gallery search"))),
      m_scanThread(std::make_unique<TaskThread>(QStringLiteral("gallery scan")))
{
    m_writer->file = m_databaseFile;
    m_writer->folder = m_folder;
    m_search->connection.file = m_databaseFile;
    m_search->connection.folder = m_folder;
    m_writeThread->post([folder = m_folder] { removeOldTrash(folder, QDateTime::currentDateTime()); });
}

GalleryStore::~GalleryStore()
{
    m_scanStop.request_stop();
    m_scanThread.reset();
    closeConnections();
}

void GalleryStore::closeConnections()
{
    m_reader.reset();
    m_searchThread->post([search = m_search] { search->connection.database.reset(); });
    m_writeThread->post([writer = m_writer] { writer->database.reset(); });
    m_searchThread->drain();
    m_writeThread->drain();
}

void GalleryStore::report(std::function<void()> function) const
{
    QMetaObject::invokeMethod(const_cast<GalleryStore*>(this), std::move(function), Qt::QueuedConnection);
}

void GalleryStore::complain(const Error& error) const
{
    // What is damaged inside shows itself when it is read.
    if (error.kind == ErrorKind::BadFile && error.message.starts_with("The gallery index ") &&
        !m_isRepaired.exchange(true))
        return repairLater();
    report([this, message = QString::fromStdString(error.message)] {
        Q_EMIT const_cast<GalleryStore*>(this)->failed(message);
    });
}

void GalleryStore::repairLater() const
{
    report([store = const_cast<GalleryStore*>(this)] {
        store->makeIndexAnew();
        Q_EMIT store->failed(tr("The gallery index was damaged and is made again from the images; the old one is "
                                "kept beside it."));
        if (store->m_scanning) {
            store->m_scanStop.request_stop();
            store->m_scanThread->drain();
            store->m_scanning = false;
        }
        store->beginScan(true);
    });
}

void GalleryStore::change(std::function<void(GalleryDatabase&)> task)
{
    m_writeThread->post([this, writer = m_writer, task = std::move(task)] {
        if (const auto database = writer->get(false))
            task(**database);
        else
            complain(database.error());
    });
}

std::vector<PictureId> GalleryStore::find(const GalleryFilter& filter) const
{
    auto ids = m_reader->find(filter);
    if (!ids)
        complain(ids.error());
    return ids.value_or(std::vector<PictureId>());
}

bool GalleryStore::matches(PictureId id, const GalleryFilter& filter) const
{
    return m_reader->matches(id, filter);
}

QList<GalleryEntry> GalleryStore::fetch(const QList<PictureId>& ids) const
{
    auto entries = m_reader->fetch(ids);
    if (!entries)
        complain(entries.error());
    return entries.value_or(QList<GalleryEntry>());
}

std::optional<GalleryDetails> GalleryStore::details(PictureId id) const
{
    const QList<GalleryEntry> entries = fetch({id});
    return entries.isEmpty() ? std::nullopt : std::optional<GalleryDetails>(detailsOf(entries.first()));
}

qint64 GalleryStore::count() const
{
    const auto count = m_reader->count();
    if (!count)
        complain(count.error());
    return count.value_or(0);
}

quint64 GalleryStore::findLater(const GalleryFilter& filter)
{
    const quint64 ticket = ++m_search->lastTicket;
    {
        const std::lock_guard lock(m_search->mutex);
        m_search->wanted = {ticket, filter};
    }
    m_searchThread->post([this, search = m_search] {
        std::optional<std::pair<quint64, GalleryFilter>> wanted;
        {
            const std::lock_guard lock(search->mutex);
            wanted = std::exchange(search->wanted, std::nullopt);
        }
        if (!wanted)
            return; // a later call was answered in its place
        const auto database = search->connection.get(true);
        auto ids = database ? (*database)->find(wanted->second)
                            : Result<std::vector<PictureId>>(tl::unexpected<Error>(database.error()));
        if (!ids)
            complain(ids.error());
        report([this, ticket = wanted->first, ids = ids.value_or(std::vector<PictureId>())] {
            Q_EMIT found(ticket, ids);
        });
    });
    return ticket;
}

void GalleryStore::putLater(const QList<GalleryEntry>& entries)
{
    change([this, entries](GalleryDatabase& database) {
        const auto puts = database.put(entries);
        if (!puts)
            return complain(puts.error());
        QList<PictureId> fresh;
        QList<PictureId> known;
        for (const GalleryDatabase::Put& put : *puts)
            (put.isNew ? fresh : known).append(put.id);
        report([this, fresh, known] {
            if (!fresh.isEmpty())
                Q_EMIT added(fresh);
            if (!known.isEmpty())
                Q_EMIT changed(known);
        });
    });
}

void GalleryStore::add(const QString& file)
{
    m_writeThread->post([this, file] {
        const auto entry = readEntry(file);
        if (!entry)
            return complain(entry.error());
        putLater({*entry});
    });
}

void GalleryStore::setStars(const QList<PictureId>& ids, int stars)
{
    change([this, ids, stars](GalleryDatabase& database) {
        const auto entries = database.fetch(ids);
        if (!entries)
            return complain(entries.error());
        QList<PictureId> rated;
        for (const GalleryEntry& entry : *entries) {
            if (const auto written = writeStars(entry.file, stars); written)
                rated.append(entry.id);
            else
                complain(written.error());
        }
        if (const auto set = database.setStars(rated, stars); !set)
            return complain(set.error());
        report([this, rated] { Q_EMIT changed(rated); });
    });
}

void GalleryStore::trash(const QList<PictureId>& ids)
{
    change([this, ids](GalleryDatabase& database) {
        const auto entries = database.fetch(ids);
        if (!entries)
            return complain(entries.error());
        QList<TrashedPicture> pictures;
        QList<PictureId> gone;
        for (const GalleryEntry& entry : *entries) {
            const auto picture = moveToTrash(entry, m_folder);
            if (!picture) {
                complain(picture.error());
                continue;
            }
            pictures.append(*picture);
            gone.append(entry.id);
        }
        if (const auto taken = database.remove(gone); !taken)
            complain(taken.error());
        report([this, gone, pictures] {
            if (!gone.isEmpty())
                Q_EMIT removed(gone);
            Q_EMIT trashed(pictures);
        });
    });
}

void GalleryStore::restore(const QList<TrashedPicture>& pictures)
{
    change([this, pictures](GalleryDatabase& database) {
        QList<PictureId> ids;
        QList<TrashedPicture> left;
        for (const TrashedPicture& picture : pictures) {
            const auto entry = takeFromTrash(picture);
            if (!entry) {
                complain(entry.error());
                if (QFileInfo::exists(picture.trashFile))
                    left.append(picture);
                continue;
            }
            const auto put = database.put({*entry});
            if (!put) {
                complain(put.error());
                continue;
            }
            const PictureId id = put->first().id;
            if (entry->missing) {
                if (const auto set = database.setMissing({id}, true); !set)
                    complain(set.error());
            }
            ids.append(id);
        }
        report([this, ids, left] {
            if (!ids.isEmpty())
                Q_EMIT added(ids);
            Q_EMIT restored(ids, left);
        });
    });
}

void GalleryStore::drain()
{
    m_writeThread->drain();
    m_writeThread->drain(); // add() reads on the thread before it writes there
}

} // namespace unfog
