// The studio without its window, to be killed: works through a queue as fast as it can.
//   unfog-queue-process HOME COUNT   goes on with the queue of HOME, or begins one of COUNT images with the
//   seeds 1000 on
// Prints a line per computed image and ends with 0 when every image is saved.

#include <cstdio>

#include <QCoreApplication>
#include <QGuiApplication>

#include "app/studio.h"
#include "studio_support/fake_engine.h"
#include "studio_support/sample_pictures.h"

using namespace unfog;

int main(int argc, char** argv)
{
    QGuiApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.size() != 3)
        return 2;
    const auto control = std::make_shared<test::FakeControl>();
    auto studio = Studio::open(StudioFolders::under(arguments.at(1)),
                               [control] { return std::make_unique<test::FakeEngine>(control); });
    if (!studio) {
        std::fprintf(stderr, "%s\n", studio.error().message.c_str());
        return 1;
    }
    JobQueue& queue = (*studio)->queue();
    PictureSaver& saver = (*studio)->saver();
    const auto endIfDone = [&] {
        if (!queue.running() && queue.waitingCount() == 0 && !saver.isBusy())
            QCoreApplication::quit();
    };
    QObject::connect(&queue, &JobQueue::imageFinished, &application,
                     [](const Job&, const GeneratedImagePtr& image) {
                         std::printf("%llu\n", static_cast<unsigned long long>(image->request.output.seed));
                         std::fflush(stdout);
                     });
    QObject::connect(&queue, &JobQueue::runEnded, &application, endIfDone, Qt::QueuedConnection);
    QObject::connect(&saver, &PictureSaver::saved, &application, endIfDone, Qt::QueuedConnection);
    queue.setPaused(false); // what is left of the last time waits for a person
    if (queue.jobs().isEmpty())
        queue.add(test::sampleRequest("kill", 1000, 1, arguments.at(2).toInt()));
    QMetaObject::invokeMethod(&application, endIfDone, Qt::QueuedConnection);
    return QGuiApplication::exec();
}
