#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "gallery/picture_file.h"
#include "gallery/picture_saver.h"
#include "image_files/read_image.h"
#include "studio_support/fake_engine.h"
#include "studio_support/sample_pictures.h"

using namespace unfog;
using namespace unfog::test;

namespace {

GeneratedImagePtr image(const std::string& prompt, std::uint64_t seed = 5)
{
    return std::make_shared<const GeneratedImage>(fakeImage(sampleRequest(prompt, seed)));
}

} // namespace

class TestPictureSaver final : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<QTemporaryDir> m_folder;

    QStringList everyFile() const
    {
        QStringList files;
        QDirIterator it(m_folder->path(), QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
        while (it.hasNext())
            files.append(it.next());
        return files;
    }

    QString saveOne(PictureSaver& saver, const GeneratedImagePtr& picture)
    {
        QSignalSpy saved(&saver, &PictureSaver::saved);
        saver.save(3, picture);
        return saved.wait(10000) ? saved.first().at(2).toString() : QString();
    }

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void aPictureGoesToItsDayWithEverythingInIt()
    {
        PictureSaver saver(m_folder->path());
        const QString file = saveOne(saver, image("a red fox: \"snow\"/night", 5));
        const QString relative = QDir(m_folder->path()).relativeFilePath(file);
        static const QRegularExpression kName(
            QStringLiteral("^\\d{4}-\\d\\d-\\d\\d/\\d{6}-5-a red fox_ _snow__night\\.png$"));
        QVERIFY2(kName.match(relative).hasMatch(), qPrintable(relative));
        QVERIFY(*readImage(file.toStdString()) == image("a red fox: \"snow\"/night", 5)->pixels);
        QCOMPARE(detailsOf(*readEntry(file)).provenance->precision, std::string("float32"));
        QCOMPARE(everyFile().size(), 1);
        QVERIFY(!saver.isBusy());
    }

    void takenNamesAreNotReplaced()
    {
        PictureSaver saver(m_folder->path());
        QSignalSpy saved(&saver, &PictureSaver::saved);
        for (int i = 0; i < 5; ++i)
            saver.save(1, image("fox"));
        QVERIFY(QTest::qWaitFor([&] { return saved.count() == 5; }, 10000));
        QSet<QString> files;
        for (const auto& arguments : saved)
            files.insert(arguments.at(2).toString());
        QCOMPARE(files.size(), 5);
        QCOMPARE(everyFile().size(), 5);
    }

    void hostilePromptsStayInTheFolder_data()
    {
        QTest::addColumn<QString>("prompt");
        QTest::newRow("parent") << "../../escape";
        QTest::newRow("root") << "/etc/passwd";
        QTest::newRow("percent signs") << "%1 %2 %s";
        QTest::newRow("long") << QString(4000, QChar(0x6771));
        QTest::newRow("empty") << "";
        QTest::newRow("control") << QStringLiteral("a\nb\x01") + QChar(0x202E);
    }

    void hostilePromptsStayInTheFolder()
    {
        QFETCH(QString, prompt);
        PictureSaver saver(m_folder->path());
        const QString file = saveOne(saver, image(prompt.toStdString()));
        QVERIFY(file.startsWith(m_folder->path()));
        QCOMPARE(QDir(m_folder->path()).relativeFilePath(file).count(u'/'), 1);
        QCOMPARE(everyFile(), QStringList{file});
    }

    void aPictureThatCannotBeSavedStaysAndGoesElsewhere()
    {
        const QString blocked = m_folder->filePath(QStringLiteral("a file"));
        QFile blocker(blocked);
        QVERIFY(blocker.open(QIODevice::WriteOnly));
        PictureSaver saver(blocked); // a folder that cannot be one
        QSignalSpy failed(&saver, &PictureSaver::failed);
        QSignalSpy saved(&saver, &PictureSaver::saved);
        const GeneratedImagePtr picture = image("fox");
        const quint64 ticket = saver.save(9, picture);
        QVERIFY(failed.wait(10000));
        QCOMPARE(failed.first().first().toULongLong(), ticket);
        QVERIFY(!failed.first().at(2).toString().isEmpty());
        QCOMPARE(saver.unsaved().size(), 1);
        QCOMPARE(saver.unsaved().first().image, picture);

        saver.retry(ticket);
        QVERIFY(failed.wait(10000));
        QCOMPARE(saver.unsaved().size(), 1);

        const QString elsewhere = m_folder->filePath(QStringLiteral("rescued.png"));
        saver.saveAs(ticket, elsewhere);
        QVERIFY(saved.wait(10000));
        QCOMPARE(saved.first().at(1).toULongLong(), 9ULL);
        QVERIFY(saver.unsaved().isEmpty());
        QVERIFY(*readImage(elsewhere.toStdString()) == picture->pixels);
    }

    void aDiscardedPictureIsForgotten()
    {
        PictureSaver saver(QStringLiteral("/proc/nowhere"));
        QSignalSpy failed(&saver, &PictureSaver::failed);
        QSignalSpy changed(&saver, &PictureSaver::unsavedChanged);
        const quint64 ticket = saver.save(1, image("fox"));
        QVERIFY(failed.wait(10000));
        saver.discard(ticket);
        QVERIFY(saver.unsaved().isEmpty());
        QCOMPARE(changed.count(), 2);
    }

    void leavingWaitsForWhatWasAsked()
    {
        {
            PictureSaver saver(m_folder->path());
            for (int i = 0; i < 4; ++i)
                saver.save(1, image("fox", static_cast<std::uint64_t>(i)));
        }
        QCOMPARE(everyFile().size(), 4);
    }
};

QTEST_GUILESS_MAIN(TestPictureSaver)
#include "test_picture_saver.moc"
