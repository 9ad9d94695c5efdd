#include "widgets/controllers/live_mode.h"

namespace unfog {

LiveMode::LiveMode(Ask ask, Submit submit, QObject* parent)
    : QObject(parent), m_ask(std::move(ask)), m_submit(std::move(submit))
{
    m_turn.setSingleShot(true);
    m_turn.setInterval(0);
    connect(&m_turn, &QTimer::timeout, this, &LiveMode::submitNewest);
}

void LiveMode::setOn(bool on)
{
    if (on == m_on)
        return;
    m_on = on;
    m_last.reset();
    if (on)
        m_turn.start();
    else
        m_turn.stop();
    Q_EMIT changed(on);
}

void LiveMode::requestChanged()
{
    if (m_on)
        m_turn.start();
}

void LiveMode::submitNewest()
{
    GenerationRequest request = m_ask();
    request.output.count = 1; // one picture at a time is what the canvas can show
    if (m_last && *m_last == request)
        return;
    m_last = request;
    m_submit(request);
}

} // namespace unfog
