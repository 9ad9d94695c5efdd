#pragma once

#include <QSize>
#include <QString>

#include "jobs/job.h"

/// Jobs in words, for the queue.
namespace unfog {

/// What `job` asks for otherwise than `before`: "seed 8, guidance 6"; the size, steps and seed where there is
/// none before it. "" : nothing but the prompt.
QString differenceText(const Job& job, const Job* before);

/// Work in units that take about the same time with one model: network evaluations of a million pixels.
/// `nativeSizePx` stands for sizes that are left to the model.
double workOf(const GenerationRequest& request, QSize nativeSizePx);

} // namespace unfog
