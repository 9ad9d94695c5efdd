#include <cstdio>

#include <QCommandLineParser>
#include <QElapsedTimer>
#include <QFileInfo>
#include <QIcon>
#include <QMessageBox>
#include <QTimer>

#include "app/english_plurals.h"
#include "app/guarded_application.h"
#include "app/quit_on_signal.h"
#include "app/single_instance.h"
#include "app/studio.h"
#include "app/token_counters.h"
#include "base/starter_model.h"
#include "pipeline/device/compute_threads.h"
#include "pipeline/device/device_report.h"
#include "pipeline/run/sampler_catalog.h"
#include "pipeline/run/torch_engine.h"
#include "program/program_start.h"
#include "threads/run_guarded.h"
#include "widgets/fields/symbolic_icon.h"
#include "widgets/notices/notice_bar.h"
#include "widgets/window/main_window.h"

namespace {

/// Milliseconds from the start of main to the first turn of the event loop with the window on the screen.
void reportStart(const QElapsedTimer& sinceStart)
{
    std::fprintf(stderr, "window usable after %lld ms\n", static_cast<long long>(sinceStart.elapsed()));
}

/// Paths are foreign text.
void showProblem(const QString& text)
{
    QMessageBox box(QMessageBox::Critical, QApplication::translate("main", "Unfog can't start"), text,
                    QMessageBox::Ok);
    box.setTextFormat(Qt::PlainText);
    box.exec();
}

} // namespace

int main(int argc, char** argv)
{
    unfog::startProgram();
    QElapsedTimer sinceStart;
    sinceStart.start();
    QGuiApplication::setHighDpiScaleFactorRoundingPolicy(Qt::HighDpiScaleFactorRoundingPolicy::PassThrough);
    unfog::GuardedApplication application(argc, argv);
    QApplication::setApplicationName(QStringLiteral("unfog"));
    QApplication::setApplicationDisplayName(QStringLiteral("Unfog"));
    QApplication::setApplicationVersion(QString::fromStdString(unfog::engineVersion()));
    QApplication::setDesktopFileName(QStringLiteral("unfog"));
    unfog::loadIcons();
    QApplication::setWindowIcon(QIcon(QStringLiteral(":/unfog/unfog.svg")));

    unfog::EnglishPlurals plurals;
    QApplication::installTranslator(&plurals);

    QCommandLineParser arguments;
    arguments.setApplicationDescription(QApplication::translate("main", "A studio for latent diffusion."));
    arguments.addHelpOption();
    arguments.addVersionOption();
    const QCommandLineOption home(
        QStringLiteral("home"),
        QApplication::translate("main", "Keep images, settings and queue below this folder."),
        QStringLiteral("folder"));
    const QCommandLineOption timing(QStringLiteral("report-start"),
                                    QApplication::translate("main", "Say how long the start took."));
    arguments.addOptions({home, timing});
    arguments.addPositionalArgument(QStringLiteral("pictures"),
                                    QApplication::translate("main", "Images to read parameters from."),
                                    QStringLiteral("[images…]"));
    arguments.process(application);

    const auto folders = arguments.isSet(home) ? unfog::StudioFolders::under(arguments.value(home))
                                               : unfog::StudioFolders::standard();
    unfog::SingleInstance instance(folders.data);
    QStringList pictures;
    for (const QString& file : arguments.positionalArguments())
        pictures.append(QFileInfo(file).absoluteFilePath());
    switch (instance.claim(pictures)) {
    case unfog::SingleInstance::Claim::Mine:
        break;
    case unfog::SingleInstance::Claim::Handed:
        std::fprintf(stderr, "Unfog is already open; its window was brought to the front.\n");
        return 0;
    case unfog::SingleInstance::Claim::Blocked:
        showProblem(QApplication::translate("main",
                                            "Another Unfog is using this folder but isn't responding. If "
                                            "none is running, remove “%1” and start again.")
                        .arg(instance.lockFile()));
        return 1;
    }
    auto studio = unfog::Studio::open(folders, [cache = folders.cache.toStdString()] {
        return unfog::makeTorchEngine({.cacheFolder = cache});
    });
    if (!studio) {
        showProblem(QString::fromStdString(studio.error().message));
        return 1;
    }
    unfog::StudioSettings& settings = (*studio)->settings();
    const auto useThreads = [&settings] { unfog::setComputeThreads(settings.state().threads); };
    useThreads();
    QObject::connect(&settings, &unfog::StudioSettings::changed, &settings, useThreads);
    int result = 0;
    {
        unfog::MainWindow window(unfog::windowParts(
            **studio, unfog::samplerCatalog(), &unfog::makeTokenCounter,
            QString::fromStdString(unfog::findStarterModel().string()), &unfog::reportDevices));
        unfog::setInternalErrorHandler([&window](const QString& sentence) {
            QMetaObject::invokeMethod(
                &window,
                [&window, sentence] { window.notices().announce(unfog::NoticeBar::Kind::Problem, sentence); },
                Qt::QueuedConnection);
        });
        window.show();
        QObject::connect(&instance, &unfog::SingleInstance::called, &window,
                         [&window](const QStringList& files) {
                             window.setWindowState(window.windowState() & ~Qt::WindowMinimized);
                             window.raise();
                             window.activateWindow();
                             if (!files.isEmpty())
                                 window.readParameters(files);
                         });
        const unfog::QuitOnSignal signal;
        QObject::connect(&signal, &unfog::QuitOnSignal::asked, &window, [&window] { window.close(); });
        if (arguments.isSet(timing))
            QTimer::singleShot(0, &window, [&sinceStart] { reportStart(sinceStart); });
        if (!pictures.isEmpty())
            window.readParameters(pictures);
        result = QApplication::exec();
        instance.stopAnswering();
        unfog::setInternalErrorHandler({});
    }
    studio->reset();
    return result;
}
