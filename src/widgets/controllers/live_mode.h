#pragma once

#include <functional>

#include <QObject>
#include <QTimer>

#include "generation/request/generation_request.h"

namespace unfog {

/// Turns changes of the form into live runs. Changes that come within one turn of the event loop are one; a
/// request that was submitted already is not submitted again. What runs is replaced by the queue
/// (JobQueue::runLive).
class LiveMode final : public QObject {
    Q_OBJECT
public:
    using Ask = std::function<GenerationRequest()>;
    using Submit = std::function<void(const GenerationRequest&)>;

    /// `ask` reads the form when it is time, so that the newest wins.
    LiveMode(Ask ask, Submit submit, QObject* parent = nullptr);

    bool isOn() const { return m_on; }
    /// Switching on submits at once.
    void setOn(bool on);
    void requestChanged();
    /// The next change is submitted even if it is the same request: the last run did not end well.
    void forget() { m_last.reset(); }

Q_SIGNALS:
    void changed(bool on);

private:
    void submitNewest();

    const Ask m_ask;
    const Submit m_submit;
    QTimer m_turn;
    bool m_on = false;
    std::optional<GenerationRequest> m_last;
};

} // namespace unfog
