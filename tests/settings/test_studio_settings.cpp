#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "settings/studio_settings.h"
#include "studio_support/sample_pictures.h"

using namespace unfog;
using namespace unfog::test;

namespace {

StudioState fullState()
{
    StudioState state;
    state.form = sampleRequest("a fox\nin snow", 0xFFFF'FFFF'FFFF'FFFFULL, 33, 4);
    state.form.sampler.eta = 0.25;
    state.form.guidance.scale = 7.3;
    state.form.model.precision = Precision::BFloat16;
    state.form.images.start = InitImage{"/pictures/start.png", std::string(64, 'a'), 0.6, nullptr};
    state.seedLocked = true;
    state.liveMode = true;
    state.preview = {PreviewMode::Full, 3};
    state.promptHistory = {QStringLiteral("newest 🦊"), QStringLiteral("older")};
    state.negativePromptHistory = {QStringLiteral("blurry")};
    state.recentModels = {QStringLiteral("/models/starter")};
    state.galleryFolder = QStringLiteral("/pictures");
    state.exportPlan.folder = QStringLiteral("/exports");
    state.exportPlan.format = ExportFormat::WebP;
    state.exportPlan.resize.kind = ResizeKind::Percent;
    state.exportPlan.resize.percent = 33.5;
    state.exportPlan.clash = ClashRule::Skip;
    state.exportPlan.keepMetadata = false;
    state.theme = ThemeChoice::Dark;
    state.thumbnailSidePx = 96;
    state.windowGeometry = QByteArray("\x00\x01\xFF", 3);
    state.windowState = QByteArray("state");
    state.extras.insert(QStringLiteral("splitter"), 42);
    return state;
}

QByteArray with(const char* key, const QJsonValue& value)
{
    QJsonObject json = QJsonDocument::fromJson(settingsBytes(fullState())).object();
    json.insert(QLatin1String(key), value);
    return QJsonDocument(json).toJson();
}

} // namespace

class TestStudioSettings final : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_file;

