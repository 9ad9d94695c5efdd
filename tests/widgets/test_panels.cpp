#include <QDropEvent>
#include <QLabel>
#include <QListView>
#include <QMimeData>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <QUrl>

#include "studio_support/fake_engine.h"
#include "studio_support/sample_pictures.h"
#include "widgets/action_registry.h"
#include "widgets/export_dialog.h"
#include "widgets/init_image_field.h"
#include "widgets/queue_panel.h"

using namespace unfog;
using namespace unfog::test;

namespace {

void drop(QWidget& widget, const QMimeData& data)
{
    QDragEnterEvent enter(QPoint(5, 5), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(&widget, &enter);
    QDropEvent event(QPointF(5, 5), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(&widget, &event);
}

/// The queue's panel over jobs that wait.
struct QueueBench {
    QWidget window;
    ActionRegistry actions{&window};
    std::shared_ptr<FakeControl> control = std::make_shared<FakeControl>();
    GenerationWorker worker{[control = control] { return std::make_unique<FakeEngine>(control); }};
    JobQueue queue{worker, nullptr};
    JobQueueModel model{queue};
    std::unique_ptr<QueuePanel> panel;

    QueueBench()
    {
        for (const char* id :
             {"queue.pause", "queue.cancel", "queue.retry", "queue.clear", "queue.use", "queue.remove"})
            actions.add({QString::fromLatin1(id), {}, QString::fromLatin1(id), {}, {}, {}});
        queue.setPaused(true);
        for (const char* prompt : {"a", "b", "c", "d", "e"})
            queue.add(sampleRequest(prompt));
        panel = std::make_unique<QueuePanel>(model, queue, actions);
    }

    void select(const QList<int>& rows)
    {
        panel->view()->selectionModel()->clear();
        for (const int row : rows)
            panel->view()->selectionModel()->select(panel->view()->model()->index(row, 0),
                                                      QItemSelectionModel::Select);
    }

    QString order() const
    {
        QString text;
        for (const Job& job : queue.jobs())
            text += QString::fromStdString(job.request.prompt);
        return text;
    }

    void trigger(const char* id) { actions.action(QString::fromLatin1(id))->trigger(); }
};

} // namespace

class TestPanels final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void jobsMoveByKeysAndStayTogether()
    {
        QueueBench bench;
        QCOMPARE(bench.actions.action(QStringLiteral("queue.move-up"))->shortcut(),
                 QKeySequence(Qt::ALT | Qt::Key_Up));
        bench.select({2, 3});
        bench.trigger("queue.move-up");
        QCOMPARE(bench.order(), QStringLiteral("acdbe"));
        bench.trigger("queue.move-up");
        QCOMPARE(bench.order(), QStringLiteral("cdabe"));
        bench.trigger("queue.move-up"); // at the top already
        QCOMPARE(bench.order(), QStringLiteral("cdabe"));
        bench.select({0, 3});
        bench.trigger("queue.move-down");
        QCOMPARE(bench.order(), QStringLiteral("dcaeb"));
        bench.trigger("queue.move-down");
        QCOMPARE(bench.order(), QStringLiteral("daceb"));
        bench.trigger("queue.move-down");
        bench.trigger("queue.move-down");
        QCOMPARE(bench.order(), QStringLiteral("daecb"));
        QCOMPARE(bench.panel->selectedIds().size(), 2);
    }

    void endedJobsAreNotMoved()
    {
        QueueBench bench;
        bench.queue.cancel(bench.queue.jobs().at(2).id);
        QCOMPARE(bench.panel->view()->model()->rowCount(), 4); // what has ended is folded away
        auto* fold = bench.panel->findChild<QToolButton*>(QStringLiteral("foldEnded"));
        QCOMPARE(fold->text(), QStringLiteral("1 ended"));
        fold->click();
        QCOMPARE(bench.panel->view()->model()->rowCount(), 5);
        bench.select({4}); // below those that wait
        QCOMPARE(bench.panel->selectedIds(), QList<JobId>{bench.queue.jobs().at(2).id});
        bench.trigger("queue.move-up");
        QCOMPARE(bench.order(), QStringLiteral("abcde"));
    }

    void aDropWithoutAPictureIsSaid_data()
    {
        QTest::addColumn<QByteArray>("uris");
        QTest::addColumn<QString>("said");
        QTest::newRow("empty list") << QByteArray() << QString();
        QTest::newRow("comment only") << QByteArray("# nothing\r\n") << QString();
        QTest::newRow("elsewhere") << QByteArray("https://example.org/a.png\r\n")
                                   << QStringLiteral("https://example.org/a.png");
    }

    void aDropWithoutAPictureIsSaid()
    {
        QFETCH(QByteArray, uris);
        QFETCH(QString, said);
        InitImageField field([](const QImage&) -> Result<InitImage> {
            return fail(ErrorKind::Internal, "nothing is to be kept");
        });
        QSignalSpy problem(&field, &InitImageField::problem);
        QMimeData data;
        data.setData(QStringLiteral("text/uri-list"), uris);
        drop(field, data);
        QCOMPARE(problem.count(), 1);
        QVERIFY(!field.isPending());
        if (!said.isEmpty())
            QVERIFY(problem.first().first().toString().contains(said));
    }

    void thePictureThatABrowserBringsAlongIsTaken()
    {
        InitImageField field([](const QImage&) -> Result<InitImage> {
            return InitImage{"/kept.png", "aa", 0.75, nullptr};
        });
        QSignalSpy changed(&field, &InitImageField::changed);
        QImage picture(8, 8, QImage::Format_RGB32);
        picture.fill(Qt::red);
        QMimeData data;
        data.setUrls({QUrl(QStringLiteral("https://example.org/a.png"))});
        data.setImageData(picture);
        drop(field, data);
        QVERIFY(changed.wait(10000));
        QCOMPARE(field.initImage()->file, std::string("/kept.png"));
    }

    void namesThatTellAreSaidWhenMetadataIsLeftOut()
    {
        QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("a.png"));
        writeSamplePicture(file.toStdString(), "a fox", 5, 48, 32);
        ExportPlan plan;
        plan.folder = folder.filePath(QStringLiteral("out"));
        plan.nameTemplate = QStringLiteral("{prompt:10}-{width}x{height}");
        ExportDialog dialog(plan, {{file, 0}}, false);
        QCOMPARE(dialog.namePreview(), QStringLiteral("For example: a fox-48x32.png"));
        plan.keepMetadata = false;
        dialog.setPlan(plan);
        QVERIFY(dialog.namePreview().contains(QStringLiteral("{prompt}")));
        plan.nameTemplate = QStringLiteral("{number}-{{seed}}");
        dialog.setPlan(plan);
        QCOMPARE(dialog.namePreview(), QStringLiteral("For example: 1-{seed}.png"));
    }
};

QTEST_MAIN(TestPanels)
#include "test_panels.moc"
