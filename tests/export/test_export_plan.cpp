#include <QJsonArray>
#include <QTest>

#include "export/export_manifest.h"
#include "export/export_plan.h"

using namespace unfog;

class TestExportPlan final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void sizes_data()
    {
        QTest::addColumn<ResizeKind>("kind");
        QTest::addColumn<double>("number");
        QTest::addColumn<QSize>("from");
        QTest::addColumn<QSize>("to");
        QTest::newRow("none") << ResizeKind::None << 0.0 << QSize(512, 768) << QSize(512, 768);
        QTest::newRow("longest side, portrait")
            << ResizeKind::LongestSide << 384.0 << QSize(512, 768) << QSize(256, 384);
        QTest::newRow("longest side, larger")
            << ResizeKind::LongestSide << 1536.0 << QSize(512, 768) << QSize(1024, 1536);
        QTest::newRow("longest side, a line")
            << ResizeKind::LongestSide << 10.0 << QSize(4096, 8) << QSize(10, 1);
        QTest::newRow("percent") << ResizeKind::Percent << 50.0 << QSize(511, 768) << QSize(256, 384);
        QTest::newRow("percent to nothing") << ResizeKind::Percent << 1.0 << QSize(8, 8) << QSize(1, 1);
        QTest::newRow("exact") << ResizeKind::Exact << 100.0 << QSize(512, 768) << QSize(100, 100);
    }

    void sizes()
    {
        QFETCH(ResizeKind, kind);
        QFETCH(double, number);
        QFETCH(QSize, from);
        QFETCH(QSize, to);
        ResizeRule rule;
        rule.kind = kind;
        rule.longestSidePx = rule.widthPx = rule.heightPx = static_cast<int>(number);
        rule.percent = number;
        QCOMPARE(exportedSize(from, rule), to);
    }

    void plansComeBackFromJson()
    {
        ExportPlan plan;
        plan.folder = QStringLiteral("/exports");
        plan.nameTemplate = QStringLiteral("{number:3}");
        plan.format = ExportFormat::Jpeg;
        plan.quality = 77;
        plan.resize = {ResizeKind::Exact, 640, 25.5, 320, 240};
        plan.keepMetadata = false;
        plan.clash = ClashRule::Overwrite;
        plan.manifest = false;
        plan.contactSheet = true;
        plan.contactSheetColumns = 4;
        plan.contactSheetTilePx = 128;
        QVERIFY(planFromJson(planToJson(plan)) == plan);
        QVERIFY(planFromJson({}) == ExportPlan());
    }

    void unfitValuesAreTheDefaults()
    {
        QJsonObject json = planToJson({});
        json.insert(QStringLiteral("quality"), 1000);
        json.insert(QStringLiteral("format"), QStringLiteral("gif"));
        json.insert(QStringLiteral("name-template"), QStringLiteral("{nonsense}"));
        json.insert(QStringLiteral("percent"), QStringLiteral("many"));
        json.insert(QStringLiteral("keep-metadata"), QJsonArray());
        QVERIFY(planFromJson(json) == ExportPlan());
    }

    void plansThatCannotBeAreRefused_data()
    {
        QTest::addColumn<ExportPlan>("plan");
        QTest::addColumn<QString>("word");
        const auto row = [](const char* name, const QString& word, auto change) {
            ExportPlan plan;
            plan.folder = QStringLiteral("/exports");
            change(plan);
            QTest::newRow(name) << plan << word;
        };
        row("no folder", QStringLiteral("folder"), [](ExportPlan& plan) { plan.folder.clear(); });
        row("relative folder", QStringLiteral("folder"),
            [](ExportPlan& plan) { plan.folder = QStringLiteral("here"); });
        row("template", QStringLiteral("{x}"),
            [](ExportPlan& plan) { plan.nameTemplate = QStringLiteral("{x}"); });
        row("quality", QStringLiteral("Quality"), [](ExportPlan& plan) { plan.quality = 0; });
        row("percent", QStringLiteral("Percent"),
            [](ExportPlan& plan) { plan.resize.percent = std::nan(""); });
        row("side", QStringLiteral("Longest side"), [](ExportPlan& plan) { plan.resize.longestSidePx = -1; });
        row("columns", QStringLiteral("columns"), [](ExportPlan& plan) { plan.contactSheetColumns = 0; });
    }

    void plansThatCannotBeAreRefused()
    {
        QFETCH(ExportPlan, plan);
        QFETCH(QString, word);
        const auto valid = validatePlan(plan);
        QVERIFY(!valid);
        QVERIFY2(QString::fromStdString(valid.error().message).contains(word), valid.error().message.c_str());
    }

    void theRecipeIsWhatDecidesAPicture()
    {
        ExportPlan plan;
        const QString recipe = recipeOf(plan);
        plan.folder = QStringLiteral("/elsewhere");
        plan.clash = ClashRule::Skip;
        plan.contactSheet = true;
        QCOMPARE(recipeOf(plan), recipe);
        plan.quality = 50;
        QVERIFY(recipeOf(plan) != recipe);
    }

    void manifestsComeBackAndForeignNamesDoNot()
    {
        Manifest manifest;
        ManifestEntry entry;
        entry.file = QStringLiteral("a, b.png");
        entry.sha256 = QStringLiteral("11");
        entry.source = QStringLiteral("22");
        entry.recipe = QStringLiteral("33");
        entry.widthPx = 5;
        entry.sourceName = QStringLiteral("=cmd()");
        entry.values.seed = 18446744073709551615ULL;
        entry.values.prompt = QStringLiteral("=1+1, \"quoted\"\nline");
        entry.recordJson = "{\"version\":1}";
        manifest.entries[entry.file] = entry;
        manifest.contactSheets = {QStringLiteral("contact-sheet.png")};
        const Manifest back = parseManifest(manifestJson(manifest));
        QCOMPARE(back.entries.size(), std::size_t(1));
        const ManifestEntry& read = back.entries.begin()->second;
        QCOMPARE(read.values.seed, entry.values.seed);
        QCOMPARE(read.values.prompt, entry.values.prompt);
        QCOMPARE(read.recordJson, entry.recordJson);
        QCOMPARE(back.contactSheets, manifest.contactSheets);
        QCOMPARE(read.source, entry.source);
        QCOMPARE(read.recipe, entry.recipe);

        const QByteArray csv = manifestCsv(manifest);
        QVERIFY(csv.contains("\"a, b.png\""));
        QVERIFY(csv.contains("\"'=1+1, \"\"quoted\"\"\nline\""));
        QVERIFY(csv.contains("'=cmd()"));
        QVERIFY(csv.contains("18446744073709551615"));

        QVERIFY(parseManifest(
                    "{\"unfog-export\":1,\"pictures\":[{\"file\":\"../x.png\"},{\"file\":\"/x.png\"},3]}")
                    .entries.empty());
        QVERIFY(parseManifest("[]").entries.empty());
        QVERIFY(parseManifest("garbage").entries.empty());
        QVERIFY(parseManifest({}).problem.isEmpty());
    }

    void entriesWithNumbersBeyondTheirRangeAreLeftOut_data()
    {
        QTest::addColumn<QByteArray>("entry");
        const auto row = [](const char* name, const char* text) {
            QTest::newRow(name) << QByteArray("{\"file\":\"a.png\",") + text + "}";
        };
        row("stars beyond their type", "\"stars\":2e125");
        row("stars beyond five", "\"stars\":6");
        row("stars negative", "\"stars\":-1");
        row("width negative", "\"width\":-5");
        row("height beyond its type", "\"height\":99999999999");
        row("seed beyond its type", "\"seed\":18446744073709551616");
        row("seed a fraction", "\"seed\":1.5");
        row("steps a text", "\"steps\":\"4\"");
        row("guidance beyond its range", "\"guidance\":1e300");
        QTest::newRow("a name that came before") << QByteArray("{\"file\":\"good.png\"}");
        QTest::newRow("no entry") << QByteArray("3");
    }

    void entriesWithNumbersBeyondTheirRangeAreLeftOut()
    {
        QFETCH(QByteArray, entry);
        const Manifest manifest = parseManifest(
            "{\"unfog-export\":1,\"pictures\":[{\"file\":\"good.png\",\"stars\":5}," + entry + "]}");
        QCOMPARE(manifest.entries.size(), std::size_t(1));
        QCOMPARE(manifest.entries.begin()->second.values.stars, 5);
        QVERIFY(manifest.problem.startsWith(QLatin1String("1 of the entries")));
    }

    void deepNestingIsRefused_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        const QByteArray deep = QByteArray(200000, '[') + QByteArray(200000, ']');
        QTest::newRow("alone") << deep;
        QTest::newRow("version") << "{\"unfog-export\":" + deep + "}";
        QTest::newRow("pictures") << "{\"unfog-export\":1,\"pictures\":" + deep + "}";
        QTest::newRow("record")
            << "{\"unfog-export\":1,\"pictures\":[{\"file\":\"a.png\",\"record\":{\"x\":" + deep + "}}]}";
    }

    void deepNestingIsRefused()
    {
        QFETCH(QByteArray, bytes);
        const Manifest manifest = parseManifest(bytes);
        QVERIFY(manifest.entries.empty());
        QVERIFY(manifest.problem.contains(QLatin1String("levels deep")));
    }
};

QTEST_GUILESS_MAIN(TestExportPlan)
#include "test_export_plan.moc"
