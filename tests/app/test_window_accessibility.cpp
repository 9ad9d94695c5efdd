#include <QAccessible>
#include <QComboBox>
#include <QDockWidget>
#include <QScrollBar>
#include <QSet>
#include <QTest>

#include "app/window_fixture.h"
#include "widgets/create/generate_panel.h"
#include "widgets/export/export_dialog.h"
#include "widgets/window/shortcut_dialog.h"

using namespace unfog;
using namespace unfog::test;

namespace {

bool needsName(QAccessible::Role role)
{
    switch (role) {
    case QAccessible::Button:
    case QAccessible::ButtonMenu:
    case QAccessible::CheckBox:
    case QAccessible::RadioButton:
    case QAccessible::ComboBox:
    case QAccessible::EditableText:
    case QAccessible::Slider:
    case QAccessible::SpinBox:
    case QAccessible::List:
    case QAccessible::Table:
    case QAccessible::Tree:
    case QAccessible::ProgressBar:
    case QAccessible::MenuItem:
        return true;
    default:
        return false;
    }
}

QString describe(QAccessibleInterface* interface)
{
    const QObject* object = interface->object();
    QString text = object
                       ? QString::fromLatin1(object->metaObject()->className()) + u'/' + object->objectName()
                       : QStringLiteral("item");
    for (const QObject* parent = object ? object->parent() : nullptr; parent; parent = parent->parent())
        text += QStringLiteral(" in ") + QString::fromLatin1(parent->metaObject()->className());
    return text;
}

void walk(QAccessibleInterface* interface, QStringList& nameless, int& controls)
{
    if (!interface || !interface->isValid())
        return;
    const QObject* object = interface->object();
    const bool isInner = object && (object->objectName().startsWith(QStringLiteral("qt_")) ||
                                    qobject_cast<const QScrollBar*>(object));
    if (isInner)
        return;
    if (needsName(interface->role())) {
        ++controls;
        if (interface->text(QAccessible::Name).trimmed().isEmpty())
            nameless << describe(interface);
        if (interface->role() == QAccessible::SpinBox || interface->role() == QAccessible::ComboBox)
            return; // their inner parts speak through them
    }
    for (int child = 0; child < std::min(interface->childCount(), 200); ++child)
        walk(interface->child(child), nameless, controls);
}

QStringList namelessIn(QWidget* widget, int& controls)
{
    QStringList nameless;
    walk(QAccessible::queryAccessibleInterface(widget), nameless, controls);
    return nameless;
}

} // namespace

class TestWindowAccessibility final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void noControlIsNameless()
    {
        WindowFixture fixture;
        fixture.open();
        QJsonObject open;
        for (const char* section : {"initImage", "preview", "advanced"})
            open.insert(QString::fromLatin1(section), true);
        fixture.window().form().setOpenSections(open);
        int controls = 0;
        const QStringList nameless = namelessIn(&fixture.window(), controls);
        QVERIFY2(nameless.isEmpty(), qPrintable(nameless.join(u'\n')));
        QVERIFY2(controls > 60, qPrintable(QString::number(controls)));
    }

    void noControlOfTheDialogsIsNameless()
    {
        WindowFixture fixture;
        fixture.open();
        int controls = 0;
        ExportDialog exportDialog({}, {}, true);
        exportDialog.show();
        QStringList nameless = namelessIn(&exportDialog, controls);
        ShortcutDialog shortcuts(fixture.window().actions());
        shortcuts.show();
        nameless += namelessIn(&shortcuts, controls);
        QVERIFY2(nameless.isEmpty(), qPrintable(nameless.join(u'\n')));
        QVERIFY2(controls > 20, qPrintable(QString::number(controls)));
    }

    void everyFormControlSaysWhatItDoes()
    {
        WindowFixture fixture;
        fixture.open();
        QStringList silent;
        const auto widgets = fixture.window().form().findChildren<QWidget*>();
        for (const QWidget* widget : widgets) {
            const bool isInner = widget->objectName().startsWith(QStringLiteral("qt_")) ||
                                 qobject_cast<const QScrollBar*>(widget) ||
                                 widget->window() != &fixture.window();
            if (isInner || widget->focusPolicy() == Qt::NoFocus || !widget->focusProxy() == false)
                continue;
            const bool insideOther =
                widget->parentWidget() && (widget->parentWidget()->inherits("QAbstractSpinBox") ||
                                           widget->parentWidget()->inherits("QComboBox"));
            if (!insideOther && widget->toolTip().isEmpty())
                silent << QString::fromLatin1(widget->metaObject()->className()) + u' ' +
                              widget->accessibleName();
        }
        QVERIFY2(silent.isEmpty(), qPrintable(silent.join(u'\n')));
    }

    void shortcutsAreUnique()
    {
        WindowFixture fixture;
        fixture.open();
        QHash<QString, QString> owners;
        int withShortcut = 0;
        for (const auto& [id, action] : fixture.window().actions().actions()) {
            QVERIFY2(!action->text().isEmpty(), qPrintable(id));
            QVERIFY2(!action->toolTip().isEmpty(), qPrintable(id));
            if (action->shortcut().isEmpty())
                continue;
            ++withShortcut;
            const QString keys = action->shortcut().toString();
            QVERIFY2(!owners.contains(keys), qPrintable(keys + u' ' + id + u' ' + owners.value(keys)));
            owners.insert(keys, id);
        }
        QVERIFY(withShortcut > 20);
    }

    void tabGoesThroughTheFormFromTopToBottom()
    {
        WindowFixture fixture;
        fixture.open();
        auto& form = fixture.window().form();
        QWidget* widget = form.promptEditor()->edit();
        int lastTop = -1;
        QSet<QWidget*> seen;
        while (widget && form.isAncestorOf(widget) && !seen.contains(widget)) {
            seen.insert(widget);
            if (widget->isVisibleTo(&form) && (widget->focusPolicy() & Qt::TabFocus) &&
                !widget->objectName().startsWith(QStringLiteral("qt_"))) {
                const int top = widget->mapTo(&form, QPoint(0, widget->height() / 2)).y();
                QVERIFY2(top >= lastTop - 40, qPrintable(widget->accessibleName()));
                lastTop = top;
            }
            widget = widget->nextInFocusChain();
        }
        QVERIFY(seen.size() > 20);
    }
};

QTEST_MAIN(TestWindowAccessibility)
#include "test_window_accessibility.moc"
