#include <QAbstractButton>
#include <QAbstractItemView>
#include <QComboBox>
#include <QDir>
#include <QGroupBox>
#include <QHelpEvent>
#include <QLabel>
#include <QStyledItemDelegate>
#include <QTest>
#include <QToolTip>

#include "app/window_fixture.h"
#include "studio_support/fake_engine.h"
#include "studio_support/sample_pictures.h"
#include "widgets/canvas/canvas_view.h"
#include "widgets/create/generate_panel.h"
#include "widgets/create/import_report.h"
#include "widgets/create/picture_parameters.h"
#include "widgets/gallery/gallery_panel.h"
#include "widgets/gallery/thumbnail_grid.h"
#include "widgets/notices/notice_bar.h"
#include "widgets/queue/queue_panel.h"

using namespace unfog;
using namespace unfog::test;

namespace {

const QString evil = QStringLiteral("<b>bold</b><img src=\"/etc/hostname\">\x1b[31m");
const QString markup = QStringLiteral("<b>bold");

/// Markup that somebody else wrote is shown letter by letter.
QString escaped(const QString& toolTip)
{
    return Qt::mightBeRichText(toolTip) ? QString(toolTip).replace(QLatin1String("&lt;"), QLatin1String("("))
                                        : QString();
}

/// What would be read as markup: widgets and their texts.
QStringList readAsMarkup(const QWidget& root, int& shown)
{
    QStringList found;
    QList<const QWidget*> widgets{&root};
    for (const QWidget* widget : root.findChildren<QWidget*>())
        widgets.append(widget);
    for (const QWidget* widget : widgets) {
        const QString where =
            QString::fromLatin1(widget->metaObject()->className()) + u'/' + widget->objectName();
        if (escaped(widget->toolTip()).contains(markup))
            found << where + QStringLiteral(" tooltip: ") + widget->toolTip();
        if (const auto* label = qobject_cast<const QLabel*>(widget);
            label && label->text().contains(markup)) {
            ++shown;
            if (label->textFormat() != Qt::PlainText)
                found << where + QStringLiteral(": ") + label->text();
        }
    }
    return found;
}

GenerationRequest evilRequest(const WindowFixture& fixture)
{
    GenerationRequest request = sampleRequest(evil.toStdString(), 7);
    request.model.path = fixture.modelFolder().toStdString();
    request.prompts.negative = evil.toStdString();
    return request;
}

/// One image in the gallery, one entry that waits.
void makeOneAndQueueOne(WindowFixture& fixture, const GenerationRequest& request)
{
    fixture.studio().queue().add(request);
    QTRY_COMPARE(fixture.window().gallery().grid()->model()->rowCount(), 1);
    fixture.studio().queue().setPaused(true);
    fixture.studio().queue().add(request);
}

} // namespace

class TestWindowPlainText final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void foreignTextIsNeverMarkup()
    {
        WindowFixture fixture;
        fixture.open();
        MainWindow& window = fixture.window();
        window.show();
        const GenerationRequest request = evilRequest(fixture);
        makeOneAndQueueOne(fixture, request);
        window.gallery().grid()->setCurrentIndex(window.gallery().grid()->model()->index(0, 0));
        window.form().setRequest(request);
        window.notices().announce(NoticeBar::Kind::Problem, QStringLiteral("The file %1 is gone.").arg(evil));
        window.form().setModels({fixture.folder() + u'/' + evil}, {});
        PictureParameters parameters;
        parameters.imported.values = {
            {evil.toStdString(), evil.toStdString(), ImportOutcome::Ignored, evil.toStdString()}};
        parameters.notes = {evil};
        showImportReport(evil, parameters, &window);
        QTest::qWait(0);
        int shown = 0;
        const QStringList found = readAsMarkup(window, shown);
        QVERIFY2(found.isEmpty(), qPrintable(found.join(u'\n')));
        QVERIFY2(shown >= 4, qPrintable(QString::number(
                                 shown))); // prompt, negative prompt, notice, heading of the report
    }

    /// A view shows an item's tooltip through its delegate.
    void toolTipsOfItemsAreEscaped()
    {
        WindowFixture fixture;
        fixture.open();
        MainWindow& window = fixture.window();
        window.show();
        makeOneAndQueueOne(fixture, evilRequest(fixture));
        int checked = 0;
        for (QAbstractItemView* view : window.findChildren<QAbstractItemView*>()) {
            if (!view->model() || view->model()->rowCount() == 0)
                continue;
            const QModelIndex index = view->model()->index(0, 0);
            if (!index.data(Qt::ToolTipRole).toString().contains(markup))
                continue;
            ++checked;
            QToolTip::hideText();
            QHelpEvent help(QEvent::ToolTip, QPoint(5, 5), view->viewport()->mapToGlobal(QPoint(5, 5)));
            QStyleOptionViewItem option;
            option.rect = QRect(0, 0, 100, 100);
            view->itemDelegate()->helpEvent(&help, view, option, index);
            QVERIFY2(!QToolTip::text().isEmpty(), view->metaObject()->className());
            QVERIFY2(!escaped(QToolTip::text()).contains(markup), qPrintable(QToolTip::text()));
        }
        QVERIFY(checked >= 2); // gallery and queue
    }

    void everyEntryOfTheModelListIsOneLine()
    {
        WindowFixture fixture;
        fixture.open();
        fixture.window().form().setModels({fixture.folder() + QStringLiteral("/two\nlines\x1b[31m")}, {});
        bool isFound = false;
        for (const QComboBox* box : fixture.window().findChildren<QComboBox*>())
            for (int row = 0; row < box->count(); ++row) {
                isFound |= box->itemText(row).contains(QStringLiteral("two lines"));
                QVERIFY(!box->itemText(row).contains(u'\x1b'));
            }
        QVERIFY(isFound);
    }
};

QTEST_MAIN(TestWindowPlainText)
#include "test_window_plain_text.moc"
