// Opens the real window in a folder of its own, works with it as a person would, and saves what it looks like
// at each stage. Usage: unfog-screenshots FOLDER [--fake] [--theme light|dark] [--only NAME,NAME]
#include <cstdio>
#include <functional>

#include <QApplication>
#include <QDir>
#include <QDockWidget>
#include <QJsonObject>
#include <QPainter>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

#include "app/english_plurals.h"
#include "app/studio.h"
#include "app/token_counters.h"
#include "app/window_fixture.h"
#include "base/starter_model.h"
#include "pipeline/run/sampler_catalog.h"
#include "pipeline/run/torch_engine.h"
#include "studio_support/fake_engine.h"
#include "studio_support/sample_pictures.h"
#include "widgets/canvas/canvas_view.h"
#include "widgets/canvas/run_viewer.h"
#include "widgets/create/generate_panel.h"
#include "widgets/export/export_dialog.h"
#include "widgets/gallery/gallery_panel.h"
#include "widgets/gallery/thumbnail_grid.h"

using namespace unfog;

namespace {

constexpr int waitMs = 300000;

void waitFor(const std::function<bool()>& condition, const char* what)
{
    if (!QTest::qWaitFor(condition, waitMs))
        std::fprintf(stderr, "gave up waiting for %s\n", what);
}

class Photographer final {
public:
    Photographer(MainWindow& window, Studio& studio, QString folder, QStringList only)
        : m_window(window), m_studio(studio), m_folder(std::move(folder)), m_only(std::move(only))
    {
    }

    void settle(int ms = 400) const { QTest::qWait(ms); }

    void take(const QString& name, QWidget* dialog = nullptr)
    {
        settle();
        takeNow(name, dialog);
    }

    void takeNow(const QString& name, QWidget* dialog = nullptr)
    {
        if (!m_only.isEmpty() && !m_only.contains(name))
            return;
        QPixmap picture = m_window.grab();
        if (dialog) {
            QPainter painter(&picture);
            painter.fillRect(picture.rect(), QColor(0, 0, 0, 90));
            const QPixmap front = dialog->grab();
            painter.drawPixmap((m_window.width() - dialog->width()) / 2,
                               (m_window.height() - dialog->height()) / 2, front);
        }
        const QString file = QDir(m_folder).filePath(name + QStringLiteral(".png"));
        std::printf("%s %s\n", qPrintable(file), picture.save(file) ? "saved" : "NOT SAVED");
        std::fflush(stdout);
    }

    void generate(const std::string& prompt, std::uint64_t seed, bool wait = true)
    {
        GenerationRequest request = m_window.form().request();
        request.prompts.positive = prompt;
        request.output.seed = seed;
        m_window.form().setRequest(request);
        m_window.form().setSeedLocked(true);
        m_window.actions().action(QStringLiteral("run.generate"))->trigger();
        if (wait)
            waitForIdle();
    }

