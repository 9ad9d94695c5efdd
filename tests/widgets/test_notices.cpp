#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>

#include "widgets/canvas/canvas_view.h"
#include "widgets/fields/elided_label.h"
#include "widgets/fields/plain_text.h"
#include "widgets/notices/notice_bar.h"
#include "widgets/notices/notice_history.h"

using namespace unfog;
using Kind = NoticeBar::Kind;

namespace {

/// Time that goes on only when a test says so.
class HandClock final {
public:
    NoticeClock clock()
    {
        return {[this] { return m_now; },
                [this](std::chrono::milliseconds time, QObject*, std::function<void()> call) {
                    m_calls.append({m_now.addMSecs(time.count()), std::move(call)});
                }};
    }

    void advance(std::chrono::milliseconds time)
    {
        m_now = m_now.addMSecs(time.count());
        const QList<Call> calls = std::exchange(m_calls, {});
        for (const Call& call : calls) {
            if (call.due <= m_now)
                call.work();
            else
                m_calls.append(call);
        }
    }

private:
    struct Call {
        QDateTime due;
        std::function<void()> work;
    };
    QDateTime m_now{QDate(2026, 1, 2), QTime(12, 30)};
    QList<Call> m_calls;
};

struct Bench {
    HandClock hand;
    CanvasView canvas;
    NoticeBar* bar = new NoticeBar(&canvas, hand.clock());

    Bench()
    {
        canvas.resize(500, 400);
        canvas.overlays().add(bar, OverlayStack::Edge::Top);
        canvas.show();
    }

    QPushButton* button(const QString& text) const
    {
        for (auto* push : bar->findChildren<QPushButton*>()) {
            if (push->isVisible() && push->text() == text)
                return push;
        }
        return nullptr;
    }
};

} // namespace

