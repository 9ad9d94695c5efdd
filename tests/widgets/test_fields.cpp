#include <algorithm>

#include <limits>

#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QSignalSpy>
#include <QSlider>
#include <QTest>
#include <QToolButton>

#include "widgets/canvas/step_text.h"
#include "widgets/create/prompt_editor.h"
#include "widgets/fields/choice_box.h"
#include "widgets/fields/seed_field.h"
#include "widgets/fields/size_field.h"
#include "widgets/fields/slider_field.h"

using namespace unfog;

class TestFields final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void seedHoldsAll64Bits()
    {
        SeedSpinBox box;
        const quint64 largest = std::numeric_limits<quint64>::max();
        box.setValue(largest);
        QCOMPARE(box.value(), largest);
        QCOMPARE(box.text(), QStringLiteral("18446744073709551615"));
        box.stepBy(1);
        QCOMPARE(box.value(), quint64{0});
        box.stepBy(-1);
        QCOMPARE(box.value(), largest);
    }

    void seedRefusesWhatIsNoSeed_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<int>("state");
        QTest::newRow("number") << QStringLiteral("42") << int(QValidator::Acceptable);
        QTest::newRow("2^64") << QStringLiteral("18446744073709551616") << int(QValidator::Invalid);
        QTest::newRow("negative") << QStringLiteral("-1") << int(QValidator::Invalid);
        QTest::newRow("letters") << QStringLiteral("1a") << int(QValidator::Invalid);
        QTest::newRow("empty") << QString() << int(QValidator::Intermediate);
    }
    void seedRefusesWhatIsNoSeed()
    {
        QFETCH(QString, text);
        QFETCH(int, state);
        const SeedSpinBox box;
        int position = 0;
        QCOMPARE(int(box.validate(text, position)), state);
    }

    void typingASeedTellsOnce()
    {
        SeedSpinBox box;
        QSignalSpy spy(&box, &SeedSpinBox::valueChanged);
        auto* edit = box.findChild<QLineEdit*>();
        edit->selectAll();
        QTest::keyClicks(edit, QStringLiteral("7"));
        QCOMPARE(spy.count(), 1);
        QCOMPARE(box.value(), quint64{7});
    }

    void diceGiveAnotherSeed()
    {
        SeedField field;
        const quint64 first = field.seed();
        field.throwDice();
        const quint64 second = field.seed();
        field.throwDice();
        QVERIFY(first != second || second != field.seed());
    }

    void sizesAreMultiplesOfEight_data()
    {
        QTest::addColumn<QSize>("asked");
        QTest::addColumn<QSize>("given");
        QTest::newRow("own") << QSize(0, 0) << QSize(0, 0);
        QTest::newRow("as is") << QSize(512, 768) << QSize(512, 768);
        QTest::newRow("rounded") << QSize(510, 515) << QSize(512, 512);
        QTest::newRow("tiny") << QSize(1, 3) << QSize(8, 8);
        QTest::newRow("largest") << QSize(8192, 8192) << QSize(8192, 8192);
    }
    void sizesAreMultiplesOfEight()
    {
        QFETCH(QSize, asked);
        QFETCH(QSize, given);
        SizeField field;
        field.setSizePx(asked);
        QCOMPARE(field.sizePx(), given);
    }

    void swapSwaps()
    {
        SizeField field;
        field.setSizePx({512, 768});
        QSignalSpy spy(&field, &SizeField::sizeChanged);
        field.swap();
        QCOMPARE(field.sizePx(), QSize(768, 512));
        QCOMPARE(spy.count(), 1);
    }

    void autoIsTheModelsOwnSize()
    {
        SizeField field;
        QVERIFY(field.effectiveSize().isEmpty());
        field.setNativeSize({64, 64});
        QCOMPARE(field.sizePx(), QSize(0, 0));
        QCOMPARE(field.effectiveSize(), QSize(64, 64));
    }

    void sliderFieldKeepsExactValues_data()
    {
        QTest::addColumn<double>("value");
        for (const double value : {1.0, 7.5, 7.53, 29.9, 30.0, 42.0, 100.0})
            QTest::addRow("%.2f", value) << value;
    }
    void sliderFieldKeepsExactValues()
    {
        QFETCH(double, value);
        SliderField field(QStringLiteral("Guidance"), {},
                          {.minimum = 1.0,
                           .maximum = 30.0,
                           .step = 0.1,
                           .decimals = 1,
                           .value = 7.5,
                           .spinMaximum = 100.0});
        field.setValue(value);
        QCOMPARE(field.value(), value);
    }

    void sliderMovesInTenths()
    {
        SliderField field(
            QStringLiteral("Guidance"), {},
            {.minimum = 1.0, .maximum = 30.0, .step = 0.1, .decimals = 1, .value = 7.5, .spinMaximum = 0.0});
        auto* slider = field.findChild<QSlider*>();
        QCOMPARE(slider->maximum(), 290);
        slider->setValue(66);
        QVERIFY(std::abs(field.value() - 7.6) < 1e-9);
        slider->setValue(290);
        QVERIFY(std::abs(field.value() - 30.0) < 1e-9);
    }

    void resetShowsOnlyWhenThereIsSomethingToReset()
    {
        SliderField field(
            QStringLiteral("Steps"), {},
            {.minimum = 1, .maximum = 150, .step = 1, .decimals = 0, .value = 20, .spinMaximum = 1000});
        auto* reset = field.findChild<QToolButton*>();
        QVERIFY(reset->isHidden());
        field.setValue(30);
        QVERIFY(!reset->isHidden());
        reset->click();
        QCOMPARE(field.value(), 20.0);
        QVERIFY(reset->isHidden());
    }

    void unknownNamesAreKept()
    {
        ChoiceBox box;
        box.setChoices({{"", "Own", ""}, {"ddim", "DDIM", ""}});
        box.setName("from-another-program");
        QCOMPARE(box.name(), std::string("from-another-program"));
        box.setName("ddim");
        QCOMPARE(box.currentText(), QStringLiteral("DDIM"));
    }

    void historyKeepsWhatWasBeingTyped()
    {
        PromptHistory history;
        history.setEntries({QStringLiteral("newest"), QStringLiteral("older")});
        QCOMPARE(history.older(QStringLiteral("draft")), QStringLiteral("newest"));
        QCOMPARE(history.older(QStringLiteral("newest")), QStringLiteral("older"));
        QCOMPARE(history.older(QStringLiteral("older")), QStringLiteral("older"));
        QCOMPARE(history.newer(QStringLiteral("older")), QStringLiteral("newest"));
        QCOMPARE(history.newer(QStringLiteral("newest")), QStringLiteral("draft"));
        QCOMPARE(history.newer(QStringLiteral("draft")), QStringLiteral("draft"));
    }

    void keysChangeWeightsAndCanBeUndone()
    {
        PromptEditor editor(QStringLiteral("Prompt"), {}, 3);
        editor.setText(QStringLiteral("red apple"));
        editor.edit()->moveCursor(QTextCursor::Start);
        QTest::keyClick(editor.edit(), Qt::Key_Up, Qt::ControlModifier);
        QCOMPARE(editor.text(), QStringLiteral("(red:1.1) apple"));
        QTest::keyClick(editor.edit(), Qt::Key_Down, Qt::ControlModifier);
        QTest::keyClick(editor.edit(), Qt::Key_Down, Qt::ControlModifier);
        QCOMPARE(editor.text(), QStringLiteral("(red:0.9) apple"));
        editor.edit()->undo();
        QCOMPARE(editor.text(), QStringLiteral("red apple"));
    }

    void aPastedBookIsNotCountedToItsEnd()
    {
        PromptEditor editor(QStringLiteral("Prompt"), {}, 3);
        qsizetype longest = 0;
        editor.setTokenCounter([&longest](const QString& prompt, bool) {
            longest = std::max(longest, prompt.size());
            return TokenCount{int(prompt.size()), 75};
        });
        editor.setText(QString(1 << 20, u'a'));
        QVERIFY(longest > 75 && longest <= 10000);
        const auto labels = editor.findChildren<QLabel*>();
        QVERIFY(
            std::ranges::any_of(labels, [](const QLabel* label) { return label->text().contains(u'+'); }));
    }

    void tokenCountTurnsRedBeyondTheLimit()
    {
        PromptEditor editor(QStringLiteral("Prompt"), {}, 3);
        editor.setTokenCounter([](const QString& prompt, bool) { return TokenCount{int(prompt.size()), 3}; });
        auto* count = editor.findChild<QLabel*>(QStringLiteral("tokenCount"));
        QVERIFY(count);
        editor.setText(QStringLiteral("abc"));
        QVERIFY(!count->property("problem").toBool());
        editor.setText(QStringLiteral("abcd"));
        QVERIFY(count->property("problem").toBool());
        QVERIFY(count->text().contains(QStringLiteral("4")));
    }

    void progressLeavesOutWhatIsNotKnown()
    {
        RunProgress progress;
        progress.step = 3;
        progress.stepCount = 20;
        progress.sigma = 1.25;
        progress.timestep = 801;
        QString text = progressText(progress);
        QVERIFY(text.contains(QStringLiteral("3")) && text.contains(QStringLiteral("20")));
        QVERIFY(text.contains(QLocale().toString(1.25)));
        QVERIFY(!text.contains(QStringLiteral("it/s")));
        progress.stepsPerSecond = 14.2;
        progress.secondsLeft = 3.0;
        text = progressText(progress);
        QVERIFY(text.contains(QStringLiteral("it/s")));
    }
};

QTEST_MAIN(TestFields)
#include "test_fields.moc"
