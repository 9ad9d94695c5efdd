// 100,000 pictures in the index: open, search, scroll. Google Benchmark; nothing here passes or fails.
// What is meant to hold: open under 1 s, search under 100 ms, a window of rows under 16 ms.

#include <memory>

#include <QCoreApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QRandomGenerator>
#include <QTemporaryDir>

#include <benchmark/benchmark.h>

#include "gallery/gallery_database.h"
#include "gallery/gallery_model.h"
#include "gallery/gallery_schema.h"

using namespace unfog;

namespace {

constexpr int kPictures = 100'000;

/// The index with its rows; the files themselves are not needed to search and scroll.
class Library final {
public:
    Library()
    {
        if (!prepareIndex(file()))
            qFatal("the index could not be made");
        const auto database = GalleryDatabase::open(file(), folder());
        QRandomGenerator random(1);
        const QStringList words{"fox",   "owl",   "snow",   "castle", "portrait", "of",       "a",
                                "red",   "misty", "forest", "oil",    "painting", "detailed", "sunset",
                                "river", "cat",   "robot",  "city",   "night",    "sea"};
        QList<GalleryEntry> batch;
        for (int i = 0; i < kPictures; ++i) {
            GalleryEntry entry;
            entry.file = QStringLiteral("%1/%2/%3.png").arg(folder()).arg(i / 500).arg(i);
            entry.created = QDateTime::fromMSecsSinceEpoch(1'700'000'000'000LL + i * 1000LL, Qt::UTC);
            entry.widthPx = entry.heightPx = 512;
            entry.stars = i % 50 == 0 ? 4 : 0;
            entry.contentHash = QStringLiteral("%1").arg(i, 64, 16, QLatin1Char('0'));
            QStringList prompt;
            for (int k = 0; k < 15; ++k)
                prompt.append(words[random.bounded(static_cast<int>(words.size()))]);
            if (i % 1000 == 0)
                prompt.append(QStringLiteral("zeppelin"));
            entry.prompt = prompt.join(u' ');
            entry.negativePrompt = QStringLiteral("blurry, low quality");
            entry.model = QStringLiteral("starter");
            entry.scheduler = QStringLiteral("dpmpp-2m");
            entry.seed = random.generate64();
            entry.steps = 20;
            entry.guidanceScale = 7.5;
            entry.parameters =
                QStringLiteral("%1\nNegative prompt: %2\nSteps: 20, Sampler: DPM++ 2M, CFG scale: 7.5, "
                               "Seed: %3, Size: 512x512, Model: starter")
                    .arg(entry.prompt, entry.negativePrompt)
                    .arg(entry.seed);
            entry.recordJson = QString(800, QLatin1Char('x'));
            batch.append(entry);
            if (batch.size() == 1000) {
                if (!(*database)->put(batch))
                    qFatal("the rows could not be written");
                batch.clear();
            }
        }
    }

    QString folder() const { return m_folder.filePath(QStringLiteral("pictures")); }
    QString file() const { return m_folder.filePath(QStringLiteral("gallery.db")); }

private:
    QTemporaryDir m_folder;
};

Library& library()
{
    static Library instance;
    return instance;
}

std::unique_ptr<GalleryStore> openStore()
{
    auto store = GalleryStore::open(library().folder(), library().file());
    if (!store)
        qFatal("%s", store.error().message.c_str());
    return std::move(*store);
}

void waitForRows(GalleryModel& model)
{
    QEventLoop loop;
    QObject::connect(&model, &GalleryModel::filterApplied, &loop, &QEventLoop::quit);
    if (model.isSearching())
        loop.exec();
}

/// From nothing to the first screen of rows.
void openView(benchmark::State& state)
{
    library();
    for (auto _ : state) {
        const auto store = openStore();
        GalleryModel model(*store, nullptr);
        waitForRows(model);
        for (int row = 0; row < 50; ++row)
            benchmark::DoNotOptimize(model.index(row).data(Qt::DisplayRole));
    }
}
BENCHMARK(openView)->Unit(benchmark::kMillisecond);

void search(benchmark::State& state, const char* text)
{
    const auto store = openStore();
    std::size_t found = 0;
    for (auto _ : state)
        found = store->find({QString::fromUtf8(text), 0}).size();
    state.counters["found"] = static_cast<double>(found);
}
BENCHMARK_CAPTURE(search, everything, "")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search, rare, "zeppelin")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search, nothing, "submarine")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search, common, "castle")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search, two_words, "castle robot")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search, in_every_picture, "sampler")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search, two_letters, "ze")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search, one_letter, "z")->Unit(benchmark::kMillisecond);

void searchStarred(benchmark::State& state)
{
    const auto store = openStore();
    for (auto _ : state)
        benchmark::DoNotOptimize(store->find({QStringLiteral("castle"), 4}));
}
BENCHMARK(searchStarred)->Unit(benchmark::kMillisecond);

/// A window of rows that was never looked at: what one step of scrolling costs at most.
void scrollWindow(benchmark::State& state)
{
    const auto store = openStore();
    GalleryModel model(*store, nullptr);
    waitForRows(model);
    QRandomGenerator random(2);
    double slowestMs = 0.0;
    for (auto _ : state) {
        const int row = random.bounded(model.rowCount() / GalleryModel::kWindow) * GalleryModel::kWindow;
        QElapsedTimer timer;
        timer.start();
        for (int i = row; i < row + GalleryModel::kWindow; ++i)
            benchmark::DoNotOptimize(model.index(i).data(Qt::DisplayRole));
        slowestMs = std::max(slowestMs, static_cast<double>(timer.nsecsElapsed()) / 1e6);
    }
    state.counters["slowest_ms"] = slowestMs;
}
BENCHMARK(scrollWindow)->Unit(benchmark::kMillisecond);

/// One new picture while everything is shown: its row, without asking for the rest again.
void addOne(benchmark::State& state)
{
    const auto store = openStore();
    for (auto _ : state)
        benchmark::DoNotOptimize(store->matches(kPictures / 2, {QStringLiteral("castle"), 0}));
}
BENCHMARK(addOne)->Unit(benchmark::kMillisecond);

} // namespace

int main(int argc, char** argv)
{
    QCoreApplication application(argc, argv);
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
