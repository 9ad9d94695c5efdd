#pragma once

#include <QString>

#include "widgets/prompt_editor.h"

namespace unfog {

/// The counter of a model's tokens by its own vocabulary. A single file that carries none, or a vocabulary
/// that can not be read, gives an empty counter: the form then shows no count; the engine says what is wrong
/// when it runs.
TokenCounter makeTokenCounter(const QString& model, const QString& tokenizer);

} // namespace unfog
