#pragma once

#include <memory>

#include <QImage>
#include <QObject>
#include <QSize>
#include <QString>

/// Small pictures, made on other threads, kept on disk by content and in memory by use.
namespace unfog {

/// GUI thread only.
class ThumbnailCache final : public QObject {
    Q_OBJECT

public:
    static constexpr qsizetype kDefaultMemoryBytes = qsizetype{128} << 20;

    explicit ThumbnailCache(QString folder, qsizetype memoryBytes = kDefaultMemoryBytes,
                            QObject* parent = nullptr);
    /// Waits for the ones being made; those waiting are dropped.
    ~ThumbnailCache() override;

    /// At once from memory, else null and asked for: ready() tells. `sidePx` logical pixels on a screen of
    /// ratio `dpr`; the picture has at most sidePx × dpr device pixels a side, its ratio set, and is never
    /// enlarged. The newest asked for is made first; those asked for long ago and not made yet are dropped.
    QImage thumbnail(const QString& contentHash, const QString& file, int sidePx, double dpr);
    /// The file could not be read as a picture; ready() was told all the same.
    bool isBroken(const QString& contentHash) const;
    /// Forgets that a picture was broken: the file came back.
    void retry(const QString& contentHash);
    void retryAll();
    qsizetype memoryBytes() const;

Q_SIGNALS:
    void ready(const QString& contentHash);

private:
    class Workers;
    void onMade(const QString& key, const QString& contentHash, const QImage& image);

    struct Memory;
    std::unique_ptr<Memory> m_memory;
    std::unique_ptr<Workers> m_workers;
};

} // namespace unfog
