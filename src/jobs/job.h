#pragma once

#include <QDateTime>
#include <QMetaType>
#include <QString>
#include <QStringList>

#include "generation/request/generation_request.h"
#include "jobs/image_set.h"

/// One entry of the queue: what is asked, how far it got, what came of it.
namespace unfog {

/// Never used twice in one journal; 0 is no job.
using JobId = quint64;
/// Larger ones are not ours: counting up from them would end.
inline constexpr JobId kMaxJobId = JobId{1} << 53;

enum class JobState { Waiting, Running, Done, Failed, Cancelled };

struct Job {
    JobId id = 0;
    GenerationRequest request;
    JobState state = JobState::Waiting;
    bool live = false;      ///< of live mode: not in the list, not in the journal, never retried
    QString error;          ///< one sentence; only with Failed
    QDateTime created;      ///< UTC, all three
    QDateTime started;      ///< invalid until it ran
    QDateTime ended;        ///< invalid until its end signal
    int imagesFinished = 0; ///< computed: images 0 … imagesFinished − 1; a waiting job goes on with the next
    int firstOfRun = 0;     ///< the image that the present or last run began with
    ImageSet saved;         ///< images that are on the disk: only these count as finished after a crash
    ImageSet discarded;     ///< images that could not be saved and were given up by a person
    bool saveFailed = false; ///< an image of this session is in memory only
    QStringList files;       ///< of the images that were saved, absolute

    bool hasEnded() const { return state != JobState::Waiting && state != JobState::Running; }
    /// Image of this seed; seeds count up from the request's and wrap.
    int indexOf(quint64 seed) const { return static_cast<int>(seed - request.output.seed); }
    /// Every computed image is on the disk or was given up.
    bool isSettled() const { return saved.united(discarded).firstAbsent() >= imagesFinished; }
    /// Fewer images are on the disk than were computed, and not because they are on their way there.
    bool isIncomplete() const { return saveFailed || !discarded.isEmpty(); }
    /// What is still to be computed, with the seeds and the number of images that are left.
    GenerationRequest remaining() const;
    bool operator==(const Job&) const = default;
};

} // namespace unfog

Q_DECLARE_METATYPE(unfog::Job)
