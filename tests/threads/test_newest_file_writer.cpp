#include <latch>

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>

#include "threads/newest_file_writer.h"

using namespace unfog;

class TestNewestFileWriter final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void newestWinsAndWhatWaitedIsNeverMade()
    {
        const QString file = m_folder.filePath(QStringLiteral("new/settings.json"));
        NewestFileWriter writer(file, QStringLiteral("writer"));
        std::latch isWriting(1), mayGoOn(1);
        bool wasMade = false;
        writer.write([&] {
            isWriting.count_down();
            mayGoOn.wait();
            return QByteArray("first");
        });
        isWriting.wait();
        writer.write([&] {
            wasMade = true;
            return QByteArray("second");
        });
        writer.write([] { return QByteArray("third"); });
        mayGoOn.count_down();
        writer.flush();
        QFile written(file);
        QVERIFY(written.open(QIODevice::ReadOnly));
        QCOMPARE(written.readAll(), QByteArray("third"));
        QVERIFY(!wasMade);
    }

    void destructorWaitsForTheLastWrite()
    {
        const QString file = m_folder.filePath(QStringLiteral("last"));
        NewestFileWriter(file, QStringLiteral("writer")).write([] { return QByteArray("kept"); });
        QFile written(file);
        QVERIFY(written.open(QIODevice::ReadOnly));
        QCOMPARE(written.readAll(), QByteArray("kept"));
    }

    void failureNamesTheFileAndWhy()
    {
        const QString folder = m_folder.filePath(QStringLiteral("folder"));
        QVERIFY(QDir().mkpath(folder + QStringLiteral("/inside")));
        NewestFileWriter writer(folder, QStringLiteral("writer"));
        QSignalSpy failed(&writer, &NewestFileWriter::failed);
        writer.write([] { return QByteArray("text"); });
        QVERIFY(failed.wait());
        QVERIFY(failed[0][0].toString().startsWith(folder + QStringLiteral(" was not saved: ")));
    }

private:
    QTemporaryDir m_folder;
};

QTEST_GUILESS_MAIN(TestNewestFileWriter)
#include "test_newest_file_writer.moc"
