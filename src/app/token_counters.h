#pragma once

#include <QString>

#include "widgets/create/prompt_editor.h"

namespace unfog {

/// The counter of a model's tokens by the vocabulary that a run would use. A model that cannot be opened, or
/// one without a vocabulary that fits, gives an empty counter: the form then shows no count; the engine says
/// what is wrong when it runs. Any thread.
TokenCounter makeTokenCounter(const QString& model, const QString& tokenizer);

} // namespace unfog
