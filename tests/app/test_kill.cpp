// A studio that is killed in the middle of a busy queue loses no image.

#include <random>

#include <QDirIterator>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include "image_files/metadata/picture_metadata.h"

using namespace unfog;

namespace {

/// Seeds of all images below a folder, by what the files themselves say.
QSet<quint64> seedsBelow(const QString& folder)
{
    QSet<quint64> seeds;
    QDirIterator files(folder, {QStringLiteral("*.png")}, QDir::Files, QDirIterator::Subdirectories);
    while (files.hasNext()) {
        const auto metadata = readPictureMetadata(files.next().toStdString());
        if (metadata && metadata->request)
            seeds.insert(metadata->request->output.seed);
        else
            qWarning("%s says nothing of its request", qPrintable(files.filePath()));
    }
    return seeds;
}

} // namespace

class TestKill final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void nothingIsLost()
    {
        constexpr int kImages = 600;
        constexpr int kKills = 12;
        QTemporaryDir home;
        std::mt19937 random(7);
        int killed = 0;
        for (;;) {
            QProcess process;
            process.start(QStringLiteral(UNFOG_BIN_DIR "/unfog-queue-process"),
                          {home.path(), QString::number(kImages)});
            QVERIFY(process.waitForStarted());
            // Killed after some computed images, wherever the saver is then.
            const int images = killed < kKills ? 1 + static_cast<int>(random() % 20) : 2 * kImages;
            int seen = 0;
            while (seen < images && (process.canReadLine() || process.waitForReadyRead(60000))) {
                process.readLine();
                ++seen;
            }
            if (seen < images) {
                QVERIFY(process.state() == QProcess::NotRunning || process.waitForFinished(60000));
                QCOMPARE(process.exitStatus(), QProcess::NormalExit);
                QCOMPARE(process.exitCode(), 0);
                break;
            }
            process.kill();
            QVERIFY(process.waitForFinished(60000));
            ++killed;
        }
        QVERIFY2(killed >= 3, "the queue ended before it could be killed");
        QSet<quint64> expected;
        for (int i = 0; i < kImages; ++i)
            expected.insert(1000 + static_cast<quint64>(i));
        const QSet<quint64> found = seedsBelow(home.path());
        QCOMPARE((expected - found).size(), 0);
        QCOMPARE(found.size(), kImages);
    }
};

QTEST_GUILESS_MAIN(TestKill)
#include "test_kill.moc"
