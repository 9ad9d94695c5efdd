#pragma once

#include <string>
#include <string_view>
#include <vector>

/// What other programs read in a prompt and this one does not apply, so that no run takes it for words in
/// silence.
namespace unfog {

/// `prompt` without the tags of networks that are not applied here: `<lora:name:0.8>`, `<lyco:…>`,
/// `<hypernet:…>`. They name files, which are no words of the image.
std::string withoutNetworkTags(std::string_view prompt);

/// One sentence for each kind of syntax that is found, without a full stop, with the first place where it
/// stands: tags of networks, prompt editing `[a:b:0.5]`, alternation `[a|b]`, `AND`, `BREAK`, choices
/// `{a|b}`, wildcards
/// `__name__`, embeddings `embedding:name`. `weighted`: brackets are weights, and network tags are left out;
/// else all of it is text.
std::vector<std::string> unappliedSyntax(std::string_view prompt, bool weighted);

} // namespace unfog
