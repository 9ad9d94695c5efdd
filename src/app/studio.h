#pragma once

#include <memory>

#include <QObject>
#include <QStringList>

#include "gallery/gallery_store.h"
#include "gallery/picture_saver.h"
#include "gallery/thumbnail_cache.h"
#include "jobs/generation_worker.h"
#include "jobs/init_image_store.h"
#include "jobs/job_journal.h"
#include "jobs/job_queue.h"
#include "settings/studio_settings.h"
#include "widgets/window/window_parts.h"

namespace unfog {

/// Where the studio keeps what it keeps.
struct StudioFolders {
    QString settings; ///< studio.json
    QString data;     ///< queue, index, pictures to start from
    QString cache;    ///< thumbnails: may be thrown away
    QString gallery;  ///< of a first start; afterwards the settings say

    static StudioFolders standard();
    /// Everything below one folder: a second studio beside the usual one, and tests.
    static StudioFolders under(const QString& root);
};

/// Everything but the window, built in order and joined: worker → saver → gallery. GUI thread.
class Studio final : public QObject {
    Q_OBJECT
public:
    /// Fails when the gallery's folder or index can not be used.
    static Result<std::unique_ptr<Studio>> open(const StudioFolders& folders, EngineFactory factory);
    /// Stops what runs, waits for it, writes what is left to write.
    ~Studio() override;

    StudioSettings& settings() { return *m_settings; }
    GenerationWorker& worker() { return *m_worker; }
    JobQueue& queue() { return *m_queue; }
    GalleryStore& store() { return *m_store; }
    PictureSaver& saver() { return *m_saver; }
    ThumbnailCache& thumbnails() { return *m_thumbnails; }
    const InitImageStore& initImages() const { return m_initImages; }
    /// What was repaired while opening; for people.
    const QStringList& notices() const { return m_notices; }

private:
    Studio(const StudioFolders& folders, std::unique_ptr<StudioSettings> settings,
           std::unique_ptr<GalleryStore> store, EngineFactory factory);
    void keepPicture(const Job& job, const GeneratedImagePtr& image);

    QStringList m_notices;
    InitImageStore m_initImages;
    std::unique_ptr<StudioSettings> m_settings;
    std::unique_ptr<GalleryStore> m_store;
    std::unique_ptr<ThumbnailCache> m_thumbnails;
    std::unique_ptr<PictureSaver> m_saver;
    std::unique_ptr<JobJournal> m_journal;
    std::unique_ptr<GenerationWorker> m_worker;
    std::unique_ptr<JobQueue> m_queue; ///< last: it lets go of the worker first
};

/// The window's view of a studio.
WindowParts windowParts(Studio& studio, SamplerCatalog catalog, TokenCounterFactory tokenCounters,
                        const QString& starterModel, DeviceReader readDevices = {});

} // namespace unfog
