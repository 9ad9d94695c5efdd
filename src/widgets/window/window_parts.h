#pragma once

#include <functional>

#include <QString>

#include "gallery/gallery_store.h"
#include "gallery/picture_saver.h"
#include "gallery/thumbnail_cache.h"
#include "generation/engine/device_report.h"
#include "generation/engine/sampler_catalog.h"
#include "jobs/generation_worker.h"
#include "jobs/init_image_store.h"
#include "jobs/job_queue.h"
#include "settings/studio_settings.h"
#include "widgets/create/prompt_editor.h"

namespace unfog {

/// Makes the counter of one model's tokens; reads files, so it is called on another thread. An empty function
/// when the model has no tokenizer that can be read.
using TokenCounterFactory = std::function<TokenCounter(const QString& model, const QString& tokenizer)>;

/// What this computer can compute on. Asks driver and LibTorch, so it is called on another thread.
using DeviceReader = std::function<DeviceReport()>;

/// What the window shows and drives. All of it outlives the window.
struct WindowParts {
    StudioSettings& settings;
    GenerationWorker& worker;
    JobQueue& queue;
    PictureSaver& saver;
    GalleryStore& store;
    ThumbnailCache& thumbnails;
    const InitImageStore& initImages;
    SamplerCatalog catalog;
    TokenCounterFactory tokenCounters; ///< may be empty
    QString starterModel;              ///< the model that came along, "" when it is not there
    QStringList notices;               ///< what was repaired while starting
    DeviceReader readDevices;          ///< may be empty
};

} // namespace unfog
