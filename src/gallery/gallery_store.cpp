#include "gallery/gallery_store.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <span>
#include <utility>

#include <QDir>
#include <QFileInfo>
#include <QStandardPaths>

#include "base/files/set_aside.h"
#include "base/files/write_file.h"
#include "gallery/gallery_database.h"
#include "gallery/gallery_schema.h"
#include "gallery/picture_file.h"
#include "gallery/picture_trash.h"
#include "gallery/trash_log.h"
#include "threads/task_thread.h"

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

/// What can be brought back. The writer's thread alone, once the store is built.
struct GalleryStore::Trash {
    QString file;
    QList<QList<TrashedPicture>> moves;
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
    // SQLite removes its log when the last program closes the file.
    const bool wasCut = QFileInfo::exists(databaseFile + QLatin1String("-wal"));
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
    if (wasCut)
        store->change([raw = store.get()](GalleryDatabase& database) {
            if (const QString found = database.complaint(); !found.isEmpty())
                raw->complain({ErrorKind::BadFile, kIndexErrorBegin + raw->m_databaseFile.toStdString() +
                                                       ": " + found.toStdString() + '.'});
        });
    if (prepared->isNew)
        QMetaObject::invokeMethod(
            store.get(), [raw = store.get()] { raw->beginScan(true); }, Qt::QueuedConnection);
    return store;
}

GalleryStore::GalleryStore(QString folder, QString databaseFile, QString notice,
                           std::unique_ptr<GalleryDatabase> reader)
    : m_folder(std::move(folder)), m_databaseFile(std::move(databaseFile)), m_notice(std::move(notice)),
      m_trash(std::make_shared<Trash>()), m_reader(std::move(reader)),
      m_writer(std::make_shared<Connection>()), m_search(std::make_shared<Search>()),
      m_writeThread(std::make_unique<TaskThread>(QStringLiteral("gallery writer"))),
      m_searchThread(std::make_unique<TaskThread>(QStringLiteral("gallery search"))),
      m_scanThread(std::make_unique<TaskThread>(QStringLiteral("gallery scan")))
{
    m_trash->file = QFileInfo(m_databaseFile).dir().filePath(QStringLiteral("trash.json"));
    m_writer->file = m_databaseFile;
    m_writer->folder = m_folder;
    m_search->connection.file = m_databaseFile;
    m_search->connection.folder = m_folder;
    m_writeThread->post([folder = m_folder] { removeOldTrash(folder, QDateTime::currentDateTime()); });
    readTrashLog();
}

void GalleryStore::readTrashLog()
{
    QFile file(m_trash->file);
    if (!file.open(QIODevice::ReadOnly))
        return;
    const auto moves = parseTrashLog(file.readAll());
    file.close();
    if (moves) {
        m_trashedBefore = *moves;
        m_trash->moves = *moves;
        return;
    }
    const auto aside = setAside(m_trash->file.toStdString());
    const QStringList sentences{
        m_notice, tr("%1 %2.").arg(m_trash->file, QString::fromStdString(moves.error().message)),
        aside ? tr("The file is kept as %1.").arg(QString::fromStdString(aside->string()))
              : QString::fromStdString(aside.error().message) + u'.'};
    m_notice = sentences.join(u' ').trimmed();
}

/// On the writer's thread.
void GalleryStore::writeTrashLog() const
{
    QList<QList<TrashedPicture>>& moves = m_trash->moves;
    while (moves.size() > kMaxTrashMoves)
        moves.removeFirst();
    const QByteArray bytes = trashLogBytes(moves);
    if (const auto written = writeFileAtomically(m_trash->file.toStdString(),
                                                 std::as_bytes(std::span(bytes.constData(), bytes.size())));
        !written)
        complain(written.error());
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
    // What is damaged inside shows itself when it is read; what fails until it is made anew is read from the
    // files.
    if (error.kind == ErrorKind::BadFile && error.message.starts_with(kIndexErrorBegin)) {
        if (m_isRepairing)
            return;
        if (!m_isRepaired.exchange(true)) {
            m_isRepairing = true;
            return report([store = const_cast<GalleryStore*>(this)] { store->repair(); });
        }
    }
    report([this, message = QString::fromStdString(error.message)] {
        Q_EMIT const_cast<GalleryStore*>(this)->failed(message);
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
        if (!pictures.isEmpty()) {
            m_trash->moves.append(pictures);
            writeTrashLog();
        }
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
        for (QList<TrashedPicture>& move : m_trash->moves) {
            move.removeIf([&pictures](const TrashedPicture& known) {
                return std::any_of(pictures.begin(), pictures.end(), [&known](const TrashedPicture& picture) {
                    return picture.trashFile == known.trashFile && picture.entry.file == known.entry.file;
                });
            });
        }
        m_trash->moves.removeIf([](const QList<TrashedPicture>& move) { return move.isEmpty(); });
        if (!left.isEmpty())
            m_trash->moves.append(left);
        writeTrashLog();
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