class TestNotices final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatNeedsNoAnswerGoesAfterTenSeconds_data()
    {
        QTest::addColumn<Kind>("kind");
        QTest::addColumn<bool>("hasButton");
        QTest::addColumn<bool>("stays");
        QTest::newRow("note") << Kind::Note << false << false;
        QTest::newRow("note with Undo") << Kind::Note << true << false;
        QTest::newRow("problem") << Kind::Problem << false << false;
        QTest::newRow("problem with Retry") << Kind::Problem << true << true;
        QTest::newRow("question") << Kind::Question << true << true;
    }
    void whatNeedsNoAnswerGoesAfterTenSeconds()
    {
        QFETCH(Kind, kind);
        QFETCH(bool, hasButton);
        QFETCH(bool, stays);
        Bench bench;
        const QList<NoticeBar::Button> buttons =
            hasButton ? QList<NoticeBar::Button>{{QStringLiteral("Do it"), [] {}}}
                      : QList<NoticeBar::Button>{};
        bench.bar->announce(kind, QStringLiteral("something"), buttons);
        bench.hand.advance(std::chrono::milliseconds(9'999));
        QCOMPARE(bench.bar->count(), 1);
        QVERIFY(bench.bar->isVisible());
        QVERIFY(bench.bar->history().isEmpty());
        bench.hand.advance(std::chrono::milliseconds(1));
        QCOMPARE(bench.bar->count(), stays ? 1 : 0);
        QCOMPARE(bench.bar->isVisible(), stays);
        QCOMPARE(bench.bar->history().size(), stays ? 0 : 1);
        bench.hand.advance(std::chrono::hours(1));
        QCOMPARE(bench.bar->count(), stays ? 1 : 0);
    }

    void anOlderNoteDoesNotComeBackFromUnderALaterOne()
    {
        Bench bench;
        bench.bar->announce(Kind::Note, QStringLiteral("first"));
        bench.hand.advance(std::chrono::seconds(8));
        bench.bar->announce(Kind::Note, QStringLiteral("second"));
        bench.hand.advance(std::chrono::seconds(2));
        QCOMPARE(bench.bar->count(), 1);
        QCOMPARE(bench.bar->text(), QStringLiteral("second"));
        bench.hand.advance(std::chrono::seconds(8));
        QCOMPARE(bench.bar->count(), 0);
        QCOMPARE(bench.bar->history().size(), 2);
        QCOMPARE(bench.bar->history().at(0).text, QStringLiteral("second"));
        QCOMPARE(bench.bar->history().at(0).time.time(), QTime(12, 30, 8));
        QCOMPARE(bench.bar->history().at(1).time.time(), QTime(12, 30, 0));
    }

    void aNoteSaidAgainStaysItsWholeTime()
    {
        Bench bench;
        bench.bar->announce(Kind::Note, QStringLiteral("saved"));
        bench.hand.advance(std::chrono::seconds(6));
        bench.bar->announce(Kind::Note, QStringLiteral("saved"));
        bench.hand.advance(std::chrono::seconds(6));
        QCOMPARE(bench.bar->count(), 1);
        bench.hand.advance(std::chrono::seconds(4));
        QCOMPARE(bench.bar->count(), 0);
        QCOMPARE(bench.bar->history().size(), 1);
    }

    void anAnswerEndsANotice()
    {
        Bench bench;
        int answers = 0;
        bench.bar->announce(Kind::Question, QStringLiteral("Resume?"),
                            {{QStringLiteral("Resume"), [&] { ++answers; }}});
        QVERIFY(bench.button(QStringLiteral("Resume")));
        bench.button(QStringLiteral("Resume"))->click();
        QCOMPARE(answers, 1);
        QCOMPARE(bench.bar->count(), 0);
        QVERIFY(bench.bar->history().constFirst().buttons.isEmpty()); // answered once, not twice
    }

    void theHistoryOffersWhatCanStillBeDone()
    {
        Bench bench;
        int undone = 0;
        bench.bar->announce(Kind::Note, QStringLiteral("1 image moved"),
                            {{QStringLiteral("Undo"), [&] { ++undone; }}}, QStringLiteral("trash"));
        bench.hand.advance(NoticeBar::kShown);
        bench.bar->showAgain(0);
        QCOMPARE(bench.bar->text(), QStringLiteral("1 image moved"));
        QVERIFY(bench.bar->history().isEmpty());
        bench.button(QStringLiteral("Undo"))->click();
        QCOMPARE(undone, 1);
        bench.bar->announce(Kind::Note, QStringLiteral("2 images moved"),
                            {{QStringLiteral("Undo"), [&] { ++undone; }}}, QStringLiteral("trash"));
        bench.hand.advance(NoticeBar::kShown);
        bench.bar->dismiss(QStringLiteral("trash")); // undone elsewhere
        bench.bar->showAgain(0);
        QVERIFY(!bench.button(QStringLiteral("Undo")));
    }

    void aKeyReplacesAndDismisses()
    {
        Bench bench;
        bench.bar->announce(Kind::Problem, QStringLiteral("no room"), {{QStringLiteral("Retry"), [] {}}},
                            QStringLiteral("disk"));
        bench.bar->announce(Kind::Problem, QStringLiteral("still no room"),
                            {{QStringLiteral("Retry"), [] {}}}, QStringLiteral("disk"));
        QCOMPARE(bench.bar->count(), 1);
        bench.bar->dismiss(QStringLiteral("disk"));
        QCOMPARE(bench.bar->count(), 0);
        QVERIFY(!bench.bar->isVisible());
        QCOMPARE(bench.bar->history().size(), 2);
    }

    void theHistoryIsBoundAndListed()
    {
        Bench bench;
        NoticeHistory history(*bench.bar);
        auto* button = history.findChild<QToolButton*>(QStringLiteral("noticeHistory"));
        auto* last = history.findChild<ElidedLabel*>(QStringLiteral("lastNotice"));
        QVERIFY(button && last);
        QVERIFY(!button->isEnabled());
        for (int number = 0; number < 60; ++number)
            bench.bar->announce(Kind::Note, QStringLiteral("<b>Tom & Jerry</b> %1").arg(number));
        bench.hand.advance(NoticeBar::kShown);
        QCOMPARE(bench.bar->history().size(), NoticeBar::kMaxHistory);
        QVERIFY(button->isEnabled());
        QVERIFY(last->text().contains(bench.bar->history().constFirst().text));
        Q_EMIT button->menu()->aboutToShow();
        const QList<QAction*> actions = button->menu()->actions();
        QCOMPARE(actions.size(), NoticeHistory::kListed);
        QVERIFY2(actions.constFirst()->text().contains(QStringLiteral("Tom && Jerry")),
                 qPrintable(actions.constFirst()->text()));
        QVERIFY(!actions.constFirst()->toolTip().contains(QStringLiteral("<b>")));
        const QString text = bench.bar->history().constFirst().text;
        actions.constFirst()->trigger();
        QCOMPARE(bench.bar->text(), text);
    }

    void cardsFloatAndNeverReachOverTheCanvas_data()
    {
        QTest::addColumn<QSize>("canvas");
        for (const QSize size : {QSize(220, 180), QSize(337, 300), QSize(640, 480), QSize(1800, 900)})
            QTest::addRow("%d x %d", size.width(), size.height()) << size;
    }
    void cardsFloatAndNeverReachOverTheCanvas()
    {
        QFETCH(QSize, canvas);
        Bench bench;
        const QSize minimum = bench.canvas.minimumSizeHint();
        bench.canvas.resize(canvas);
        QImage image(64, 64, QImage::Format_RGB888);
        bench.canvas.setPicture(image, image.size());
        const double zoom = bench.canvas.zoom();
        for (int number = 0; number < 5; ++number)
            bench.bar->announce(
                Kind::Problem, QString::number(number) + QStringLiteral(" long words").repeated(30),
                {{QStringLiteral("Try again"), [] {}}, {QStringLiteral("Save elsewhere…"), [] {}}});
        QCoreApplication::processEvents();
        QCOMPARE(bench.canvas.zoom(), zoom);
        QCOMPARE(bench.canvas.size(), canvas);
        QCOMPARE(bench.canvas.minimumSizeHint(), minimum);
        QVERIFY(bench.canvas.rect().contains(bench.bar->geometry()));
        int cards = 0;
        for (const auto* card : bench.bar->findChildren<QFrame*>(QString(), Qt::FindDirectChildrenOnly))
            cards += card->isVisible() ? 1 : 0;
        QVERIFY(cards >= 1 && cards <= NoticeBar::kMaxCards);
    }

    void aClickOnACardIsNoDragOfTheImage()
    {
        Bench bench;
        QImage image(64, 64, QImage::Format_RGB888);
        bench.canvas.setPicture(image, image.size());
        bench.bar->announce(Kind::Note, QStringLiteral("a note"));
        QCoreApplication::processEvents();
        QSignalSpy doubled(&bench.canvas, &CanvasView::doubleClicked);
        QTest::mouseDClick(bench.bar, Qt::LeftButton);
        QVERIFY(doubled.isEmpty());
        QTest::mouseDClick(&bench.canvas, Qt::LeftButton, {}, QPoint(250, 390));
        QCOMPARE(doubled.count(), 1);
    }

    void aLineThatDoesNotFitIsElidedAndToldWhole()
    {
        ElidedLabel label;
        const QString text = QStringLiteral("Image 10 of 12  ·  Step 3 of 20  ·  σ 14.61  ·  t 999");
        label.setText(text);
        label.resize(label.sizeHint());
        QVERIFY(!label.isElided());
        QVERIFY(label.toolTip().isEmpty());
        label.resize(80, label.height());
        QCoreApplication::sendPostedEvents(&label);
        label.grab(); // its resize event is sent with the first painting
        QVERIFY(label.isElided());
        QCOMPARE(label.toolTip(), text);
        QCOMPARE(label.text(), text);
        QCOMPARE(label.minimumSizeHint().width(), 0);
    }

    void foreignTextIsPlain_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("line");
        QTest::newRow("line breaks") << QStringLiteral("a\nb\tc") << QStringLiteral("a b c");
        QTest::newRow("escape") << QStringLiteral("a\x1b[31mred") << QStringLiteral("a\\x1B[31mred");
        QTest::newRow("markup") << QStringLiteral("<b>x</b>") << QStringLiteral("<b>x</b>");
    }
    void foreignTextIsPlain()
    {
        QFETCH(QString, text);
        QFETCH(QString, line);
        QCOMPARE(singleLine(text), line);
        ElidedLabel label;
        label.setText(text);
        QCOMPARE(label.text(), line);
        QCOMPARE(label.textFormat(), Qt::PlainText);
    }

    void theWelcomeWidgetStandsUnderItsMessageOnly()
    {
        CanvasView canvas;
        canvas.resize(600, 500);
        canvas.show();
        auto* chips = new QWidget;
        chips->setFixedHeight(80);
        chips->setMinimumWidth(100);
        canvas.setWelcomeWidget(chips);
        QVERIFY(!chips->isVisible());
        canvas.setMessage(QStringLiteral("Type a prompt"), QStringLiteral("The image appears here."),
                          CanvasView::MessageKind::Welcome);
        QVERIFY(chips->isVisible());
        QVERIFY(canvas.rect().contains(chips->geometry()));
        QVERIFY(chips->geometry().top() > canvas.height() / 3);
        canvas.setMessage(QStringLiteral("Generation failed"), QStringLiteral("NaN"));
        QVERIFY(!chips->isVisible());
        QCOMPARE(canvas.message(), QStringLiteral("Generation failed: NaN"));
        canvas.setMessage(QStringLiteral("Type a prompt"), QString(), CanvasView::MessageKind::Welcome);
        QVERIFY(chips->isVisible());
        QImage image(8, 8, QImage::Format_RGB888);
        canvas.setPicture(image, image.size());
        QVERIFY(!chips->isVisible());
    }
};

QTEST_MAIN(TestNotices)
#include "test_notices.moc"
