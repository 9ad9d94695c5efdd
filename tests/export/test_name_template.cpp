#include <QTest>
#include <QTimeZone>

#include "export/name_template.h"

using namespace unfog;

namespace {

NameValues sample()
{
    NameValues values;
    values.created = QDateTime(QDate(2024, 3, 9), QTime(7, 5, 3));
    values.seed = 18446744073709551615ULL;
    values.prompt = QStringLiteral("a red fox,  in\nsnow");
    values.negativePrompt = QStringLiteral("blurry");
    values.model = QStringLiteral("starter");
    values.scheduler = QStringLiteral("dpmpp-2m");
    values.steps = 20;
    values.guidanceScale = 7.5;
    values.widthPx = 512;
    values.heightPx = 768;
    values.number = 7;
    values.stars = 4;
    values.originalName = QStringLiteral("IMG.0001");
    return values;
}

QString expanded(const QString& nameTemplate, const NameValues& values = sample())
{
    return expandTemplate(nameTemplate, values, QStringLiteral("png")).value_or(QStringLiteral("ERROR"));
}

} // namespace

class TestNameTemplate final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void placeholdersInUse()
    {
        QCOMPARE(usedPlaceholders(QStringLiteral("{date}-{prompt:40}-{prompt}-{{seed}}")),
                 (QStringList{QStringLiteral("{date}"), QStringLiteral("{prompt}")}));
        QVERIFY(usedPlaceholders(QStringLiteral("{nonsense}")).isEmpty());
    }

    void placeholders_data()
    {
        QTest::addColumn<QString>("nameTemplate");
        QTest::addColumn<QString>("name");
        QTest::newRow("default") << "{date}-{seed}-{prompt:9}"
                                 << "2024-03-09-18446744073709551615-a red fox.png";
        QTest::newRow("time") << "{time}"
                              << "070503.png";
        QTest::newRow("white space is one space") << "{prompt}"
                                                  << "a red fox, in snow.png";
        QTest::newRow("all others")
            << "{negative}_{model}_{scheduler}_{steps}_{guidance}_{width}x{height}_{stars}_{name}"
            << "blurry_starter_dpmpp-2m_20_7.5_512x768_4_IMG.0001.png";
        QTest::newRow("numbers are padded") << "{number:4}"
                                            << "0007.png";
        QTest::newRow("and never cut") << "{width:2}"
                                       << "512.png";
        QTest::newRow("braces") << "{{{number}}}"
                                << "{7}.png";
        QTest::newRow("plain text") << "fox"
                                    << "fox.png";
        QTest::newRow("percent signs are letters") << "%1 {number} %s"
                                                   << "%1 7 %s.png";
    }

    void placeholders()
    {
        QFETCH(QString, nameTemplate);
        QFETCH(QString, name);
        QCOMPARE(expanded(nameTemplate), name);
        QVERIFY(checkTemplate(nameTemplate));
    }

    void refusals_data()
    {
        QTest::addColumn<QString>("nameTemplate");
        QTest::addColumn<QString>("word");
        QTest::newRow("unknown") << "{promt}"
                                 << "{prompt}";
        QTest::newRow("unknown is named") << "{promt}"
                                          << "{promt}";
        QTest::newRow("unclosed") << "{seed"
                                  << "}";
        QTest::newRow("unopened") << "seed}"
                                  << "{";
        QTest::newRow("empty") << ""
                               << "empty";
        QTest::newRow("spaces") << "  "
                                << "empty";
        QTest::newRow("no number") << "{prompt:x}"
                                   << "1 to 200";
        QTest::newRow("zero") << "{prompt:0}"
                              << "1 to 200";
        QTest::newRow("huge") << "{prompt:99999999999}"
                              << "1 to 200";
        QTest::newRow("nothing inside") << "{}"
                                        << "{seed}";
    }

    void refusals()
    {
        QFETCH(QString, nameTemplate);
        QFETCH(QString, word);
        const auto check = checkTemplate(nameTemplate);
        QVERIFY(!check);
        QCOMPARE(check.error().kind, ErrorKind::InvalidRequest);
        QVERIFY2(QString::fromStdString(check.error().message).contains(word), check.error().message.c_str());
        QVERIFY(!expandTemplate(nameTemplate, sample(), QStringLiteral("png")));
    }

    void cuttingKeepsWholeCharacters()
    {
        NameValues values = sample();
        values.prompt = QStringLiteral("🦊🦊🦊");
        QCOMPARE(expanded(QStringLiteral("{prompt:2}"), values), QStringLiteral("🦊🦊.png"));
        values.prompt = QStringLiteral("e\u0301e\u0301e\u0301"); // letters with a separate accent
        QCOMPARE(expanded(QStringLiteral("{prompt:2}"), values), QStringLiteral("e\u0301e\u0301.png"));
        values.prompt = QStringLiteral("ab cd");
        QCOMPARE(expanded(QStringLiteral("{prompt:3}"), values), QStringLiteral("ab.png"));
    }

    void hostileNamesAreSafe_data()
    {
        QTest::addColumn<QString>("prompt");
        QTest::addColumn<QString>("name");
        QTest::newRow("parent folder") << "../../etc/passwd"
                                       << "_.._etc_passwd.png";
        QTest::newRow("root") << "/etc/passwd"
                              << "_etc_passwd.png";
        QTest::newRow("backslashes") << "..\\..\\windows"
                                     << "_.._windows.png";
        QTest::newRow("dots") << "..."
                              << "unnamed.png";
        QTest::newRow("one dot") << "."
                                 << "unnamed.png";
        QTest::newRow("hidden") << ".bashrc"
                                << "bashrc.png";
        QTest::newRow("spaces") << "   "
                                << "unnamed.png";
        QTest::newRow("forbidden signs") << "a<b>c:d\"e|f?g*h"
                                         << "a_b_c_d_e_f_g_h.png";
        QTest::newRow("NUL") << QStringLiteral("a") + QChar(0) + QStringLiteral("b") << "a_b.png";
        QTest::newRow("bell") << QStringLiteral("a\x07z") << "a_z.png";
        QTest::newRow("right to left override")
            << QStringLiteral("fox") + QChar(0x202E) + QStringLiteral("gnp") << "foxgnp.png";
        QTest::newRow("zero width") << QStringLiteral("f\u200Box") << "fox.png";
        QTest::newRow("half a surrogate pair")
            << QStringLiteral("a") + QChar(0xD83E) << QStringLiteral("a_.png");
        QTest::newRow("kept by Windows") << "con"
                                         << "_con.png";
        QTest::newRow("kept by Windows with suffix") << "NUL.txt"
                                                     << "_NUL.txt.png";
        QTest::newRow("kept by Windows with a port") << "Com1"
                                                     << "_Com1.png";
        QTest::newRow("like one") << "console"
                                  << "console.png";
        QTest::newRow("a leading dash") << "-rf"
                                        << "-rf.png";
    }

    void hostileNamesAreSafe()
    {
        QFETCH(QString, prompt);
        QFETCH(QString, name);
        NameValues values = sample();
        values.prompt = prompt;
        QCOMPARE(expanded(QStringLiteral("{prompt}"), values), name);
        QVERIFY(!expanded(prompt.isEmpty() ? QStringLiteral("x") : QString(prompt).remove(u'{'), values)
                     .contains(u'/'));
    }

    void lengthIsCountedInBytes_data()
    {
        QTest::addColumn<QString>("letter");
        QTest::newRow("1 byte") << "x";
        QTest::newRow("2 bytes") << "ü";
        QTest::newRow("3 bytes") << "東";
        QTest::newRow("4 bytes") << "🦊";
    }

    void lengthIsCountedInBytes()
    {
        QFETCH(QString, letter);
        NameValues values = sample();
        values.prompt = letter.repeated(500);
        const QString name = expanded(QStringLiteral("{prompt}"), values);
        QVERIFY(name.toUtf8().size() <= 200);
        QVERIFY(name.toUtf8().size() > 190);
        QVERIFY(name.endsWith(letter + QStringLiteral(".png")));
    }
};

QTEST_GUILESS_MAIN(TestNameTemplate)
#include "test_name_template.moc"
