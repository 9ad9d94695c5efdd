#include <QTest>

#include "widgets/create/prompt_weight.h"

using namespace unfog;

class TestPromptWeight final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// '|' marks the cursor, or the two ends of the selection.
    void editsLikeAPerson_data()
    {
        QTest::addColumn<QString>("before");
        QTest::addColumn<double>("delta");
        QTest::addColumn<QString>("after");
        const auto row = [](const char* name, const char* before, double delta, const char* after) {
            QTest::newRow(name) << QString::fromUtf8(before) << delta << QString::fromUtf8(after);
        };
        row("word at the cursor", "a r|ed apple", 0.1, "a (|red|:1.1) apple");
        row("cursor at the end of a word", "a red|, apple", 0.1, "a (|red|:1.1), apple");
        row("again", "a (|red|:1.1) apple", 0.1, "a (|red|:1.2) apple");
        row("cursor inside a group", "a (r|ed:1.1) apple", 0.1, "a (|red|:1.2) apple");
        row("down to one takes the brackets away", "a (|red|:1.1) apple", -0.1, "a |red| apple");
        row("down from plain", "a |red| apple", -0.1, "a (|red|:0.9) apple");
        row("up to one takes the brackets away", "a (|red|:0.9) apple", 0.1, "a |red| apple");
        row("selection of words", "a |red apple|", 0.1, "a (|red apple|:1.1)");
        row("spaces at the ends stay outside", "a| red |apple", 0.1, "a (|red|:1.1) apple");
        row("the whole group selected", "a |(red:1.5)| apple", 0.1, "a (|red|:1.6) apple");
        row("plain brackets are 1.1", "a (r|ed) apple", 0.1, "a (|red|:1.2) apple");
        row("square brackets are 1/1.1", "a [r|ed] apple", -0.1, "a (|red|:0.8) apple");
        row("square brackets back to one", "a [r|ed] apple", 0.1, "a |red| apple");
        row("the inner group", "(a (r|ed:1.2) apple:0.8)", 0.1, "(a (|red|:1.3) apple:0.8)");
        row("a part of a group is wrapped", "(a |red| apple:0.8)", 0.1, "(a (|red|:1.1) apple:0.8)");
        row("escaped brackets are text", "a \\(r|ed\\) apple", 0.1, "a (|\\(red\\)|:1.1) apple");
        row("a colon without number is text", "(note: r|ed) x", 0.1, "(|note: red|:1.2) x");
        row("brackets that never close", "a (r|ed apple", 0.1, "a ((|red|:1.1) apple");
        row("not above two", "(|red|:2.0)", 0.1, "(|red|:2.0)");
        row("not below a tenth", "(|red|:0.1)", -0.1, "(|red|:0.1)");
        row("beyond the Basic Latin", "ein |Größenwahn| 🙂", 0.1, "ein (|Größenwahn|:1.1) 🙂");
    }
    void editsLikeAPerson()
    {
        QFETCH(QString, before);
        QFETCH(double, delta);
        QFETCH(QString, after);
        const auto start = static_cast<int>(before.indexOf(u'|'));
        before.remove(start, 1);
        const auto end = static_cast<int>(before.indexOf(u'|'));
        if (end >= 0)
            before.remove(end, 1);
        const auto edit = changeWeight(before, start, end < 0 ? 0 : end - start, delta);
        QVERIFY(edit.has_value());
        QString result = before;
        result.replace(edit->start, edit->length, edit->replacement);
        result.insert(edit->selectionStart + edit->selectionLength, u'|');
        result.insert(edit->selectionStart, u'|');
        QCOMPARE(result, after);
    }

    void nothingWithoutAWord_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<int>("position");
        QTest::newRow("empty") << QString() << 0;
        QTest::newRow("between spaces") << QStringLiteral("a  b") << 2;
        QTest::newRow("after a comma") << QStringLiteral("a, b") << 2;
    }
    void nothingWithoutAWord()
    {
        QFETCH(QString, text);
        QFETCH(int, position);
        QVERIFY(!changeWeight(text, position, 0, 0.1).has_value());
    }

    void upAndDownIsWhereItBegan()
    {
        QString text = QStringLiteral("a red apple");
        int start = 2;
        int length = 3;
        for (const double delta : {0.1, 0.1, 0.1, -0.1, -0.1, -0.1, -0.1, 0.1}) {
            const auto edit = changeWeight(text, start, length, delta);
            QVERIFY(edit.has_value());
            text.replace(edit->start, edit->length, edit->replacement);
            start = edit->selectionStart;
            length = edit->selectionLength;
        }
        QCOMPARE(text, QStringLiteral("a red apple"));
    }
};

QTEST_MAIN(TestPromptWeight)
#include "test_prompt_weight.moc"
