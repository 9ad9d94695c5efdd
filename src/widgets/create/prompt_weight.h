#pragma once

#include <optional>

#include <QString>

/// Ctrl+Up and Ctrl+Down in a prompt: give the selection, the word or the bracket group at the cursor another
/// weight, in the A1111 notation that the engine reads: (a:1.2), (a) = 1.1, [a] = 1/1.1, and \( \) for plain
/// brackets.
namespace unfog {

/// Replace `length` characters from `start` on, then select.
struct WeightEdit {
    int start = 0;
    int length = 0;
    QString replacement;
    int selectionStart = 0;
    int selectionLength = 0;
};

/// Weights stay in 0.1 … 2.0 and have one decimal; at 1.0 the brackets go. None when there is no word.
/// An empty selection means the innermost group around the cursor, or else the word there.
std::optional<WeightEdit> changeWeight(const QString& prompt, int selectionStart, int selectionLength,
                                       double delta);

} // namespace unfog
