#include <vector>

#include <QCoreApplication>
#include <QTest>

#include "widgets/controllers/live_mode.h"

using namespace unfog;

class TestLiveMode final : public QObject {
    Q_OBJECT
private:
    GenerationRequest m_form;
    std::vector<GenerationRequest> m_submitted;

private Q_SLOTS:
    void init()
    {
        m_form = {};
        m_submitted.clear();
    }

    void changesOfOneTurnAreOneAndTheNewestWins()
    {
        LiveMode live([this] { return m_form; },
                      [this](const GenerationRequest& r) { m_submitted.push_back(r); });
        live.setOn(true);
        QCoreApplication::processEvents();
        QCOMPARE(m_submitted.size(), std::size_t{1});
        for (int tenth = 10; tenth <= 40; ++tenth) {
            m_form.guidance.scale = tenth / 10.0;
            live.requestChanged();
        }
        QCoreApplication::processEvents();
        QCOMPARE(m_submitted.size(), std::size_t{2});
        QCOMPARE(m_submitted.back().guidance.scale, 4.0);
    }

    void theSameRequestIsNotRunAgain()
    {
        LiveMode live([this] { return m_form; },
                      [this](const GenerationRequest& r) { m_submitted.push_back(r); });
        live.setOn(true);
        QCoreApplication::processEvents();
        live.requestChanged();
        QCoreApplication::processEvents();
        QCOMPARE(m_submitted.size(), std::size_t{1});
        live.forget();
        live.requestChanged();
        QCoreApplication::processEvents();
        QCOMPARE(m_submitted.size(), std::size_t{2});
    }

    void offSubmitsNothing()
    {
        LiveMode live([this] { return m_form; },
                      [this](const GenerationRequest& r) { m_submitted.push_back(r); });
        m_form.output.seed = 3;
        live.requestChanged();
        QCoreApplication::processEvents();
        QVERIFY(m_submitted.empty());
        live.setOn(true);
        live.setOn(false);
        QCoreApplication::processEvents();
        QVERIFY(m_submitted.empty());
    }

    void onePictureAtATime()
    {
        m_form.output.count = 8;
        LiveMode live([this] { return m_form; },
                      [this](const GenerationRequest& r) { m_submitted.push_back(r); });
        live.setOn(true);
        QCoreApplication::processEvents();
        QCOMPARE(m_submitted.back().output.count, 1);
    }
};

QTEST_MAIN(TestLiveMode)
#include "test_live_mode.moc"
