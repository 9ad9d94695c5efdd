#include <QDirIterator>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "gallery/thumbnail_cache.h"
#include "studio_support/sample_pictures.h"

using namespace unfog;
using namespace unfog::test;

class TestThumbnailCache final : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<QTemporaryDir> m_folder;

    QString path(const char* name) const { return m_folder->filePath(QLatin1String(name)); }
    QString cacheFolder() const { return path("cache"); }

    QStringList filesOnDisk() const
    {
        QStringList files;
        QDirIterator it(cacheFolder(), QDir::Files, QDirIterator::Subdirectories);
        while (it.hasNext())
            files.append(it.next());
        return files;
    }

    static QImage waitFor(ThumbnailCache& cache, const QString& hash, const QString& file, int side,
                          double dpr)
    {
        QSignalSpy ready(&cache, &ThumbnailCache::ready);
        QImage image = cache.thumbnail(hash, file, side, dpr);
        while (image.isNull() && !cache.isBroken(hash) && ready.wait(10000))
            image = cache.thumbnail(hash, file, side, dpr);
        return image;
    }

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        writeSamplePicture(path("wide.png").toStdString(), "fox", 1, 128, 64);
    }

    void itFitsTheSquareAndIsNeverEnlarged_data()
    {
        QTest::addColumn<int>("side");
        QTest::addColumn<double>("dpr");
        QTest::addColumn<QSize>("size");
        QTest::newRow("1×") << 32 << 1.0 << QSize(32, 16);
        QTest::newRow("2×") << 32 << 2.0 << QSize(64, 32);
        QTest::newRow("1.5×") << 32 << 1.5 << QSize(48, 24);
        QTest::newRow("larger than the picture") << 500 << 1.0 << QSize(128, 64);
    }

    void itFitsTheSquareAndIsNeverEnlarged()
    {
        QFETCH(int, side);
        QFETCH(double, dpr);
        QFETCH(QSize, size);
        ThumbnailCache cache(cacheFolder());
        QVERIFY(cache.thumbnail(QStringLiteral("aa"), path("wide.png"), side, dpr).isNull()); // never waits
        const QImage image = waitFor(cache, QStringLiteral("aa"), path("wide.png"), side, dpr);
        QCOMPARE(image.size(), size);
        QCOMPARE(image.devicePixelRatio(), dpr);
    }

    void itIsReadFromDiskTheNextTime()
    {
        {
            ThumbnailCache cache(cacheFolder());
            QVERIFY(!waitFor(cache, QStringLiteral("aa"), path("wide.png"), 32, 1.0).isNull());
        }
        QCOMPARE(filesOnDisk().size(), 1);
        QVERIFY(QFile::remove(path("wide.png")));
        ThumbnailCache cache(cacheFolder());
        QCOMPARE(waitFor(cache, QStringLiteral("aa"), path("wide.png"), 32, 1.0).size(), QSize(32, 16));
    }

    void aCutOneOnDiskIsMadeAgain()
    {
        {
            ThumbnailCache cache(cacheFolder());
            QVERIFY(!waitFor(cache, QStringLiteral("aa"), path("wide.png"), 32, 1.0).isNull());
        }
        QFile file(filesOnDisk().first());
        QVERIFY(file.open(QIODevice::ReadWrite));
        QVERIFY(file.resize(20));
        file.close();
        ThumbnailCache cache(cacheFolder());
        QCOMPARE(waitFor(cache, QStringLiteral("aa"), path("wide.png"), 32, 1.0).size(), QSize(32, 16));
    }

    void anUndecodableFileIsBrokenUntilTriedAgain()
    {
        QFile bad(path("bad.png"));
        QVERIFY(bad.open(QIODevice::WriteOnly));
        bad.write("no picture");
        bad.close();
        ThumbnailCache cache(cacheFolder());
        QVERIFY(waitFor(cache, QStringLiteral("bb"), path("bad.png"), 32, 1.0).isNull());
        QVERIFY(cache.isBroken(QStringLiteral("bb")));
        QFile::remove(path("bad.png"));
        QVERIFY(QFile::copy(path("wide.png"), path("bad.png")));
        cache.retry(QStringLiteral("bb"));
        QVERIFY(!waitFor(cache, QStringLiteral("bb"), path("bad.png"), 32, 1.0).isNull());
    }

    void memoryIsBounded()
    {
        constexpr qsizetype kBytes = 20'000; // six pictures of 32 × 32 × 3
        ThumbnailCache cache(cacheFolder(), kBytes);
        for (int i = 0; i < 20; ++i) {
            const QString file = m_folder->filePath(QStringLiteral("%1.png").arg(i));
            writeSamplePicture(file.toStdString(), "fox", static_cast<std::uint64_t>(i), 64, 64);
            QVERIFY(!waitFor(cache, QStringLiteral("hash%1").arg(i), file, 32, 1.0).isNull());
            QVERIFY(cache.memoryBytes() <= kBytes);
        }
        QVERIFY(cache.thumbnail(QStringLiteral("hash0"), m_folder->filePath(QStringLiteral("0.png")), 32, 1.0)
                    .isNull());
        QVERIFY(!cache.thumbnail(QStringLiteral("hash19"), QString(), 32, 1.0).isNull());
    }

    void askingForMoreThanIsLookedAtDropsTheOldest()
    {
        ThumbnailCache cache(cacheFolder());
        QSignalSpy ready(&cache, &ThumbnailCache::ready);
        for (int i = 0; i < 2000; ++i)
            cache.thumbnail(QStringLiteral("h%1").arg(i), path("wide.png"), 32, 1.0);
        QVERIFY(!waitFor(cache, QStringLiteral("h1999"), path("wide.png"), 32, 1.0).isNull());
        QVERIFY(ready.count() < 2000);
        // A dropped one can be asked for again.
        QVERIFY(!waitFor(cache, QStringLiteral("h0"), path("wide.png"), 32, 1.0).isNull());
    }
};

QTEST_GUILESS_MAIN(TestThumbnailCache)
#include "test_thumbnail_cache.moc"