    void write(const QByteArray& bytes)
    {
        QDir().mkpath(QFileInfo(m_file).path());
        QFile file(m_file);
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(file.write(bytes), bytes.size());
    }

private Q_SLOTS:
    void settingsOfVersionOneAreRead()
    {
        QFile file(QStringLiteral(UNFOG_SOURCE_DIR "/tests/samples/version-1/studio.json"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const auto contents = parseSettings(file.readAll());
        QVERIFY(contents);
        QCOMPARE(contents->notice, QString());
        GenerationRequest form;
        form.model.path = "/models/starter";
        form.prompts.positive = "a fox";
        form.sampler.eta = 0.25;
        form.guidance.scale = 6.5;
        form.canvas = {512, 768};
        form.output.seed = 9007199254740993ULL;
        QVERIFY(contents->state.form == form);
        QCOMPARE(contents->state.promptHistory, QStringList{QStringLiteral("a fox")});
    }

    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_file = m_folder->filePath(QStringLiteral("config/settings.json"));
    }

    void everythingComesBack()
    {
        const auto contents = parseSettings(settingsBytes(fullState()));
        QVERIFY(contents);
        QCOMPARE(contents->notice, QString());
        QVERIFY(contents->state == fullState());
    }

    void defaultsComeBackToo()
    {
        const StudioState defaults;
        const auto contents = parseSettings(settingsBytes(defaults));
        QVERIFY(contents);
        QCOMPARE(contents->notice, QString());
        QVERIFY(contents->state == defaults);
    }

    void theNextStartIsAsThisOneEnded()
    {
        {
            StudioSettings settings(m_file);
            QCOMPARE(settings.notice(), QString());
            settings.update([](StudioState& state) { state = fullState(); });
        }
        const StudioSettings settings(m_file);
        QVERIFY(settings.state() == fullState());
        QCOMPARE(QDir(QFileInfo(m_file).path()).entryList(QDir::Files | QDir::Hidden),
                 QStringList{"settings.json"});
    }

    void oneUnfitValueIsTheDefaultAndNamed_data()
    {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QJsonValue>("value");
        QTest::newRow("theme") << "theme" << QJsonValue("pink");
        QTest::newRow("type") << "live-mode" << QJsonValue(3);
        QTest::newRow("range") << "thumbnail-side" << QJsonValue(1e9);
        QTest::newRow("list") << "prompts" << QJsonValue(QJsonArray{1, 2});
        QTest::newRow("bytes") << "window-state" << QJsonValue("not base 64!");
        QTest::newRow("form") << "form"
                              << QJsonValue("{\"version\":1,\"request\":{\"sampler\":{\"steps\":0}}}");
        QTest::newRow("form is no record") << "form" << QJsonValue("hello");
    }

    void oneUnfitValueIsTheDefaultAndNamed()
    {
        QFETCH(QString, key);
        QFETCH(QJsonValue, value);
        const auto contents = parseSettings(with(key.toLatin1().constData(), value));
        QVERIFY(contents);
        QVERIFY2(contents->notice.contains(key), qPrintable(contents->notice));
        QCOMPARE(contents->state.galleryFolder, fullState().galleryFolder); // the rest is kept
        QVERIFY(!(contents->state == fullState()));
    }

    void aFieldOutOfItsRangeCostsOnlyItself_data()
    {
        QTest::addColumn<int>("steps");
        QTest::addColumn<double>("strength");
        QTest::addColumn<int>("keptSteps");
        QTest::addColumn<double>("keptStrength");
        QTest::addColumn<QString>("named");
        QTest::newRow("no step left") << 20 << 0.04 << 20 << 0.05 << "strength";
        QTest::newRow("of 49") << 49 << 0.01 << 49 << 0.03 << "strength";
        QTest::newRow("one step") << 1 << 0.5 << 1 << 1.0 << "strength";
        QTest::newRow("steps") << 100000 << 0.5 << 20 << 0.5 << "steps";
        QTest::newRow("both") << 0 << 7.0 << 20 << 0.75 << "steps, strength";
    }

    void aFieldOutOfItsRangeCostsOnlyItself()
    {
        QFETCH(int, steps);
        QFETCH(double, strength);
        QFETCH(int, keptSteps);
        QFETCH(double, keptStrength);
        QFETCH(QString, named);
        StudioState state = fullState();
        state.form.sampler.steps = steps;
        state.form.images.start->strength = strength;
        const auto contents = parseSettings(settingsBytes(state));
        QVERIFY(contents);
        QVERIFY2(contents->notice.contains(named), qPrintable(contents->notice));
        state.form.sampler.steps = keptSteps;
        state.form.images.start->strength = keptStrength;
        QVERIFY(contents->state == state);
        QVERIFY(static_cast<int>(keptSteps * keptStrength) >= 1);
    }

    void aFormWithoutAModelComesBack()
    {
        StudioState state = fullState();
        state.form.model.path.clear();
        const auto contents = parseSettings(settingsBytes(state));
        QVERIFY(contents && contents->notice.isEmpty());
        QVERIFY(contents->state == state);
    }

    void aFileThatCannotBeOpenedIsNotWrittenOver()
    {
        QVERIFY(QDir().mkpath(m_file + QLatin1String("/precious")));
        {
            StudioSettings settings(m_file);
            QVERIFY(settings.notice().contains(QLatin1String(".bad")));
            settings.update([](StudioState& state) { state.theme = ThemeChoice::Dark; });
        }
        QVERIFY(QFile::exists(m_file + QLatin1String(".bad/precious")));
        QCOMPARE(StudioSettings(m_file).state().theme, ThemeChoice::Dark);
    }

    void corruptFilesAreKeptAndDefaultsUsed_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("text") << QByteArray("hello");
        QTest::newRow("binary") << QByteArray("\x00\xFF\xFE", 3);
        QTest::newRow("cut") << settingsBytes(fullState()).left(100);
        QTest::newRow("no version") << QByteArray("{}");
        const QByteArray deep = QByteArray(200000, '[') + QByteArray(200000, ']');
        QTest::newRow("deep") << deep;
        QTest::newRow("deep inside") << "{\"unfog-settings\": 1, \"extras\": {\"x\": " + deep + "}}";
        QTest::newRow("from the future") << QByteArray("{\"unfog-settings\": 99}");
    }

