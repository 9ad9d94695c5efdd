#include <QLineEdit>
#include <QListView>
#include <QSignalSpy>
#include <QTest>

#include "widgets/fields/choice_box.h"
#include "widgets/fields/search_popup.h"

using namespace unfog;

namespace {

/// A shown box over the names that a form has many of.
struct Bench {
    ChoiceBox box;

    explicit Bench(int count = 10)
    {
        const std::vector<NamedChoice> all{
            {"", "Default", ""},          {"dpmpp-2m", "DPM++ 2M", "fast"},
            {"dpmpp-3m", "DPM++ 3M", ""}, {"dpmpp-2m-sde", "DPM++ 2M SDE", ""},
            {"euler", "Euler", ""},       {"euler-ancestral", "Euler ancestral (Euler a)", ""},
            {"heun", "Heun", ""},         {"ddim", "DDIM", ""},
            {"lms", "LMS", ""},           {"flow-euler", "Flow Euler", "For flow models"}};
        box.setAccessibleName(QStringLiteral("Scheduler"));
        box.setChoices({all.begin(), all.begin() + count});
        box.show();
    }

    SearchPopup* popup() const { return box.findChild<SearchPopup*>(); }
    QLineEdit* search() const { return popup()->search(); }
    QStringList shown() const
    {
        QStringList texts;
        const QAbstractItemModel* model = popup()->list()->model();
        for (int row = 0; row < model->rowCount(); ++row)
            texts << model->index(row, 0).data().toString();
        return texts;
    }
};

} // namespace

class TestSearchBox final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theSearchFindsByEveryWord_data()
    {
        QTest::addColumn<QString>("typed");
        QTest::addColumn<QStringList>("found");
        QTest::newRow("a part") << "2m" << QStringList{"DPM++ 2M", "DPM++ 2M SDE"};
        QTest::newRow("two words in any order") << "sde dpm" << QStringList{"DPM++ 2M SDE"};
        QTest::newRow("any case") << "LmS" << QStringList{"LMS"};
        QTest::newRow("the other program's name") << "euler a" << QStringList{"Euler ancestral (Euler a)"};
        QTest::newRow("the name of the command line") << "dpmpp-3m" << QStringList{"DPM++ 3M"};
        QTest::newRow("nothing") << "xyz" << QStringList{};
    }

    void theSearchFindsByEveryWord()
    {
        QFETCH(QString, typed);
        QFETCH(QStringList, found);
        Bench bench;
        bench.box.showPopup();
        QTest::keyClicks(bench.search(), typed);
        QCOMPARE(bench.shown(), found);
    }

    void aWordAndReturnChoose()
    {
        Bench bench;
        QSignalSpy chosen(&bench.box, &QComboBox::activated);
        QTest::keyClick(&bench.box, Qt::Key_H); // typing on the closed box opens the list
        QVERIFY(bench.popup() && bench.popup()->isVisible());
        QCOMPARE(bench.search()->text(), QStringLiteral("h"));
        QTest::keyClicks(bench.search(), QStringLiteral("eu"));
        QTest::keyClick(bench.search(), Qt::Key_Return);
        QCOMPARE(bench.box.name(), std::string("heun"));
        QVERIFY(!bench.popup()->isVisible());
        QCOMPARE(chosen.count(), 1);
    }

    void arrowsMoveInTheListWhileTheSearchHasTheFocus()
    {
        Bench bench;
        bench.box.showPopup();
        QTest::keyClicks(bench.search(), QStringLiteral("dpm"));
        QTest::keyClick(bench.search(), Qt::Key_Down);
        QTest::keyClick(bench.search(), Qt::Key_Down);
        QTest::keyClick(bench.search(), Qt::Key_Up);
        QTest::keyClick(bench.search(), Qt::Key_Return);
        QCOMPARE(bench.box.name(), std::string("dpmpp-3m"));
    }

    void escapeLeavesTheChoice()
    {
        Bench bench;
        bench.box.setName("lms");
        bench.box.showPopup();
        QCOMPARE(bench.popup()->list()->currentIndex().data().toString(), QStringLiteral("LMS"));
        QTest::keyClicks(bench.search(), QStringLiteral("heun"));
        QTest::keyClick(bench.search(), Qt::Key_Escape);
        QVERIFY(!bench.popup()->isVisible());
        QCOMPARE(bench.box.name(), std::string("lms"));
        bench.box.showPopup();
        QCOMPARE(bench.shown().size(), 10); // the search begins anew
    }

    void anEntryThatCannotBeChosenSaysWhy()
    {
        Bench bench;
        bench.box.setReasons({{"flow-euler", QStringLiteral("for flow-matching models only")}});
        const int row = bench.box.findData(QStringLiteral("flow-euler"));
        QCOMPARE(bench.box.itemData(row, Qt::ToolTipRole).toString(),
                 QStringLiteral("For flow models\nFor flow-matching models only"));
        bench.box.showPopup();
        QTest::keyClicks(bench.search(), QStringLiteral("flow"));
        QCOMPARE(bench.shown(), QStringList{QStringLiteral("Flow Euler – for flow-matching models only")});
        QTest::keyClick(bench.search(), Qt::Key_Return);
        QVERIFY(bench.popup()->isVisible());
        QCOMPARE(bench.box.name(), std::string());
        bench.box.hidePopup();

        bench.box.setName("flow-euler"); // a request may name it all the same
        QVERIFY(!bench.box.isCurrentPossible());
        bench.box.setReasons({});
        QVERIFY(bench.box.isCurrentPossible());
        QCOMPARE(bench.box.itemData(row, Qt::ToolTipRole).toString(), QStringLiteral("For flow models"));
    }

    void aShortListHasNoSearchField()
    {
        Bench bench(4);
        bench.box.showPopup();
        QVERIFY(bench.popup()->isVisible());
        QVERIFY(bench.search()->isHidden());
        QTest::keyClick(bench.popup()->list(), Qt::Key_Down);
        QTest::keyClick(bench.popup()->list(), Qt::Key_Return);
        QCOMPARE(bench.box.name(), std::string("dpmpp-2m"));
    }
};

QTEST_MAIN(TestSearchBox)
#include "test_search_box.moc"
