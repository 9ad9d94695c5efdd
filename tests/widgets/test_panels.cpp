#include <QClipboard>
#include <QDir>
#include <QDropEvent>
#include <QFile>
#include <QGuiApplication>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QMimeData>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTest>
#include <QTextBlock>
#include <QTextLayout>
#include <QToolButton>
#include <QUrl>

#include "studio_support/fake_engine.h"
#include "studio_support/sample_pictures.h"
#include "widgets/create/example_chips.h"
#include "widgets/create/init_image_field.h"
#include "widgets/create/picture_parameters.h"
#include "widgets/create/prompt_editor.h"
#include "widgets/export/export_dialog.h"
#include "widgets/fields/search_box.h"
#include "widgets/fields/size_field.h"
#include "widgets/models/model_folders.h"
#include "widgets/models/model_picker.h"
#include "widgets/queue/job_text.h"
#include "widgets/queue/queue_panel.h"
#include "widgets/window/action_registry.h"
#include "widgets/window/preferences_dialog.h"

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
            text += QString::fromStdString(job.request.prompts.positive);
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

    void rowsSayWhatDiffersAndTheHeaderHowLong()
    {
        QueueBench bench;
        GenerationRequest request = bench.queue.jobs().constLast().request;
        request.output.seed += 3;
        request.guidance.scale = 9.5;
        request.sampler.scheduler = "dpm2-ancestral";
        bench.queue.add(request);
        const auto& jobs = bench.queue.jobs();
        const QString said = differenceText(jobs.at(5), &jobs.at(4));
        QCOMPARE(said,
                 QStringLiteral("DPM2 ancestral  ·  guidance 9.5  ·  seed %1").arg(request.output.seed));
        QVERIFY(differenceText(jobs.at(0), nullptr).contains(QStringLiteral("step")));
        QCOMPARE(bench.panel->secondsLeft(), 0.0); // nobody knows yet
        bench.panel->learnPace(jobs.at(0).request, 10.0, {64, 64});
        double expected = 0.0;
        for (const Job& job : jobs)
            expected += 10.0 * workOf(job.request, {64, 64}) / workOf(jobs.at(0).request, {64, 64});
        QVERIFY(qAbs(bench.panel->secondsLeft() - expected) < 1e-6 * expected);
        const auto* header = bench.panel->header()->findChild<QLabel*>();
        QVERIFY2(header->text().contains(QStringLiteral("left")), qPrintable(header->text()));
    }

    void preferencesGiveBackWhatStandsInThem()
    {
        StudioState state;
        state.galleryFolder = QStringLiteral("/pictures");
        state.modelFolders = {QStringLiteral("/models/a"), QStringLiteral("/models/b")};
        state.threads = 3;
        state.preview = {PreviewMode::Full, 4};
        state.theme = ThemeChoice::Dark;
        PreferencesDialog dialog(state, QStringLiteral("/standard"), 8);
        QCOMPARE(dialog.applied(state), state);
        dialog.findChild<QSpinBox*>(QStringLiteral("threads"))->setValue(0);
        dialog.findChild<QLineEdit*>(QStringLiteral("imageFolder"))->clear();
        const StudioState changed = dialog.applied(state);
        QCOMPARE(changed.threads, 0);
        QCOMPARE(changed.galleryFolder, QString());
        QCOMPARE(changed.modelFolders, state.modelFolders);
    }

    void modelsOfFoldersAreFoundAndTwinsToldApart()
    {
        QTemporaryDir folder;
        for (const char* name : {"a/dream", "b/dream", "b/other"}) {
            QDir(folder.path()).mkpath(QString::fromLatin1(name));
            QFile index(folder.filePath(QString::fromLatin1(name) + QStringLiteral("/model_index.json")));
            QVERIFY(index.open(QIODevice::WriteOnly));
        }
        const QStringList found = modelsIn({folder.path()});
        QCOMPARE(found.size(), 3);
        ModelPicker picker;
        picker.setModels({folder.filePath(QStringLiteral("gone"))}, {});
        picker.setFound(found);
        const auto* box = picker.findChild<SearchBox*>();
        QStringList names;
        for (int row = 0; row < box->count(); ++row)
            names << box->itemText(row);
        QVERIFY2(names.contains(QStringLiteral("dream (in a)")) &&
                     names.contains(QStringLiteral("dream (in b)")),
                 qPrintable(names.join(u'|')));
        QVERIFY(!box->reason(0).isEmpty()); // what is not there any more is greyed
    }

    void chipsGenerateWhatTheModelSuggests()
    {
        ModelGuide guide;
        guide.known = {{"Things", {"cat", "apple"}}};
        guide.also = {"a", "an"};
        guide.examples = {"a cat", "an apple"};
        guide.patterns = {"{a Things}"};
        ExampleChips chips;
        chips.resize(400, 300);
        chips.setGuide(guide);
        QSignalSpy chosen(&chips, &ExampleChips::chosen);
        const auto buttons = chips.findChildren<QPushButton*>();
        QCOMPARE(buttons.size(), 3);
        for (QPushButton* button : buttons)
            if (button->text() == QStringLiteral("an apple"))
                button->click();
        QCOMPARE(chosen.count(), 1);
        QCOMPARE(chosen.first().first().toString(), QStringLiteral("an apple"));
        chips.findChild<QPushButton*>(QStringLiteral("surpriseMe"))->click();
        QCOMPARE(chosen.count(), 2);
        QCOMPARE(unknownWordsNote(guide, chosen.last().first().toString().toStdString()), std::string());
        QVERIFY(chips.heightForWidth(120) > chips.heightForWidth(400));
        chips.setGuide({});
        QVERIFY(chips.findChildren<QPushButton*>().isEmpty());
    }

    void unknownWordsAreMarkedAndTheTextStays()
    {
        ModelGuide guide;
        guide.known = {{"Things", {"cat"}}};
        guide.also = {"a"};
        PromptEditor editor(QStringLiteral("Prompt"), {}, 3);
        QSignalSpy changed(&editor, &PromptEditor::textChanged);
        editor.setText(QStringLiteral("a cät and a cat"));
        QCOMPARE(changed.count(), 1);
        editor.setGuide(guide);
        QCOMPARE(changed.count(), 1); // marking is no change
        QStringList marked;
        const QTextBlock block = editor.edit()->document()->firstBlock();
        for (const QTextLayout::FormatRange& range : block.layout()->formats())
            if (range.format.underlineStyle() == QTextCharFormat::DotLine)
                marked << block.text().mid(range.start, range.length);
        QCOMPARE(marked, (QStringList{QStringLiteral("cät"), QStringLiteral("and")}));
        QCOMPARE(editor.text(), QStringLiteral("a cät and a cat"));
    }

    void aPastedTextIsTold()
    {
        PromptEdit edit(3);
        QSignalSpy pasted(&edit, &PromptEdit::pasted);
        QGuiApplication::clipboard()->setText(
            QStringLiteral("a cat\nSteps: 12, Sampler: Euler a, CFG scale: 6"));
        edit.paste();
        QCOMPARE(pasted.count(), 1);
        QVERIFY(edit.toPlainText().startsWith(QStringLiteral("a cat")));
        QCOMPARE(parametersOf(pasted.first().first().toString())->imported.request.sampler.steps, 12);
    }

    void aSizeFarFromTheTrainedOneHasAWayBack()
    {
        SizeField field;
        const auto* hint = field.findChild<QWidget*>(QStringLiteral("sizeHint"));
        field.setNativeSize({128, 128});
        QVERIFY(hint->isHidden());
        field.setSizePx({192, 128});
        QVERIFY(hint->isHidden());
        field.setSizePx({512, 128});
        QVERIFY(!hint->isHidden());
        field.findChild<QToolButton*>(QStringLiteral("nativeSize"))->click();
        QCOMPARE(field.sizePx(), QSize(0, 0));
        QVERIFY(hint->isHidden());
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