    void corruptFilesAreKeptAndDefaultsUsed()
    {
        QFETCH(QByteArray, bytes);
        write(bytes);
        {
            StudioSettings settings(m_file);
            QVERIFY(settings.state() == StudioState());
            QVERIFY(!settings.notice().isEmpty());
            settings.update([](StudioState& state) { state.theme = ThemeChoice::Dark; });
        }
        QFile bad(m_file + QLatin1String(".bad"));
        QVERIFY(bad.open(QIODevice::ReadOnly));
        QCOMPARE(bad.readAll(), bytes);
        const StudioSettings settings(m_file);
        QCOMPARE(settings.notice(), QString());
        QCOMPARE(settings.state().theme, ThemeChoice::Dark);
    }

    void anEarlierKeptFileIsNotReplaced()
    {
        for (const QByteArray& bytes : {QByteArray("one"), QByteArray("two"), QByteArray("two")}) {
            write(bytes);
            const StudioSettings settings(m_file);
            QVERIFY(settings.notice().contains(QLatin1String(bytes == "one" ? ".bad." : ".bad-2.")));
        }
        QFile first(m_file + QLatin1String(".bad"));
        QFile second(m_file + QLatin1String(".bad-2"));
        QVERIFY(first.open(QIODevice::ReadOnly) && second.open(QIODevice::ReadOnly));
        QCOMPARE(first.readAll(), QByteArray("one"));
        QCOMPARE(second.readAll(), QByteArray("two"));
        QVERIFY(!QFile::exists(m_file + QLatin1String(".bad-3")));
    }

    void everyCutIsSurvived()
    {
        const QByteArray whole = settingsBytes(fullState());
        for (int length = 0; length < whole.size() - 2; ++length)
            QVERIFY(!parseSettings(whole.left(length)));
    }

    void histories()
    {
        StudioSettings settings(m_file);
        for (const char* prompt : {"a", "b", "a", "", "  "})
            settings.rememberPrompt(QLatin1String(prompt), QStringLiteral("n"));
        QCOMPARE(settings.state().promptHistory, (QStringList{"a", "b"}));
        QCOMPARE(settings.state().negativePromptHistory, QStringList{"n"});
        for (int i = 0; i < 20; ++i)
            settings.rememberModel(QString::number(i));
        QCOMPARE(settings.state().recentModels.size(), kMaxRecentModels);
        QCOMPARE(settings.state().recentModels.first(), QStringLiteral("19"));
    }

    void changesAreToldOnceAndOnlyWhenThereAreSome()
    {
        StudioSettings settings(m_file);
        QSignalSpy changed(&settings, &StudioSettings::changed);
        settings.update([](StudioState& state) { state.thumbnailSidePx = 100; });
        settings.update([](StudioState& state) { state.thumbnailSidePx = 100; });
        QCOMPARE(changed.count(), 1);
    }

    void changesReachTheDiskByThemselves()
    {
        StudioSettings settings(m_file);
        settings.update([](StudioState& state) { state.thumbnailSidePx = 100; });
        QVERIFY(QTest::qWaitFor([&] { return QFile::exists(m_file); }, 10000));
    }

    void anUnwritableFileIsTold()
    {
        write("{\"unfog-settings\": 1}");
        StudioSettings settings(m_file + QLatin1String("/below a file.json"));
        QSignalSpy failed(&settings, &StudioSettings::writeFailed);
        settings.update([](StudioState& state) { state.thumbnailSidePx = 100; });
        settings.flush();
        QVERIFY(failed.wait(10000));
    }
};

QTEST_GUILESS_MAIN(TestStudioSettings)
#include "test_studio_settings.moc"
