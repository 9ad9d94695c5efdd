#include <QDir>
#include <QTemporaryDir>
#include <QTest>

#include "generation/interchange/imported_parameters.h"
#include "studio_support/fake_engine.h"
#include "studio_support/sample_pictures.h"
#include "widgets/create/picture_parameters.h"

using namespace unfog;
using namespace unfog::test;

namespace {

PictureMetadata foreign(const char* text)
{
    PictureMetadata metadata;
    metadata.source = MetadataSource::Foreign;
    metadata.imported = importText(text);
    metadata.request = metadata.imported->request;
    metadata.modelName = metadata.imported->modelName;
    metadata.parametersText = text;
    return metadata;
}

GenerationRequest filledForm()
{
    GenerationRequest form = sampleRequest("before", 99, 33, 3);
    form.prompts.negative = "fog";
    form.model.path = "/present";
    form.sampler.scheduler = "ddim";
    form.sampler.spacing = "trailing";
    form.sampler.eta = 0.5;
    form.guidance.scale = 3.5;
    form.guidance.rescale = 0.25;
    form.prompts.clipSkip = 2;
    form.canvas.widthPx = 320;
    form.canvas.heightPx = 448;
    form.output.tiledDecode = true;
    form.images.start = InitImage{"/start.png", "aa", 0.5, nullptr};
    return form;
}

} // namespace

class TestPictureParameters final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatATextDoesNotNameIsReset()
    {
        const auto parameters = parametersOf(foreign("a lighthouse\nSteps: 12, CFG scale: 6, RNG: CPU"));
        QVERIFY(parameters && !parameters->isWhole && !parameters->hasSeed());
        GenerationRequest expected;
        expected.prompts.positive = "a lighthouse";
        expected.sampler.steps = 12;
        expected.guidance.scale = 6.0;
        expected.model.path = "/present";
        expected.output.tiledDecode = true; // a setting of the machine
        const GenerationRequest filled = filledIn(*parameters, filledForm());
        QVERIFY(!filled.images.start);
        QVERIFY(filled == expected);
        QCOMPARE(takenText(*parameters), QStringLiteral("prompt, 12 step(s), guidance 6"));
        QCOMPARE(missingModelText(*parameters), QString());
    }

    void aWholeTextIsTakenAndTheRestNamed()
    {
        const auto parameters = parametersOf(foreign(
            "a lighthouse\nNegative prompt: rain\nSteps: 20, Sampler: DPM++ 2M Karras, CFG scale: 7, Seed: "
            "4711, "
            "Size: 512x768, Model hash: abc, Model: dream, Hires upscale: 2, Hires steps: 5, ENSD: 3"));
        QVERIFY(parameters && parameters->hasSeed());
        const GenerationRequest filled = filledIn(*parameters, filledForm());
        QCOMPARE(filled.prompts.negative, std::string("rain"));
        QCOMPARE(filled.sampler.scheduler, std::string("dpmpp-2m"));
        QCOMPARE(filled.sampler.spacing, std::string("karras"));
        QCOMPARE(filled.output.seed, std::uint64_t{4711});
        QCOMPARE(filled.canvas.heightPx, 768);
        QCOMPARE(filled.model.path, std::string("/present"));
        const QString taken = takenText(*parameters);
        for (const char* word : {"negative prompt", "seed 4711", "DPM++ 2M", "Karras", "512 × 768"})
            QVERIFY2(taken.contains(QString::fromUtf8(word)), qPrintable(taken));
        QCOMPARE(parameters->count(ImportOutcome::Ignored), 5);      // Model hash, Model, Hires twice, ENSD
        QCOMPARE(parameters->count(ImportOutcome::Approximated), 1); // the seed: no RNG is named
        QVERIFY2(deviationText(*parameters).contains(QStringLiteral("5 setting(s) ignored")),
                 qPrintable(deviationText(*parameters)));
        QVERIFY(missingModelText(*parameters).contains(QStringLiteral("dream")));
    }

    void ourOwnRecordIsTakenWhole()
    {
        QTemporaryDir folder;
        PictureMetadata metadata;
        metadata.source = MetadataSource::Unfog;
        metadata.request = sampleRequest("ours", 7);
        metadata.request->model.path = "/gone/model-a";
        const auto parameters = parametersOf(metadata);
        QVERIFY(parameters && parameters->isWhole && parameters->hasSeed());
        GenerationRequest expected = *metadata.request;
        expected.model.path = "/present";
        QVERIFY(filledIn(*parameters, filledForm()) == expected);
        QVERIFY(missingModelText(*parameters).contains(QStringLiteral("model-a")));
        metadata.request->model.path = folder.path().toStdString();
        const auto here = parametersOf(metadata);
        QCOMPARE(filledIn(*here, filledForm()).model.path, folder.path().toStdString());
        QCOMPARE(missingModelText(*here), QString());
    }

    void theGalleryKnowsTheSame()
    {
        GalleryEntry entry;
        QVERIFY(!parametersOf(entry));
        entry.parameters = QStringLiteral("only a sentence");
        QVERIFY(!parametersOf(entry));
        entry.parameters = QStringLiteral("a lighthouse\nSteps: 12, CFG scale: 6, RNG: CPU");
        QVERIFY(parametersOf(entry) && !parametersOf(entry)->hasSeed());
        entry.recordJson = QString::fromStdString(toJson({sampleRequest("ours", 7), std::nullopt}));
        QVERIFY(parametersOf(entry) && parametersOf(entry)->isWhole);
    }
};

QTEST_MAIN(TestPictureParameters)
#include "test_picture_parameters.moc"
