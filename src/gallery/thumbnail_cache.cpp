#include "gallery/thumbnail_cache.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <functional>
#include <mutex>

#include <QCache>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QHash>
#include <QSet>
#include <QThread>
#include <QUuid>

#include "image_files/read_image.h"
#include "jobs/latent_pictures.h"
#include "pixels/resize.h"
#include "threads/run_guarded.h"

namespace unfog {

namespace {

constexpr std::size_t kMaxWaiting = 256; // a few screens: what was scrolled past is not made
constexpr std::size_t kThreads = 2;
constexpr int kJpegQuality = 90;

struct Order {
    QString key;
    QString contentHash;
    QString file;
    int sidePx = 0; ///< device pixels
    double ratio = 1.0;
};

QString diskFile(const QString& folder, const Order& order)
{
    return QStringLiteral("%1/%2/%3.jpg").arg(folder, order.contentHash.left(2), order.key);
}

/// Renamed into place, so that a cut one cannot stand there while the program lives; not synchronised: a cut
/// one after a power loss does not decode and is made again.
void keepOnDisk(const QString& file, const QImage& image)
{
    const QString part = file + u'.' + QUuid::createUuid().toString(QUuid::WithoutBraces);
    if (!QDir().mkpath(QFileInfo(file).path()))
        return;
    if (!image.save(part, "JPG", kJpegQuality) ||
        ::rename(part.toUtf8().constData(), file.toUtf8().constData()) != 0)
        QFile::remove(part);
}

QImage make(const QString& folder, const Order& order)
{
    const QString cached = diskFile(folder, order);
    QImage image;
    if (QFile::exists(cached) && image.load(cached, "JPG"))
        return image;
    const auto source = readImage(order.file.toStdString());
    if (!source)
        return {};
    const double scale = static_cast<double>(order.sidePx) / std::max(source->widthPx, source->heightPx);
    if (scale >= 1.0)
        return toQImage(*source); // small as it is: nothing to keep
    const auto side = [scale](int px) { return std::max(1, static_cast<int>(std::lround(px * scale))); };
    image = toQImage(resizeLanczos(*source, side(source->widthPx), side(source->heightPx)));
    keepOnDisk(cached, image);
    return image;
}

} // namespace

/// Two threads, the newest order first.
class ThumbnailCache::Workers final {
public:
    using Made = std::function<void(const Order&, const QImage&)>;

    Workers(QString folder, Made made) : m_folder(std::move(folder)), m_made(std::move(made))
    {
        for (auto& thread : m_threads) {
            thread.reset(QThread::create([this] { loop(); }));
            thread->setObjectName(QStringLiteral("thumbnails"));
            thread->start();
        }
    }

    ~Workers()
    {
        {
            const std::lock_guard lock(m_mutex);
            m_ending = true;
            m_orders.clear();
        }
        m_wake.notify_all();
        for (const auto& thread : m_threads)
            thread->wait();
    }

    /// Returns the key that was dropped for it, or "".
    QString ask(Order order)
    {
        QString dropped;
        {
            const std::lock_guard lock(m_mutex);
            m_orders.push_front(std::move(order));
            if (m_orders.size() > kMaxWaiting) {
                dropped = m_orders.back().key;
                m_orders.pop_back();
            }
        }
        m_wake.notify_one();
        return dropped;
    }

private:
    void loop()
    {
        std::unique_lock lock(m_mutex);
        while (true) {
            m_wake.wait(lock, [this] { return m_ending || !m_orders.empty(); });
            if (m_ending)
                return;
            const Order order = std::move(m_orders.front());
            m_orders.pop_front();
            lock.unlock();
            QImage image; // stays null where the file has none, or drawing it failed
            runGuarded(QStringLiteral("Drawing the thumbnail of ") + order.file,
                       [&] { image = make(m_folder, order); });
            m_made(order, image);
            lock.lock();
        }
    }

    const QString m_folder;
    const Made m_made;
    std::mutex m_mutex;
    std::condition_variable m_wake;
    std::deque<Order> m_orders;
    bool m_ending = false;
    std::array<std::unique_ptr<QThread>, kThreads> m_threads;
};

struct ThumbnailCache::Memory {
    QCache<QString, QImage> images; ///< cost in bytes
    QSet<QString> asked;            ///< keys on their way
    QSet<QString> broken;           ///< content hashes
};

ThumbnailCache::ThumbnailCache(QString folder, qsizetype memoryBytes, QObject* parent)
    : QObject(parent), m_memory(std::make_unique<Memory>())
{
    m_memory->images.setMaxCost(memoryBytes);
    m_workers = std::make_unique<Workers>(std::move(folder), [this](const Order& order, QImage image) {
        image.setDevicePixelRatio(order.ratio);
        QMetaObject::invokeMethod(
            this, [=, this] { onMade(order.key, order.contentHash, image); }, Qt::QueuedConnection);
    });
}

ThumbnailCache::~ThumbnailCache() = default;

QImage ThumbnailCache::thumbnail(const QString& contentHash, const QString& file, int sidePx, double dpr)
{
    Order order;
    order.contentHash = contentHash;
    order.file = file;
    order.sidePx = std::max(1, static_cast<int>(std::lround(sidePx * dpr)));
    order.ratio = dpr;
    order.key = QStringLiteral("%1-%2-%3").arg(contentHash).arg(order.sidePx).arg(dpr);
    if (const QImage* image = m_memory->images.object(order.key))
        return *image;
    if (m_memory->broken.contains(contentHash) || m_memory->asked.contains(order.key))
        return {};
    m_memory->asked.insert(order.key);
    m_memory->asked.remove(m_workers->ask(std::move(order)));
    return {};
}

bool ThumbnailCache::isBroken(const QString& contentHash) const
{
    return m_memory->broken.contains(contentHash);
}

void ThumbnailCache::retry(const QString& contentHash)
{
    m_memory->broken.remove(contentHash);
}

void ThumbnailCache::retryAll()
{
    m_memory->broken.clear();
}

qsizetype ThumbnailCache::memoryBytes() const
{
    return m_memory->images.totalCost();
}

void ThumbnailCache::onMade(const QString& key, const QString& contentHash, const QImage& image)
{
    m_memory->asked.remove(key);
    if (image.isNull())
        m_memory->broken.insert(contentHash);
    else
        m_memory->images.insert(key, new QImage(image), image.sizeInBytes());
    Q_EMIT ready(contentHash);
}

} // namespace unfog
