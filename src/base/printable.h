#pragma once

#include <string>
#include <string_view>

/// Texts from files, as they may be shown where a person reads: on a terminal, a control character can move
/// the cursor, hide text, change the title or paste what was never typed.
namespace unfog {

/// One line. Escaped are: C0 controls, DEL and bytes that are no UTF-8 as `\x1b`, newline and tab as `\n` and
/// `\t`; C1 controls, characters that change the direction of writing (U+061C, U+200E, U+200F, U+202A …
/// U+202E, U+2066 … U+2069), byte order marks, line and paragraph separators and tags (U+E0000 … U+E007F) as
/// `\u{202e}`. All else, backslashes too, stays as it is.
std::string printableLine(std::string_view text);

/// The same for several lines: newline (CR LF too) and tab stay.
std::string printableLines(std::string_view text);

/// A JSON text that means the same, with DEL, C1 controls and the characters above as `\u202e`. `json` must
/// be well-formed.
std::string printableJson(std::string_view json);

} // namespace unfog
