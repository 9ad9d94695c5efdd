#include <algorithm>

#include <QComboBox>
#include <QDir>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

#include "generation/request/request_json.h"
#include "jobs/init_image_store.h"
#include "widgets/create/generate_panel.h"
#include "widgets/fields/choice_box.h"
#include "widgets/fields/field_row.h"
#include "widgets/fields/seed_field.h"
#include "widgets/fields/size_field.h"

using namespace unfog;

Q_DECLARE_METATYPE(unfog::GenerationRequest)

namespace {

SamplerCatalog catalog()
{
    SamplerCatalog result;
    result.schedulers = {{{"ddim", "DDIM", ""}, {"leading"}, true},
                         {{"dpmpp-2m", "DPM-Solver++ 2M", ""}, {"karras", "leading"}, false}};
    result.spacings = {{"leading", "Leading", ""}, {"karras", "Karras", ""}};
    result.predictions = {{"epsilon", "Noise", ""}, {"v_prediction", "Velocity", ""}};
    return result;
}

GenerationRequest base()
{
    GenerationRequest request;
    request.model.path = "/models/starter";
    return request;
}

} // namespace

class TestGeneratePanel final : public QObject {
    Q_OBJECT
private:
    QTemporaryDir m_folder;
    InitImageField::Keeper keeper()
    {
        return [store = InitImageStore(m_folder.path())](const QImage& picture) {
            return store.keep(picture, 0.75);
        };
    }

private Q_SLOTS:
    void everyFieldComesBack_data()
    {
        QTest::addColumn<GenerationRequest>("request");
        const auto row = [](const char* name, auto change) {
            GenerationRequest request = base();
            change(request);
            QTest::newRow(name) << request;
        };
        row("defaults", [](GenerationRequest&) {});
        row("model", [](GenerationRequest& r) { r.model.path = "/other/model.safetensors"; });
        row("tokenizer", [](GenerationRequest& r) { r.model.tokenizer = "/some/folder"; });
        row("prompt",
            [](GenerationRequest& r) { r.prompts.positive = "ein (roter:1.2) Apfel 🍎\nsecond line"; });
        row("negative prompt", [](GenerationRequest& r) { r.prompts.negative = "blurry"; });
        row("plain prompts", [](GenerationRequest& r) { r.prompts.areWeighted = false; });
        row("scheduler", [](GenerationRequest& r) { r.sampler.scheduler = "ddim"; });
        row("foreign scheduler", [](GenerationRequest& r) { r.sampler.scheduler = "restart"; });
        row("spacing", [](GenerationRequest& r) { r.sampler.spacing = "karras"; });
        row("prediction", [](GenerationRequest& r) { r.sampler.prediction = "v_prediction"; });
        row("steps", [](GenerationRequest& r) { r.sampler.steps = 1; });
        row("many steps", [](GenerationRequest& r) { r.sampler.steps = 1000; });
        row("eta 0", [](GenerationRequest& r) { r.sampler.eta = 0.0; });
        row("eta", [](GenerationRequest& r) { r.sampler.eta = 0.35; });
        row("guidance", [](GenerationRequest& r) { r.guidance.scale = 4.25; });
        row("guidance off", [](GenerationRequest& r) { r.guidance.scale = 1.0; });
        row("much guidance", [](GenerationRequest& r) { r.guidance.scale = 100.0; });
        row("rescale", [](GenerationRequest& r) { r.guidance.rescale = 0.7; });
        row("seed", [](GenerationRequest& r) { r.output.seed = 18446744073709551615ULL; });
        row("size", [](GenerationRequest& r) { r.canvas.widthPx = 768, r.canvas.heightPx = 512; });
        row("count", [](GenerationRequest& r) { r.output.count = 1000; });
        row("clip skip", [](GenerationRequest& r) { r.prompts.clipSkip = 2; });
        row("device", [](GenerationRequest& r) { r.model.device = DeviceChoice::Cuda; });
        row("precision", [](GenerationRequest& r) { r.model.precision = Precision::BFloat16; });
        row("tiles", [](GenerationRequest& r) { r.output.tiledDecode = true; });
        row("init image", [](GenerationRequest& r) {
            r.images.start = InitImage{"/not/there.png", std::string(64, 'a'), 0.6, nullptr};
            r.canvas.widthPx = r.canvas.heightPx = 512;
        });
    }
    void everyFieldComesBack()
    {
        QFETCH(GenerationRequest, request);
        GeneratePanel panel(catalog(), keeper());
        panel.setRequest(request);
        QVERIFY(panel.request() == request);
        panel.setRequest(base());
        QVERIFY(panel.request() == base());
    }