    void waitForIdle() const
    {
        waitFor([this] { return !m_studio.worker().isRunning() && m_studio.queue().waitingCount() == 0; },
                "the queue");
        m_studio.saver().drain();
        settle();
    }

private:
    MainWindow& m_window;
    Studio& m_studio;
    const QString m_folder;
    const QStringList m_only;
};

const char* const subjects[] = {"a red apple on a blue background",
                                "a snowman on a purple background",
                                "a grinning face on a pink background",
                                "a strawberry on a yellow background",
                                "a rocket, blueprint",
                                "a mushroom on a green background, pixel art",
                                "a tree on an orange background",
                                "a heart on a white background, watercolour",
                                "a sun on a blue background",
                                "a cat on a green background"};

void photographAll(Photographer& photographer, MainWindow& window, Studio& studio, test::FakeControl* fake,
                   int pictures)
{
    photographer.take(QStringLiteral("first-start"));

    window.form().promptEditor()->setText(QString::fromLatin1(subjects[0]));
    for (int number = 1; number < pictures; ++number)
        photographer.generate(subjects[number % std::size(subjects)], static_cast<std::uint64_t>(number),
                              false);
    photographer.waitForIdle();
    studio.queue().clearEnded();

    // The picture of the tour: caught in the middle of many steps, afterwards finished with fewer.
    GenerationRequest request = window.form().request();
    request.sampler.steps = 400;
    window.form().setRequest(request);
    if (fake)
        fake->holdBeforeStep(0, 240);
    photographer.generate("a (red:1.2) apple on a blue background", 1, false);
    for (int later = 2; later <= 4; ++later)
        photographer.generate(subjects[later], static_cast<std::uint64_t>(later), false);
    request.prompts.positive = "a (red:1.2) apple on a blue background";
    request.output.seed = 1;
    window.form().setRequest(request);
    waitFor(
        [&] {
            const StepHistoryPtr history = studio.worker().history();
            return window.viewer().history() == history && history->newest() &&
                   history->newest()->step >= 230;
        },
        "the running image");
    photographer.takeNow(QStringLiteral("running"));
    if (fake)
        fake->release();
    studio.queue().cancelAll();
    photographer.waitForIdle();
    studio.queue().clearEnded();
    request.sampler.steps = 30;
    window.form().setRequest(request);
    for (int later = 2; later <= 4; ++later)
        photographer.generate(subjects[later], static_cast<std::uint64_t>(later), false);
    photographer.waitForIdle();
    photographer.generate("a (red:1.2) apple on a blue background", 1);
    photographer.take(QStringLiteral("finished"));

    window.viewer().goToFrame(9);
    photographer.settle(1200);
    photographer.take(QStringLiteral("scrubbing"));
    window.viewer().setShown(RunViewer::Shown::Sample);
    photographer.settle(1200);
    photographer.take(QStringLiteral("scrubbing-noise"));
    window.viewer().setShown(RunViewer::Shown::PredictedOriginal);

    auto* grid = window.gallery().grid();
    const QList<PictureId> rated{studio.store().find({}).at(1), studio.store().find({}).at(4)};
    studio.store().setStars(rated, 4);
    window.resize(1440, 900);
    window.resizeDocks(window.findChildren<QDockWidget*>(QStringLiteral("galleryDock")), {560},
                       Qt::Horizontal);
    grid->setThumbnailSidePx(96);
    grid->setCurrentIndex(grid->model()->index(1, 0));
    photographer.settle(1500);
    photographer.take(QStringLiteral("gallery"));

    grid->selectionModel()->select(QItemSelection(grid->model()->index(0, 0), grid->model()->index(11, 0)),
                                   QItemSelectionModel::ClearAndSelect);
    photographer.settle();
    ExportDialog* dialog = window.openExport();
    ExportPlan plan = dialog->plan();
    plan.folder = QStringLiteral("/home/ada/Pictures/Unfog export");
    plan.contactSheet = true;
    dialog->setPlan(plan);
    photographer.take(QStringLiteral("export"), dialog);
    dialog->reject();

    QJsonObject open;
    for (const char* section : {"initImage", "preview", "advanced"})
        open.insert(QString::fromLatin1(section), true);
    window.form().setOpenSections(open);
    window.resize(1280, 1300);
    photographer.take(QStringLiteral("advanced"));
    window.form().setOpenSections({});
    window.resize(1280, 800);
}

} // namespace

int main(int argc, char** argv)
{
    QApplication application(argc, argv);
    QApplication::setApplicationName(QStringLiteral("unfog"));
    EnglishPlurals plurals;
    QApplication::installTranslator(&plurals);
    QStringList arguments = QApplication::arguments().mid(1);
    const bool wantsFake = arguments.removeAll(QStringLiteral("--fake")) > 0;
    const auto valueOf = [&arguments](const QString& name) {
        const auto at = arguments.indexOf(name);
        if (at < 0 || at + 1 >= arguments.size())
            return QString();
        const QString value = arguments.at(at + 1);
        arguments.remove(at, 2);
        return value;
    };
    const QString theme = valueOf(QStringLiteral("--theme"));
    const QString count = valueOf(QStringLiteral("--pictures"));
    const QStringList only = valueOf(QStringLiteral("--only")).split(u',', Qt::SkipEmptyParts);
    if (arguments.size() != 1 || !QDir().mkpath(arguments.constFirst())) {
        std::fprintf(
            stderr,
            "usage: unfog-screenshots FOLDER [--fake] [--theme light|dark] [--pictures N] [--only A,B]\n");
        return 2;
    }

    const QTemporaryDir home;
    auto control = std::make_shared<test::FakeControl>();
    EngineFactory factory = [control] { return std::make_unique<test::FakeEngine>(control); };
    SamplerCatalog catalog = test::sampleCatalog();
    if (!wantsFake) {
        factory = [] { return makeTorchEngine(); };
        catalog = samplerCatalog();
    }
    auto studio = Studio::open(StudioFolders::under(home.path()), factory);
    if (!studio) {
        std::fprintf(stderr, "%s\n", studio.error().message.c_str());
        return 1;
    }
    (*studio)->settings().update([&theme](StudioState& state) {
        state.theme = theme == QLatin1String("dark") ? ThemeChoice::Dark : ThemeChoice::Light;
    });
    {
        QSignalSpy ready(&(*studio)->worker(), &GenerationWorker::modelReady);
        MainWindow window(windowParts(**studio, catalog, &makeTokenCounter,
                                      QString::fromStdString(findStarterModel().string())));
        window.resize(1280, 800);
        window.show();
        waitFor([&ready] { return !ready.isEmpty(); }, "the model");
        Photographer photographer(window, **studio, arguments.constFirst(), only);
        photographAll(photographer, window, **studio, wantsFake ? control.get() : nullptr,
                      count.isEmpty() ? 50 : count.toInt());
    }
    studio->reset();
    return 0;
}
