#include <utility>

#include <QDirIterator>
#include <QSet>

#include "gallery/gallery_database.h"
#include "gallery/gallery_schema.h"
#include "gallery/gallery_store.h"
#include "gallery/picture_file.h"
#include "threads/task_thread.h"

// The part of the store that looks at all files.

namespace unfog {

namespace {

constexpr qsizetype kBatch =
    100; // a write of this size is short enough for a star set by hand to get in between

/// Every picture below `folder`; links to folders are not followed.
QStringList pictureFiles(const QString& folder, const std::stop_token& stop)
{
    QStringList files;
    QDirIterator it(folder, QDir::Files | QDir::Readable, QDirIterator::Subdirectories);
    while (it.hasNext() && !stop.stop_requested()) {
        const QString file = it.next();
        if (isPictureFile(file))
            files.append(file);
    }
    files.sort();
    return files;
}

} // namespace

void GalleryStore::rescan()
{
    beginScan(false);
}

void GalleryStore::rebuild()
{
    if (m_scanning)
        return;
    m_scanning = true;
    Q_EMIT scanProgress(0, 0);
    m_writeThread->post([this] {
        // Its own connection: an index that cannot even be opened is made anew too.
        const auto database = GalleryDatabase::open(m_databaseFile, m_folder);
        const bool isSound =
            database && (*database)->complaint().isEmpty() && (*database)->rebuildTextIndex();
        report([this, isSound] {
            m_scanning = false;
            if (!isSound)
                makeIndexAnew();
            beginScan(true);
        });
    });
}

void GalleryStore::cancelScan()
{
    m_scanStop.request_stop();
}

void GalleryStore::beginScan(bool readAll)
{
    if (m_scanning)
        return;
    m_scanning = true;
    m_scanStop = std::stop_source();
    m_scanThread->post([this, readAll, stop = m_scanStop.get_token()] { scan(readAll, stop); });
}

void GalleryStore::scan(bool readAll, std::stop_token stop)
{
    int newCount = 0;
    QList<PictureId> gone;
    int unreadable = 0;
    QString firstComplaint;
    const auto finish = [&](bool failedEarly) {
        // Through the writer: the end is told when everything that was found is in the index.
        m_writeThread->post([this, newCount, missing = gone.size(), unreadable, firstComplaint, failedEarly,
                             cancelled = stop.stop_requested()] {
            report([=, this] {
                m_scanning = false;
                if (unreadable > 0)
                    Q_EMIT failed(
                        tr("%n file(s) could not be read as images, the first: %1", nullptr, unreadable)
                            .arg(firstComplaint));
                Q_EMIT scanEnded(newCount, static_cast<int>(missing), cancelled || failedEarly);
                if (std::exchange(m_repairWanted, false))
                    repair();
            });
        });
    };

    const auto database = GalleryDatabase::open(m_databaseFile, m_folder, true);
    const auto known =
        database ? (*database)->knownFiles()
                 : Result<QHash<QString, GalleryDatabase::Known>>(tl::unexpected<Error>(database.error()));
    if (!known) {
        complain(known.error());
        return finish(true);
    }
    const QStringList files = pictureFiles(m_folder, stop);
    if (stop.stop_requested())
        return finish(false);

    // Missing ones first, so that a moved file is known again by its content.
    const QSet<QString> present(files.begin(), files.end());
    for (auto it = known->begin(); it != known->end(); ++it) {
        if (!it->missing && !present.contains(it.key()))
            gone.append(it->id);
    }
    for (qsizetype begin = 0; begin < gone.size(); begin += kBatch) {
        change([this, ids = gone.mid(begin, kBatch)](GalleryDatabase& writer) {
            if (const auto set = writer.setMissing(ids, true); !set)
                return complain(set.error());
            report([this, ids] { Q_EMIT changed(ids); });
        });
    }

    QList<GalleryEntry> batch;
    const int total = static_cast<int>(files.size());
    for (int i = 0; i < total && !stop.stop_requested(); ++i) {
        const auto row = known->constFind(files[i]);
        const bool isKnown = row != known->constEnd();
        if (isKnown && !row->missing && !readAll)
            continue;
        const auto entry = readEntry(files[i]);
        if (!entry) {
            if (unreadable++ == 0)
                firstComplaint = QString::fromStdString(entry.error().message);
            continue;
        }
        newCount += isKnown ? 0 : 1;
        batch.append(*entry);
        if (batch.size() == kBatch) {
            putLater(std::exchange(batch, {}));
            report([this, i, total] { Q_EMIT scanProgress(i + 1, total); });
        }
    }
    if (!batch.isEmpty())
        putLater(batch);
    report([this, total] { Q_EMIT scanProgress(total, total); });
    finish(false);
}

void GalleryStore::repair()
{
    if (m_scanning) {
        m_repairWanted = true;
        m_scanStop.request_stop();
        return;
    }
    makeIndexAnew();
    m_isRepairing = false;
    beginScan(true);
}

void GalleryStore::makeIndexAnew()
{
    closeConnections();
    const auto prepared = replaceIndex(m_databaseFile);
    if (prepared)
        Q_EMIT failed(prepared->notice);
    else
        complain(prepared.error());
    auto reader = GalleryDatabase::open(m_databaseFile, m_folder, true);
    if (!reader)
        return complain(reader.error());
    m_reader = std::move(*reader);
    Q_EMIT reset();
}

} // namespace unfog