    void cardsAreListedAndUnusableOnesGreyed()
    {
        GeneratePanel panel(catalog(), keeper());
        panel.setRequest(base());
        DeviceReport report;
        report.cards = {{0, "NVIDIA GeForce GTX 1080", 8'513'978'368, -1, 6, 1, "too old"},
                        {1, "NVIDIA GeForce RTX 3060", 12'622'168'064, -1, 8, 6, ""}};
        QSignalSpy spy(&panel, &GeneratePanel::requestChanged);
        panel.setDevices(report);
        QCOMPARE(spy.count(), 0);
        QVERIFY(panel.request() == base());
        ChoiceBox* devices = nullptr;
        for (ChoiceBox* box : panel.findChildren<ChoiceBox*>())
            if (box->findData(QStringLiteral("cuda:1")) >= 0)
                devices = box;
        QVERIFY(devices);
        QCOMPARE(devices->count(), 4);
        devices->setName("cuda");
        QVERIFY(!devices->isCurrentPossible());
        devices->setName("cuda:1");
        QVERIFY(devices->isCurrentPossible());
        QCOMPARE(nameOf(panel.request().model.device), std::string("cuda:1"));
        // Without a card there is one line for it, which says why.
        DeviceReport none;
        none.whyNoCuda = "no NVIDIA driver was found";
        panel.setDevices(none);
        devices->setName("cuda");
        QVERIFY(!devices->isCurrentPossible());
        QVERIFY(devices->reason(devices->currentIndex()).contains(QLatin1String("no NVIDIA driver")));
    }

    void fillingTellsOnce()
    {
        GeneratePanel panel(catalog(), keeper());
        QSignalSpy spy(&panel, &GeneratePanel::requestChanged);
        GenerationRequest request = base();
        request.prompts.positive = "a";
        request.output.seed = 5;
        request.sampler.steps = 7;
        request.canvas.widthPx = 64;
        request.canvas.heightPx = 64;
        panel.setRequest(request);
        QCOMPARE(spy.count(), 1);
    }

    void onlyThePromptIsTaken()
    {
        GeneratePanel panel(catalog(), keeper());
        GenerationRequest first = base();
        first.output.seed = 9;
        first.sampler.steps = 33;
        panel.setRequest(first);
        GenerationRequest other = base();
        other.prompts.positive = "p";
        other.prompts.negative = "n";
        other.output.seed = 1;
        panel.setRequest(other, GeneratePanel::Part::Prompt);
        first.prompts.positive = "p";
        first.prompts.negative = "n";
        QVERIFY(panel.request() == first);
    }

    void takingTheSeedLocksIt()
    {
        GeneratePanel panel(catalog(), keeper());
        panel.setRequest(base());
        GenerationRequest other = base();
        other.output.seed = 77;
        other.prompts.positive = "not taken";
        panel.setRequest(other, GeneratePanel::Part::Seed);
        QCOMPARE(panel.request().output.seed, std::uint64_t{77});
        QVERIFY(panel.request().prompts.positive.empty());
        QVERIFY(panel.isSeedLocked());
        panel.throwDiceUnlessLocked();
        QCOMPARE(panel.request().output.seed, std::uint64_t{77});
    }

    void everyResetBringsTheDefaultBack()
    {
        GeneratePanel panel(catalog(), keeper());
        panel.setRequest(base());
        GenerationRequest changed = base();
        changed.sampler = {"ddim", "leading", "epsilon", 50, std::nullopt, 0.5};
        changed.guidance.scale = 3;
        changed.guidance.rescale = 0.5;
        changed.output.seed = 4;
        changed.canvas.widthPx = changed.canvas.heightPx = 128;
        changed.output.count = 3;
        changed.prompts.clipSkip = 1;
        changed.model.device = DeviceChoice::Cpu;
        changed.model.precision = Precision::Float32;
        changed.output.tiledDecode = true;
        changed.model.tokenizer = "/t";
        panel.setRequest(changed);
        panel.setPreview({PreviewMode::Off, 5});
        int pressed = 0;
        const auto buttons = panel.findChildren<QToolButton*>();
        for (QToolButton* button : buttons) {
            if (button->accessibleName().startsWith(FieldRow::tr("Reset: %1").arg(QString())) &&
                !button->isHidden()) {
                button->click();
                ++pressed;
            }
        }
        QCOMPARE(pressed, 17);
        QVERIFY(panel.request() == base());
        QVERIFY(panel.preview() == PreviewChoice{});
    }

    void previewChoiceComesBack()
    {
        GeneratePanel panel(catalog(), keeper());
        for (const PreviewMode mode : {PreviewMode::Off, PreviewMode::Approximate, PreviewMode::Full}) {
            panel.setPreview({mode, 4});
            QVERIFY(panel.preview() == (PreviewChoice{mode, 4}));
        }
    }

    void aGivenPictureIsKeptAndNamed()
    {
        GeneratePanel panel(catalog(), keeper());
        panel.setRequest(base());
        ModelSummary model;
        model.nativeWidthPx = model.nativeHeightPx = 64;
        panel.setModelSummary(model);
        QImage picture(100, 80, QImage::Format_RGB32);
        picture.fill(Qt::darkCyan);
        panel.initImageField()->setPicture(picture);
        QVERIFY(panel.isInitImagePending());
        QTRY_VERIFY(!panel.isInitImagePending());
        const GenerationRequest request = panel.request();
        QVERIFY(request.images.start.has_value());
        QVERIFY(QFile::exists(QString::fromStdString(request.images.start->file)));
        QCOMPARE(request.canvas.widthPx, 64); // image-to-image needs a size: the model's own is named
        QCOMPARE(panel.chosenSize(), QSize(0, 0));
    }

    void whatIsNoPictureIsSaid()
    {
        GeneratePanel panel(catalog(), keeper());
        QSignalSpy spy(&panel, &GeneratePanel::problem);
        QFile file(m_folder.filePath(QStringLiteral("text.png")));
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write("no picture") > 0);
        file.close();
        panel.initImageField()->openFile(file.fileName());
        QVERIFY(spy.wait());
        QVERIFY(spy.constFirst().constFirst().toString().contains(QStringLiteral("text.png")));
        QVERIFY(!panel.request().images.start.has_value());
    }

    void aSchedulerThatLacksTheSpacingTakesTheModelsOwn()
    {
        GeneratePanel panel(catalog(), keeper());
        GenerationRequest request = base();
        request.sampler.scheduler = "dpmpp-2m";
        request.sampler.spacing = "karras";
        panel.setRequest(request);
        QComboBox* schedulers = nullptr;
        for (QComboBox* box : panel.findChildren<QComboBox*>()) {
            if (box->findData(QStringLiteral("ddim")) >= 0)
                schedulers = box;
        }
        QVERIFY(schedulers);
        schedulers->setCurrentIndex(schedulers->findData(QStringLiteral("ddim")));
        QCOMPARE(panel.request().sampler.spacing, std::string());
    }

    void whatIsLeftToTheModelIsNamedOnceItIsLoaded()
    {
        GeneratePanel panel(catalog(), keeper());
        panel.setRequest(base());
        const auto boxWith = [&panel](const char* name) -> ChoiceBox* {
            for (ChoiceBox* box : panel.findChildren<ChoiceBox*>()) {
                if (box->findData(QLatin1String(name)) >= 0)
                    return box;
            }
            return nullptr;
        };
        ChoiceBox* schedulers = boxWith("ddim");
        ChoiceBox* spacings = boxWith("karras");
        ChoiceBox* predictions = boxWith("epsilon");
        QVERIFY(schedulers && spacings && predictions);
        QCOMPARE(schedulers->currentText(), QStringLiteral("Default"));
        ModelSummary model;
        model.path = base().model.path;
        model.nativeWidthPx = model.nativeHeightPx = 128;
        model.samplerDefaults = {"dpmpp-2m", "v_prediction", {{"", "karras"}, {"ddim", "leading"}}, 1};
        model.samplerLimits.schedulers = {{"dpmpp-2m", "it is said so"}};
        panel.setModelSummary(model);
        QCOMPARE(schedulers->currentText(), QStringLiteral("Default (DPM++ 2M)"));
        QCOMPARE(spacings->currentText(), QStringLiteral("Default (Karras)"));
        QCOMPARE(predictions->currentText(), QStringLiteral("Default (Velocity v)"));
        QStringList texts;
        for (const QAbstractSpinBox* box : panel.findChildren<QAbstractSpinBox*>())
            texts << box->text();
        QVERIFY2(texts.contains(QStringLiteral("Default (1)")), qPrintable(texts.join(u'\n')));

        schedulers->setCurrentIndex(schedulers->findData(QStringLiteral("ddim")));
        QCOMPARE(spacings->currentText(), QStringLiteral("Default (Leading)"));
        const int karras = spacings->findData(QStringLiteral("karras"));
        QCOMPARE(spacings->reason(karras), QStringLiteral("not with DDIM"));
        const int refused = schedulers->findData(QStringLiteral("dpmpp-2m"));
        QCOMPARE(schedulers->reason(refused), QStringLiteral("it is said so"));
        QVERIFY(schedulers->itemData(refused, Qt::ToolTipRole)
                    .toString()
                    .contains(QStringLiteral("It is said so")));
        QVERIFY(
            !schedulers->model()->flags(schedulers->model()->index(refused, 0)).testFlag(Qt::ItemIsEnabled));

        GenerationRequest other = base();
        other.model.path = "/models/other"; // not loaded yet: nothing is claimed about it
        panel.setRequest(other);
        QCOMPARE(schedulers->currentText(), QStringLiteral("Default"));
        QVERIFY(schedulers->reason(refused).isEmpty());
    }

    void aTypedSeedIsLocked()
    {
        GeneratePanel panel(catalog(), keeper());
        panel.setRequest(base());
        QVERIFY(!panel.isSeedLocked());
        auto* seed = panel.findChild<SeedSpinBox*>();
        QVERIFY(seed);
        seed->selectAll();
        QTest::keyClicks(seed, QStringLiteral("42"));
        QCOMPARE(panel.request().output.seed, std::uint64_t{42});
        QVERIFY(panel.isSeedLocked());
        panel.throwDiceUnlessLocked();
        QCOMPARE(panel.request().output.seed, std::uint64_t{42});
    }

    void theModelIsToldOnceWithTheWholeForm()
    {
        GeneratePanel panel(catalog(), keeper());
        panel.setRequest(base());
        GenerationRequest request = base();
        request.model.path = "/other/model.safetensors";
        request.model.tokenizer = "/some/folder";
        request.model.precision = Precision::BFloat16;
        QList<GenerationRequest> seen;
        connect(&panel, &GeneratePanel::modelChanged, &panel, [&] { seen.append(panel.request()); });
        panel.setRequest(request);
        QCOMPARE(seen.size(), 1);
        QVERIFY(seen.constFirst() == request);
        request.prompts.positive = "only the prompt";
        panel.setRequest(request);
        QCOMPARE(seen.size(), 1);
    }

    void spacingsThatDoNotFitCanNotBePicked()
    {
        GeneratePanel panel(catalog(), keeper());
        GenerationRequest request = base();
        request.sampler.scheduler = "ddim";
        panel.setRequest(request);
        const auto boxes = panel.findChildren<QComboBox*>();
        const auto spacing =
            std::ranges::find_if(boxes, [](const QComboBox* box) { return box->findData("karras") >= 0; });
        QVERIFY(spacing != boxes.end());
        QAbstractItemModel* items = (*spacing)->model();
        const auto flags = [&](const char* name) {
            return items->flags(items->index((*spacing)->findData(QString::fromLatin1(name)), 0));
        };
        QVERIFY(!flags("karras").testFlag(Qt::ItemIsEnabled));
        QVERIFY(flags("leading").testFlag(Qt::ItemIsEnabled));
    }
};

QTEST_MAIN(TestGeneratePanel)
#include "test_generate_panel.moc"
