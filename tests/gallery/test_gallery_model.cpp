#include <QAbstractItemModelTester>
#include <QDir>
#include <QMimeData>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QUrl>

#include "gallery/gallery_model.h"
#include "gallery/thumbnail_cache.h"
#include "studio_support/sample_pictures.h"

using namespace unfog;
using namespace unfog::test;

class TestGalleryModel final : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<GalleryStore> m_store;
    std::unique_ptr<ThumbnailCache> m_thumbnails;
    std::unique_ptr<GalleryModel> m_model;
    std::unique_ptr<QAbstractItemModelTester> m_tester;

    QString path(const QString& name) const { return m_folder->filePath(QStringLiteral("pictures/") + name); }

    /// Later numbers are newer: a file's time is the picture's.
    void write(int number, const QString& prompt)
    {
        const QString file = path(QStringLiteral("%1.png").arg(number));
        writeSamplePicture(file.toStdString(), prompt.toStdString(), static_cast<std::uint64_t>(number));
        QFile touched(file);
        QVERIFY(touched.open(QIODevice::ReadWrite));
        QVERIFY(touched.setFileTime(QDateTime::fromMSecsSinceEpoch(1'700'000'000'000LL + number * 1000LL),
                                    QFileDevice::FileModificationTime));
    }

    void add(int number, const QString& prompt)
    {
        QSignalSpy added(m_store.get(), &GalleryStore::added);
        write(number, prompt);
        m_store->add(path(QStringLiteral("%1.png").arg(number)));
        QVERIFY(added.wait(10000));
    }

    QStringList shown() const
    {
        QStringList list;
        for (int row = 0; row < m_model->rowCount(); ++row)
            list.append(m_model->index(row).data(GalleryModel::PromptRole).toString());
        return list;
    }

    void applyFilter(const GalleryFilter& filter)
    {
        QSignalSpy applied(m_model.get(), &GalleryModel::filterApplied);
        m_model->setFilter(filter);
        QVERIFY(applied.wait(10000));
    }

    bool waitForRows(int count)
    {
        return QTest::qWaitFor([&] { return m_model->rowCount() == count && !m_model->isSearching(); },
                               10000);
    }

