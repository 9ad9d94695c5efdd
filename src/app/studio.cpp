#include "app/studio.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QStandardPaths>

namespace unfog {

StudioFolders StudioFolders::standard()
{
    const auto at = [](QStandardPaths::StandardLocation location) {
        return QStandardPaths::writableLocation(location);
    };
    return {at(QStandardPaths::AppConfigLocation), at(QStandardPaths::AppDataLocation),
            at(QStandardPaths::CacheLocation), defaultGalleryFolder()};
}

StudioFolders StudioFolders::under(const QString& root)
{
    const QDir folder(root);
    return {folder.filePath(QStringLiteral("settings")), folder.filePath(QStringLiteral("data")),
            folder.filePath(QStringLiteral("cache")), folder.filePath(QStringLiteral("pictures"))};
}

Result<std::unique_ptr<Studio>> Studio::open(const StudioFolders& folders, EngineFactory factory)
{
    for (const QString& folder : {folders.settings, folders.data, folders.cache}) {
        if (!QDir().mkpath(folder))
            return fail(ErrorKind::Io, "the folder " + folder.toStdString() + " cannot be created");
    }
    auto settings =
        std::make_unique<StudioSettings>(QDir(folders.settings).filePath(QStringLiteral("studio.json")));
    const QString chosen = settings->state().galleryFolder;
    const QString index = QDir(folders.data).filePath(QStringLiteral("gallery.sqlite"));
    auto store = GalleryStore::open(chosen.isEmpty() ? folders.gallery : chosen, index);
    QString notice;
    if (!store && !chosen.isEmpty() && chosen != folders.gallery) {
        // A drive that is not plugged in must not keep the studio shut.
        notice = tr("%1 Until it is back, images are saved in “%2”.")
                     .arg(QString::fromStdString(store.error().message), folders.gallery);
        store = GalleryStore::open(folders.gallery, index);
    }
    if (!store)
        return tl::unexpected(store.error());
    std::unique_ptr<Studio> studio(
        new Studio(folders, std::move(settings), std::move(*store), std::move(factory)));
    if (!notice.isEmpty())
        studio->m_notices.prepend(notice);
    return studio;
}

Studio::Studio(const StudioFolders& folders, std::unique_ptr<StudioSettings> settings,
               std::unique_ptr<GalleryStore> store, EngineFactory factory)
    : m_initImages(QDir(folders.data).filePath(QStringLiteral("start-pictures"))),
      m_settings(std::move(settings)), m_store(std::move(store)),
      m_thumbnails(
          std::make_unique<ThumbnailCache>(QDir(folders.cache).filePath(QStringLiteral("thumbnails")))),
      m_saver(std::make_unique<PictureSaver>(m_store->folder())),
      m_journal(std::make_unique<JobJournal>(QDir(folders.data).filePath(QStringLiteral("queue.jsonl")))),
      m_worker(std::make_unique<GenerationWorker>(std::move(factory), &InitImageStore::prepare)),
      m_queue(std::make_unique<JobQueue>(*m_worker, m_journal.get()))
{
    // What a last session left behind waits for a person to say "go on".
    const QString lost = m_queue->restore(true);
    for (const QString& notice : {m_settings->notice(), m_store->notice(), lost}) {
        if (!notice.isEmpty())
            m_notices.append(notice);
    }
    connect(m_queue.get(), &JobQueue::imageFinished, this, &Studio::keepPicture);
    connect(m_saver.get(), &PictureSaver::saved, this,
            [this](quint64, JobId job, const QString& file, quint64 seed) {
                m_queue->addFile(job, seed, file);
                if (file.startsWith(QDir(m_store->folder()).path() + u'/'))
                    m_store->add(file);
            });
    connect(m_saver.get(), &PictureSaver::failed, this, [this](quint64, JobId job) {
        m_queue->noteUnsaved(job);
        m_queue->holdForSaving();
    });
    connect(m_saver.get(), &PictureSaver::discarded, this,
            [this](quint64, JobId job, quint64 seed) { m_queue->addDiscarded(job, seed); });
}

Studio::~Studio()
{
    // What has been handed over is written and noted; what is still computed is made again at the next start.
    m_saver->drain();
    QCoreApplication::sendPostedEvents(m_saver.get());
    // The journal must not note a run that closing cuts short as ended: it waits again at the next start.
    m_queue.reset();
    m_worker.reset();
    m_journal.reset();
    m_saver.reset();
    m_thumbnails.reset();
    m_store.reset();
    m_settings.reset();
}

void Studio::keepPicture(const Job& job, const GeneratedImagePtr& image)
{
    // Live pictures come and go with every movement of a slider; Generate keeps the one that pleases.
    if (!job.live)
        m_saver->save(job.id, image);
}

WindowParts windowParts(Studio& studio, SamplerCatalog catalog, TokenCounterFactory tokenCounters,
                        const QString& starterModel, DeviceReader readDevices)
{
    return {studio.settings(),        studio.worker(),     studio.queue(),      studio.saver(),
            studio.store(),           studio.thumbnails(), studio.initImages(), std::move(catalog),
            std::move(tokenCounters), starterModel,        studio.notices(),    std::move(readDevices)};
}

} // namespace unfog
