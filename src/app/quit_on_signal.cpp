#include "app/quit_on_signal.h"

#ifdef Q_OS_UNIX
#include <array>
#include <csignal>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include <QSocketNotifier>
#endif

namespace unfog {

#ifdef Q_OS_UNIX

namespace {

constexpr std::array signals{SIGTERM, SIGINT, SIGHUP};
int pipeEnds[2] = {-1, -1}; // a signal handler may do little more than write

void onSignal(int)
{
    const char one = 1;
    [[maybe_unused]] const auto written = ::write(pipeEnds[1], &one, 1);
}

} // namespace

QuitOnSignal::QuitOnSignal(QObject* parent) : QObject(parent)
{
    if (::pipe2(pipeEnds, O_CLOEXEC | O_NONBLOCK) != 0)
        return;
    auto* notifier = new QSocketNotifier(pipeEnds[0], QSocketNotifier::Read, this);
    connect(notifier, &QSocketNotifier::activated, this, [this] {
        std::array<char, 16> drained{};
        while (::read(pipeEnds[0], drained.data(), drained.size()) > 0) {
        }
        Q_EMIT asked();
    });
    for (const int number : signals) {
        if (std::signal(number, onSignal) == SIG_IGN)
            std::signal(number, SIG_IGN); // somebody wants it survived: nohup
    }
}

QuitOnSignal::~QuitOnSignal()
{
    for (const int number : signals)
        std::signal(number, SIG_DFL);
    for (int& end : pipeEnds)
        ::close(std::exchange(end, -1));
}

#else

QuitOnSignal::QuitOnSignal(QObject* parent) : QObject(parent) {}
QuitOnSignal::~QuitOnSignal() = default;

#endif

} // namespace unfog