private Q_SLOTS:
    void initTestCase()
    {
        static QTemporaryDir home;
        QVERIFY(QDir(home.path()).mkpath(QStringLiteral("share")));
        qputenv("XDG_DATA_HOME", home.filePath(QStringLiteral("share")).toUtf8());
    }

    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        for (int number = 1; number <= 3; ++number)
            write(number, QStringLiteral("fox %1").arg(number));
        m_store = std::move(*GalleryStore::open(path({}), m_folder->filePath(QStringLiteral("gallery.db"))));
        QSignalSpy ended(m_store.get(), &GalleryStore::scanEnded);
        QVERIFY(ended.wait(10000));
        m_thumbnails = std::make_unique<ThumbnailCache>(m_folder->filePath(QStringLiteral("thumbnails")));
        m_model = std::make_unique<GalleryModel>(*m_store, m_thumbnails.get());
        m_tester = std::make_unique<QAbstractItemModelTester>(
            m_model.get(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        QVERIFY(waitForRows(3));
    }

    void cleanup()
    {
        m_tester.reset();
        m_model.reset();
        m_thumbnails.reset();
        m_store.reset();
    }

    void newestComeFirst()
    {
        QCOMPARE(shown(), (QStringList{"fox 3", "fox 2", "fox 1"}));
        QCOMPARE(m_model->index(0).data(GalleryModel::SeedRole).toULongLong(), 3ULL);
        QCOMPARE(m_model->index(0).data(GalleryModel::SizeRole).toSize(), QSize(32, 32));
        QCOMPARE(m_model->entryAt(2).prompt, QStringLiteral("fox 1"));
        QCOMPARE(m_model->rowOf(m_model->idAt(1)), 1);
        QCOMPARE(m_model->idAt(99), PictureId(0));
    }

    void addedPicturesComeToTheirPlace()
    {
        QSignalSpy reset(m_model.get(), &QAbstractItemModel::modelReset);
        add(9, QStringLiteral("newest"));
        add(0, QStringLiteral("oldest"));
        QCOMPARE(shown(), (QStringList{"newest", "fox 3", "fox 2", "fox 1", "oldest"}));
        QCOMPARE(reset.count(), 0); // a selection stays
    }

    void theFilterDecidesWhatIsShown()
    {
        applyFilter({QStringLiteral("\"fox 2\""), 0});
        QCOMPARE(shown(), QStringList{"fox 2"});
        add(5, QStringLiteral("owl"));
        add(6, QStringLiteral("another fox 2"));
        QCOMPARE(shown(), (QStringList{"another fox 2", "fox 2"}));
        applyFilter({});
        QCOMPARE(m_model->rowCount(), 5);
        QCOMPARE(m_model->ids().size(), std::size_t(5));
    }

    void starsChangeRowsAndWhatTheFilterLetsThrough()
    {
        const PictureId id = m_model->idAt(1);
        QSignalSpy changed(m_model.get(), &QAbstractItemModel::dataChanged);
        m_store->setStars({id}, 4);
        QVERIFY(changed.wait(10000));
        QCOMPARE(m_model->index(1).data(GalleryModel::StarsRole).toInt(), 4);
        applyFilter({{}, 4});
        QCOMPARE(shown(), QStringList{"fox 2"});
        m_store->setStars({id}, 3);
        QVERIFY(waitForRows(0));
        m_store->setStars({id}, 5);
        QVERIFY(waitForRows(1));
    }

    void trashedRowsGoAndComeBack()
    {
        QSignalSpy trashed(m_store.get(), &GalleryStore::trashed);
        m_store->trash({m_model->idAt(0), m_model->idAt(2)});
        QVERIFY(trashed.wait(10000));
        QCOMPARE(shown(), QStringList{"fox 2"});
        m_store->restore(trashed.first().first().value<QList<TrashedPicture>>());
        QVERIFY(waitForRows(3));
        QCOMPARE(shown(), (QStringList{"fox 3", "fox 2", "fox 1"}));
    }

    void manyAtOnceArriveWhole()
    {
        for (int number = 10; number < 150; ++number)
            write(number, QStringLiteral("owl %1").arg(number));
        m_store->rescan();
        QVERIFY(waitForRows(143));
        QVERIFY(QTest::qWaitFor([&] { return !m_store->isScanning(); }, 10000));
        QCOMPARE(shown().first(), QStringLiteral("owl 149"));
        QCOMPARE(shown().last(), QStringLiteral("fox 1"));
    }

    void typingFastShowsTheLastWord()
    {
        for (const char* text : {"f", "fo", "fox", "\"fox 1\""})
            m_model->setFilter({QLatin1String(text), 0});
        QVERIFY(waitForRows(1));
        QCOMPARE(shown(), QStringList{"fox 1"});
    }

    void thumbnailsArriveLaterAndChangeTheirRow()
    {
        QSignalSpy changed(m_model.get(), &QAbstractItemModel::dataChanged);
        m_model->setThumbnailSize(16, 2.0);
        QCOMPARE(changed.count(), 1);
        QVERIFY(m_model->index(0).data(Qt::DecorationRole).value<QImage>().isNull());
        QVERIFY(changed.wait(10000));
        const auto image = m_model->index(0).data(Qt::DecorationRole).value<QImage>();
        QCOMPARE(image.size(), QSize(32, 32));
        QCOMPARE(image.devicePixelRatio(), 2.0);
    }

    void manyTrashedGoInOneSearch()
    {
        for (int number = 10; number < 60; ++number)
            write(number, QStringLiteral("owl %1").arg(number));
        m_store->rescan();
        QVERIFY(waitForRows(53));
        QVERIFY(QTest::qWaitFor([&] { return !m_store->isScanning(); }, 10000));
        QSignalSpy removed(m_model.get(), &QAbstractItemModel::rowsRemoved);
        QSignalSpy reset(m_model.get(), &QAbstractItemModel::modelReset);
        QSignalSpy trashed(m_store.get(), &GalleryStore::trashed);
        m_store->trash(QList<PictureId>(m_model->ids().begin(), m_model->ids().begin() + 50));
        QVERIFY(trashed.wait(10000));
        QVERIFY(waitForRows(3));
        QCOMPARE(removed.count(), 0);
        QCOMPARE(reset.count(), 1);
        QCOMPARE(shown(), (QStringList{"fox 3", "fox 2", "fox 1"}));
    }

    void aPictureThatCameBackIsTriedAgain()
    {
        const QString file = path(QStringLiteral("2.png"));
        QVERIFY(QFile::rename(file, file + QStringLiteral(".away")));
        QSignalSpy changed(m_model.get(), &QAbstractItemModel::dataChanged);
        QVERIFY(m_model->index(1).data(Qt::DecorationRole).value<QImage>().isNull());
        QVERIFY(changed.wait(10000));
        QVERIFY(m_model->index(1).data(GalleryModel::ThumbnailBrokenRole).toBool());
        const auto rescan = [this] {
            QSignalSpy ended(m_store.get(), &GalleryStore::scanEnded);
            m_store->rescan();
            return ended.wait(10000);
        };
        QVERIFY(rescan());
        QVERIFY(m_model->index(1).data(GalleryModel::MissingRole).toBool());
        QVERIFY(QFile::rename(file + QStringLiteral(".away"), file));
        QVERIFY(rescan());
        QVERIFY(!m_model->index(1).data(GalleryModel::MissingRole).toBool());
        QVERIFY(!m_model->index(1).data(GalleryModel::ThumbnailBrokenRole).toBool());
        QVERIFY(QTest::qWaitFor(
            [&] { return !m_model->index(1).data(Qt::DecorationRole).value<QImage>().isNull(); }, 10000));
    }

    void aDragOfVeryManyIsCapped()
    {
        QModelIndexList rows;
        for (int i = 0; i < GalleryModel::kMaxDragged + 10; ++i)
            rows.append(m_model->index(i < GalleryModel::kMaxDragged ? 0 : 1));
        const std::unique_ptr<QMimeData> data(m_model->mimeData(rows));
        QVERIFY(!data->urls().contains(QUrl::fromLocalFile(path(QStringLiteral("2.png")))));
        QVERIFY(data->urls().contains(QUrl::fromLocalFile(path(QStringLiteral("3.png")))));
    }

    void rowsAreDraggedOutAsFiles()
    {
        const std::unique_ptr<QMimeData> data(m_model->mimeData({m_model->index(0), m_model->index(1)}));
        QCOMPARE(data->urls(), (QList<QUrl>{QUrl::fromLocalFile(path(QStringLiteral("3.png"))),
                                            QUrl::fromLocalFile(path(QStringLiteral("2.png")))}));
        QCOMPARE(m_model->supportedDragActions(), Qt::DropActions(Qt::CopyAction));
    }
};

QTEST_GUILESS_MAIN(TestGalleryModel)
#include "test_gallery_model.moc"
