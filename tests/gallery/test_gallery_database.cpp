#include <QTemporaryDir>
#include <QTest>

#include "gallery/gallery_database.h"
#include "gallery/gallery_schema.h"

using namespace unfog;

class TestGalleryDatabase final : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<GalleryDatabase> m_database;

    GalleryEntry make(int number, const QString& prompt, const QString& parameters = {}) const
    {
        GalleryEntry entry;
        entry.file = m_folder->filePath(QStringLiteral("2024-01-01/%1.png").arg(number));
        entry.created = QDateTime::fromMSecsSinceEpoch(1'700'000'000'000LL + number, Qt::UTC);
        entry.widthPx = 64;
        entry.heightPx = 32;
        entry.contentHash = QStringLiteral("hash%1").arg(number);
        entry.prompt = prompt;
        entry.negativePrompt = QStringLiteral("blurry");
        entry.model = QStringLiteral("starter");
        entry.scheduler = QStringLiteral("ddim");
        entry.seed = 0xFFFF'FFFF'FFFF'FF00ULL + static_cast<quint64>(number);
        entry.steps = 20;
        entry.guidanceScale = 7.5;
        entry.parameters = parameters;
        entry.recordJson = QStringLiteral("{}");
        return entry;
    }

    PictureId put(const GalleryEntry& entry) { return m_database->put({entry})->first().id; }

    QStringList promptsOf(const GalleryFilter& filter) const
    {
        const auto ids = m_database->find(filter);
        QStringList prompts;
        const auto entries = m_database->fetch(QList<PictureId>(ids->begin(), ids->end()));
        for (const GalleryEntry& entry : *entries)
            prompts.append(entry.prompt);
        return prompts;
    }

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        const QString file = m_folder->filePath(QStringLiteral("index/gallery.db"));
        QVERIFY(prepareIndex(file));
        m_database = std::move(*GalleryDatabase::open(file, m_folder->path()));
    }

    void cleanup() { m_database.reset(); }

    void whatIsPutIsFetched()
    {
        GalleryEntry entry = make(1, QStringLiteral("a \"quoted\" fox 🦊\nsecond line"));
        entry.stars = 3;
        entry.id = put(entry);
        QCOMPARE(m_database->fetch({entry.id})->first(), entry);
        QCOMPARE(*m_database->count(), 1);
        QVERIFY(m_database->fetch({entry.id + 1})->isEmpty());
    }

    void theSameFileIsOneRow()
    {
        const PictureId id = put(make(1, QStringLiteral("before")));
        const auto again = m_database->put({make(1, QStringLiteral("after"))});
        QCOMPARE(again->first().id, id);
        QVERIFY(!again->first().isNew);
        QCOMPARE(promptsOf({QStringLiteral("after"), 0}).size(), 1);
        QVERIFY(promptsOf({QStringLiteral("before"), 0}).isEmpty());
    }

    void aMissingPictureIsFoundAgainByItsContent()
    {
        GalleryEntry entry = make(1, QStringLiteral("fox"));
        entry.stars = 4;
        const PictureId id = put(entry);
        GalleryEntry moved = entry;
        moved.file = m_folder->filePath(QStringLiteral("elsewhere/1.png"));
        moved.stars = 0;
        QVERIFY(m_database->put({moved})->first().isNew); // not missing: a copy
        QVERIFY(m_database->remove({m_database->find({})->front() == id ? m_database->find({})->back()
                                                                        : m_database->find({})->front()}));
        QVERIFY(m_database->setMissing({id}, true));
        QVERIFY(m_database->fetch({id})->first().missing);
        const auto put = m_database->put({moved});
        QCOMPARE(put->first().id, id);
        const GalleryEntry found = m_database->fetch({id})->first();
        QCOMPARE(found.file, moved.file);
        QVERIFY(!found.missing);
        QCOMPARE(found.stars, 4);
    }

    void newestComeFirst()
    {
        for (const int number : {2, 3, 1})
            put(make(number, QString::number(number)));
        GalleryEntry sameTime = make(3, QStringLiteral("3 too"));
        sameTime.file += QLatin1String(".copy.png");
        put(sameTime);
        QCOMPARE(promptsOf({}), (QStringList{"3 too", "3", "2", "1"}));
    }

    void search_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QStringList>("found");
        const QStringList all{"東京の狐", "Grüner ÄPFEL", "100% fox_y", "a red fox in snow", "red house"};
        QTest::newRow("all") << "" << all;
        QTest::newRow("spaces") << "   " << all;
        QTest::newRow("one word") << "fox" << QStringList{"100% fox_y", "a red fox in snow"};
        QTest::newRow("any case") << "FOX SNOW" << QStringList{"a red fox in snow"};
        QTest::newRow("every word") << "red house" << QStringList{"red house"};
        QTest::newRow("inside a word") << "ous" << QStringList{"red house"};
        QTest::newRow("quoted") << "\"red fox\"" << QStringList{"a red fox in snow"};
        QTest::newRow("quoted, other order") << "\"fox red\"" << QStringList{};
        QTest::newRow("two letters") << "ho" << QStringList{"red house"};
        QTest::newRow("one letter and a word") << "a fox" << QStringList{"a red fox in snow"};
        QTest::newRow("umlauts in any case") << "äpfel" << QStringList{"Grüner ÄPFEL"};
        QTest::newRow("short umlauts in any case") << "äp" << QStringList{"Grüner ÄPFEL"};
        QTest::newRow("two signs of Chinese script") << "東京" << QStringList{"東京の狐"};
        QTest::newRow("four signs") << "東京の狐" << QStringList{"東京の狐"};
        QTest::newRow("signs of LIKE are letters") << "%" << QStringList{"100% fox_y"};
        QTest::newRow("more of them") << "x_y" << QStringList{"100% fox_y"};
        QTest::newRow("operators of FTS are words") << "fox OR house" << QStringList{};
        QTest::newRow("a lone quote") << "\"fox" << QStringList{"100% fox_y", "a red fox in snow"};
        QTest::newRow("a star") << "fox*" << QStringList{};
        QTest::newRow("in the parameters") << "sampler euler" << QStringList{"red house"};
        QTest::newRow("in the negative prompt") << "blur" << all;
        QTest::newRow("nothing") << "zebra" << QStringList{};
    }

    void search()
    {
        QFETCH(QString, text);
        QFETCH(QStringList, found);
        put(make(1, QStringLiteral("red house"), QStringLiteral("Steps: 20, Sampler: Euler")));
        put(make(2, QStringLiteral("a red fox in snow")));
        put(make(3, QStringLiteral("100% fox_y")));
        put(make(4, QStringLiteral("Grüner ÄPFEL")));
        put(make(5, QStringLiteral("東京の狐")));
        QCOMPARE(promptsOf({text, 0}), found);
        const auto ids = m_database->find({});
        for (const PictureId id : *ids)
            QCOMPARE(m_database->matches(id, {text, 0}),
                     found.contains(m_database->fetch({id})->first().prompt));
    }

    void starsFilter()
    {
        const PictureId a = put(make(1, QStringLiteral("fox one")));
        const PictureId b = put(make(2, QStringLiteral("fox two")));
        put(make(3, QStringLiteral("fox three")));
        QVERIFY(m_database->setStars({a, b}, 3));
        QVERIFY(m_database->setStars({b}, 5));
        QCOMPARE(promptsOf({{}, 4}), QStringList{"fox two"});
        QCOMPARE(promptsOf({QStringLiteral("fox"), 1}), (QStringList{"fox two", "fox one"}));
        QVERIFY(!m_database->setStars({a}, 6)); // the schema refuses it
    }

    void removedPicturesAreNotFoundAndTheirIdsNotUsedAgain()
    {
        const PictureId id = put(make(1, QStringLiteral("fox")));
        QVERIFY(m_database->remove({id}));
        QVERIFY(promptsOf({QStringLiteral("fox"), 0}).isEmpty());
        QVERIFY(put(make(1, QStringLiteral("fox"))) > id);
        QCOMPARE(m_database->complaint(), QString());
    }

    void aBatchIsWholeOrNotThere()
    {
        GalleryEntry bad = make(2, QStringLiteral("bad"));
        bad.stars = 9;
        QVERIFY(!m_database->put({make(1, QStringLiteral("good")), bad}));
        QCOMPARE(*m_database->count(), 0);
    }

    void aBatchOfManyIsFetchedInTheOrderAsked()
    {
        QList<GalleryEntry> entries;
        for (int i = 0; i < 500; ++i)
            entries.append(make(i, QString::number(i)));
        QVERIFY(m_database->put(entries));
        auto ids = *m_database->find({});
        std::reverse(ids.begin(), ids.end());
        const auto fetched = m_database->fetch(QList<PictureId>(ids.begin(), ids.end()));
        QCOMPARE(fetched->size(), 500);
        QCOMPARE(fetched->first().prompt, QStringLiteral("0"));
        QCOMPARE(m_database->knownFiles()->size(), 500);
    }
};

QTEST_GUILESS_MAIN(TestGalleryDatabase)
#include "test_gallery_database.moc"
