#include <QMainWindow>
#include <QSignalSpy>
#include <QTest>
#include <QTreeWidget>

#include "widgets/fields/symbolic_icon.h"
#include "widgets/window/action_registry.h"
#include "widgets/window/shortcut_dialog.h"

using namespace unfog;

class TestRegistry final : public QObject {
    Q_OBJECT
private:
    static void fill(ActionRegistry& registry)
    {
        registry.add({QStringLiteral("a"), QStringLiteral("One"), QStringLiteral("&Alpha"),
                      QStringLiteral("Does alpha"), QStringLiteral("star"), Qt::CTRL | Qt::Key_A});
        registry.add({QStringLiteral("b"), QStringLiteral("Two"), QStringLiteral("&Beta"), {}, {}, {}});
    }

private Q_SLOTS:
    void tooltipsNameTheKeys()
    {
        QMainWindow window;
        ActionRegistry registry(&window);
        fill(registry);
        QVERIFY(registry.action(QStringLiteral("a"))->toolTip().contains(QStringLiteral("Does alpha")));
        QVERIFY(registry.action(QStringLiteral("a"))->toolTip().contains(QStringLiteral("Ctrl+A")));
        QCOMPARE(registry.action(QStringLiteral("b"))->toolTip(), QStringLiteral("Beta"));
    }

    void aShortcutBelongsToOneAction()
    {
        QMainWindow window;
        ActionRegistry registry(&window);
        fill(registry);
        registry.setShortcut(QStringLiteral("b"), Qt::CTRL | Qt::Key_A);
        QVERIFY(registry.action(QStringLiteral("a"))->shortcut().isEmpty());
        QCOMPARE(registry.idWithShortcut(Qt::CTRL | Qt::Key_A), QStringLiteral("b"));
    }

    void onlyChangedShortcutsAreKept()
    {
        QMainWindow window;
        ActionRegistry registry(&window);
        fill(registry);
        QVERIFY(registry.changedShortcuts().isEmpty());
        registry.setShortcut(QStringLiteral("b"), Qt::Key_F9);
        registry.setShortcut(QStringLiteral("a"), {});
        const QJsonObject kept = registry.changedShortcuts();
        QCOMPARE(kept.size(), 2);

        QMainWindow other;
        ActionRegistry again(&other);
        fill(again);
        QJsonObject withForeign = kept;
        withForeign.insert(QStringLiteral("gone"), QStringLiteral("Ctrl+G"));
        again.restoreShortcuts(withForeign);
        QCOMPARE(again.action(QStringLiteral("b"))->shortcut(), QKeySequence(Qt::Key_F9));
        QVERIFY(again.action(QStringLiteral("a"))->shortcut().isEmpty());
        QCOMPARE(again.defaultShortcut(QStringLiteral("a")), QKeySequence(Qt::CTRL | Qt::Key_A));
    }

    void aScopedShortcutIsQuietElsewhere()
    {
        QMainWindow window;
        auto* inside = new QWidget(&window);
        auto* outside = new QWidget(&window);
        inside->setFocusPolicy(Qt::StrongFocus);
        outside->setFocusPolicy(Qt::StrongFocus);
        ActionRegistry registry(&window);
        QAction* action =
            registry.add({QStringLiteral("x"), {}, QStringLiteral("X"), {}, {}, Qt::Key_Delete});
        registry.scope(QStringLiteral("x"), inside);
        window.show();
        QVERIFY(QTest::qWaitForWindowExposed(&window));
        QSignalSpy spy(action, &QAction::triggered);
        outside->setFocus();
        QTest::keyClick(outside, Qt::Key_Delete);
        QCOMPARE(spy.count(), 0);
        inside->setFocus();
        QTest::keyClick(inside, Qt::Key_Delete);
        QCOMPARE(spy.count(), 1);
    }

    void everyIconIsThere()
    {
        const QPixmap pixmap = symbolicPixmap(QStringLiteral("star"), {24, 24}, Qt::red);
        QCOMPARE(pixmap.size(), QSize(24, 24));
        const QImage image = pixmap.toImage();
        bool anyRed = false;
        for (int y = 0; y < 24; ++y) {
            for (int x = 0; x < 24; ++x)
                anyRed =
                    anyRed || (image.pixelColor(x, y).red() > 200 && image.pixelColor(x, y).alpha() > 200);
        }
        QVERIFY(anyRed);
    }

    void theListOfShortcutsNamesEverything()
    {
        QMainWindow window;
        ActionRegistry registry(&window);
        fill(registry);
        ShortcutDialog dialog(registry);
        const auto labels = dialog.findChildren<QWidget*>();
        QVERIFY(!labels.isEmpty());
        auto* list = dialog.findChild<QTreeWidget*>(QStringLiteral("list"));
        QVERIFY(list);
        QCOMPARE(list->topLevelItemCount(), 2);
        QCOMPARE(list->findItems(QStringLiteral("Alpha"), Qt::MatchExactly | Qt::MatchRecursive).size(), 1);
    }
};

QTEST_MAIN(TestRegistry)
#include "test_registry.moc"
