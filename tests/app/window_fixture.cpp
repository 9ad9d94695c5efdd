#include "app/window_fixture.h"

#include <QDir>
#include <QSignalSpy>
#include <QTest>

namespace unfog::test {

SamplerCatalog sampleCatalog()
{
    SamplerCatalog catalog;
    catalog.schedulers = {
        {{"dpmpp-2m", "DPM-Solver++ 2M", "Good pictures in 15 to 25 steps."}, {"karras", "trailing"}, false},
        {{"ddim", "DDIM", "The classic first-order curve."}, {"leading", "trailing"}, true},
        {{"euler", "Euler", "First order: simple and steady."}, {"karras", "linspace"}, false}};
    catalog.spacings = {{"linspace", "Even", ""},
                        {"leading", "Leading", ""},
                        {"trailing", "Trailing", ""},
                        {"karras", "Karras", ""}};
    catalog.predictions = {{"epsilon", "Noise", ""}, {"v_prediction", "Velocity", ""}};
    return catalog;
}

WindowFixture::WindowFixture() : m_control(std::make_shared<FakeControl>())
{
    QDir().mkpath(modelFolder());
    m_parts.engine = [control = m_control] { return std::make_unique<FakeEngine>(control); };
    m_parts.catalog = sampleCatalog();
    m_parts.tokenCounters = [](const QString&, const QString&) -> TokenCounter {
        return [](const QString& prompt, bool) {
            return TokenCount{static_cast<int>(prompt.split(u' ', Qt::SkipEmptyParts).size()), 75};
        };
    };
    m_parts.model = modelFolder();
}

WindowFixture::WindowFixture(FixtureParts parts)
    : m_control(std::make_shared<FakeControl>()), m_parts(std::move(parts))
{
}

WindowFixture::~WindowFixture()
{
    m_control->release();
    close();
}

void WindowFixture::open()
{
    auto studio = Studio::open(StudioFolders::under(m_folder.path()), m_parts.engine);
    Q_ASSERT(studio);
    m_studio = std::move(*studio);
    QSignalSpy ready(&m_studio->worker(), &GenerationWorker::modelReady);
    m_window = std::make_unique<MainWindow>(
        windowParts(*m_studio, m_parts.catalog, m_parts.tokenCounters, m_parts.model));
    m_window->show();
    QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    QTRY_VERIFY_WITH_TIMEOUT(!ready.isEmpty(), 20000);
}

void WindowFixture::close()
{
    if (m_window)
        m_window->close();
    m_window.reset();
    m_studio.reset();
}

} // namespace unfog::test
