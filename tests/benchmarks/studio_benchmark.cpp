// How the real window answers while the real engine works: start, event loop, cancel, close; with a large
// gallery also scrolling. Numbers, no verdicts.
//   studio_benchmark [--home FOLDER]
#include <algorithm>
#include <cstdio>
#include <vector>

#include <QElapsedTimer>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

#include "app/event_loop_probe.h"
#include "app/studio.h"
#include "app/token_counters.h"
#include "base/starter_model.h"
#include "pipeline/run/sampler_catalog.h"
#include "pipeline/run/torch_engine.h"
#include "widgets/create/generate_panel.h"
#include "widgets/gallery/gallery_panel.h"
#include "widgets/gallery/thumbnail_grid.h"
#include "widgets/window/main_window.h"

using namespace unfog;

namespace {

constexpr int kPatienceMs = 600000;

double milliseconds(const QElapsedTimer& timer)
{
    return static_cast<double>(timer.nsecsElapsed()) / 1e6;
}

/// The longest time between two turns of the event loop, by the wall clock.
class LoopGap final {
public:
    LoopGap()
    {
        QObject::connect(&m_tick, &QTimer::timeout, &m_tick, [this] {
            m_longestMs = std::max(m_longestMs, milliseconds(m_since));
            m_since.restart();
        });
        m_since.start();
        m_tick.start(0);
    }
    double longestMs() const { return m_longestMs; }

private:
    QTimer m_tick;
    QElapsedTimer m_since;
    double m_longestMs = 0.0;
};

struct Bench {
    std::unique_ptr<Studio> studio;
    std::unique_ptr<MainWindow> window;

    explicit Bench(const QString& home)
    {
        const StudioFolders folders = StudioFolders::under(home);
        auto opened = Studio::open(folders, [cache = folders.cache.toStdString()] {
            return makeTorchEngine({.cacheFolder = cache});
        });
        if (!opened)
            qFatal("%s", opened.error().message.c_str());
        studio = std::move(*opened);
        window =
            std::make_unique<MainWindow>(windowParts(*studio, samplerCatalog(), &makeTokenCounter,
                                                     QString::fromStdString(findStarterModel().string())));
        window->show();
    }
    ~Bench() { close(); }

    void close()
    {
        if (window)
            window->close();
        window.reset();
        studio.reset();
    }

    void form(int steps) const
    {
        GenerationRequest request = window->form().request();
        request.prompts.positive = "a red apple on a blue background";
        request.sampler.steps = steps;
        window->form().setRequest(request);
    }

    void generate() const { window->actions().action(QStringLiteral("run.generate"))->trigger(); }

    static void waitFor(const std::function<bool()>& condition)
    {
        if (!QTest::qWaitFor(condition, kPatienceMs))
            qFatal("gave up waiting");
    }
};

void measureRuns(Bench& bench, test::MeasuringApplication& application)
{
    bench.form(20);
    QSignalSpy ended(&bench.studio->queue(), &JobQueue::runEnded);
    application.beginMeasuring();
    {
        const LoopGap gap;
        for (int run = 0; run < 5; ++run)
            bench.generate();
        Bench::waitFor([&] { return ended.count() == 5; });
        std::printf("five pictures of 20 steps: longest event %.1f ms of the window's own processor time, "
                    "longest time between two turns of its loop %.1f ms\n",
                    application.longestMs(), gap.longestMs());
    }
    std::vector<double> seconds;
    for (const auto& signal : ended)
        seconds.push_back(signal.at(1).value<RunEnd>().seconds);
    std::ranges::sort(seconds);
    std::printf("from Generate to the finished picture: median %.2f s\n", seconds[seconds.size() / 2]);
}

void measureCancel(Bench& bench)
{
    bench.form(20);
    std::vector<double> times;
    for (int step = 1; step < 20; ++step) {
        QSignalSpy ended(&bench.studio->queue(), &JobQueue::runEnded);
        bench.generate();
        Bench::waitFor([&] {
            return !ended.isEmpty() ||
                   (bench.window->viewer().history() == bench.studio->worker().history() &&
                    bench.studio->worker().history()->newest() &&
                    bench.studio->worker().history()->newest()->step >= step);
        });
        QElapsedTimer since;
        since.start();
        bench.window->actions().action(QStringLiteral("run.stop"))->trigger();
        Bench::waitFor([&] { return !ended.isEmpty(); });
        times.push_back(milliseconds(since));
    }
    std::ranges::sort(times);
    std::printf("from Stop to a free worker, at each of 19 steps: median %.0f ms, longest %.0f ms\n",
                times[times.size() / 2], times.back());
}

void measureClose(Bench& bench)
{
    bench.form(1000);
    bench.generate();
    Bench::waitFor([&] { return bench.window->viewer().frameCount() >= 3; });
    QElapsedTimer since;
    since.start();
    bench.close();
    std::printf("closing in the middle of a run: %.0f ms\n", milliseconds(since));
}

void measureScrolling(Bench& bench, test::MeasuringApplication& application)
{
    auto* grid = bench.window->gallery().grid();
    if (grid->model()->rowCount() < 1000)
        return;
    application.beginMeasuring();
    QScrollBar* bar = grid->verticalScrollBar();
    for (int turn = 0; turn < 300; ++turn) {
        bar->setValue(static_cast<int>((static_cast<qint64>(turn) * 7919 % 300) * bar->maximum() / 300));
        QTest::qWait(1);
    }
    std::printf(
        "scrolling through %d pictures: longest event %.1f ms of the window's own processor time (%s)\n",
        grid->model()->rowCount(), application.longestMs(), application.longestName().c_str());
}

} // namespace

int main(int argc, char** argv)
{
    test::MeasuringApplication application(argc, argv);
    QApplication::setApplicationName(QStringLiteral("unfog"));
    const QTemporaryDir own;
    const QStringList arguments = QApplication::arguments();
    const auto at = arguments.indexOf(QStringLiteral("--home"));
    const QString home = at > 0 && at + 1 < arguments.size() ? arguments.at(at + 1) : own.path();

    QElapsedTimer since;
    since.start();
    Bench bench(home);
    QCoreApplication::processEvents();
    std::printf("window usable after %.0f ms\n", milliseconds(since));
    QSignalSpy ready(&bench.studio->worker(), &GenerationWorker::modelReady);
    const auto* rows = bench.window->gallery().grid()->model();
    if (at > 0) {
        Bench::waitFor([&] { return rows->rowCount() > 0; });
        std::printf("%d pictures in the gallery after %.0f ms\n", rows->rowCount(), milliseconds(since));
    }
    Bench::waitFor([&] { return !ready.isEmpty(); });
    std::printf("model loaded after %.0f ms\n", milliseconds(since));
    bench.studio->queue().cancelAll(); // what an earlier run left behind
    bench.studio->queue().setPaused(false);
    measureScrolling(bench, application);
    measureRuns(bench, application);
    measureCancel(bench);
    measureClose(bench);
    return 0;
}
