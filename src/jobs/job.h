#pragma once

#include <QDateTime>
#include <QMetaType>
#include <QString>
#include <QStringList>

#include "generation/generation_request.h"

/// One entry of the queue: what is asked, how far it got, what came of it.
namespace unfog {

/// Never used twice in one journal; 0 is no job.
using JobId = quint64;

enum class JobState { Waiting, Running, Done, Failed, Cancelled };

struct Job {
    JobId id = 0;
    GenerationRequest request;
    JobState state = JobState::Waiting;
    bool live = false; ///< of live mode: not in the list, not in the journal, never retried
    QString error;     ///< one sentence; only with Failed
    QDateTime created; ///< UTC, all three
    QDateTime started; ///< invalid until it ran
    QDateTime ended;   ///< invalid until its end signal
    int imagesFinished = 0;
    QStringList files; ///< of the pictures that were saved, absolute

    bool hasEnded() const { return state != JobState::Waiting && state != JobState::Running; }
    bool operator==(const Job&) const = default;
};

} // namespace unfog

Q_DECLARE_METATYPE(unfog::Job)
