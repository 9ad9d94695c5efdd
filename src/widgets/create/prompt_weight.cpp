#include "widgets/create/prompt_weight.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace unfog {

namespace {

constexpr double minimumWeight = 0.1;
constexpr double maximumWeight = 2.0;

bool isEscaped(const QString& text, int position)
{
    int backslashes = 0;
    while (position - backslashes > 0 && text.at(position - backslashes - 1) == u'\\')
        ++backslashes;
    return backslashes % 2 == 1;
}

bool isBracket(const QString& text, int position)
{
    return QStringView(u"()[]").contains(text.at(position)) && !isEscaped(text, position);
}

bool isWordCharacter(const QString& text, int position)
{
    const QChar character = text.at(position);
    return !character.isSpace() && character != u',' && character != u':' && !isBracket(text, position);
}

struct Group {
    int open = 0;       ///< position of the opening bracket
    int close = 0;      ///< position of the closing bracket
    int content = 0;    ///< first character inside
    int contentEnd = 0; ///< one past the last character of the words, before ":1.1"
    double weight = 1.0;
};

Group describe(const QString& text, int open, int close)
{
    Group group{open, close, open + 1, close, 1.1};
    if (text.at(open) == u'[') {
        group.weight = 1.0 / 1.1;
        return group;
    }
    const int colon = static_cast<int>(text.lastIndexOf(u':', close));
    if (colon > open) {
        bool isNumber = false;
        const double weight =
            QStringView(text).mid(colon + 1, close - colon - 1).trimmed().toDouble(&isNumber);
        if (isNumber) {
            group.weight = weight;
            group.contentEnd = colon;
        }
    }
    return group;
}

std::vector<Group> groupsOf(const QString& text)
{
    std::vector<Group> groups;
    std::vector<int> open;
    for (int position = 0; position < text.size(); ++position) {
        if (!isBracket(text, position))
            continue;
        const QChar character = text.at(position);
        if (character == u'(' || character == u'[') {
            open.push_back(position);
        } else if (!open.empty() && text.at(open.back()) == (character == u')' ? u'(' : u'[')) {
            groups.push_back(describe(text, open.back(), position));
            open.pop_back();
        }
    }
    return groups; // inner groups come before the ones around them
}

WeightEdit withWeight(const QString& words, double weight, int start, int length)
{
    weight = std::clamp(std::round(weight * 10.0) / 10.0, minimumWeight, maximumWeight);
    WeightEdit edit{start, length, words, start, static_cast<int>(words.size())};
    if (std::abs(weight - 1.0) < 0.05)
        return edit;
    edit.replacement = QStringLiteral("(%1:%2)").arg(words, QString::number(weight, 'f', 1));
    edit.selectionStart = start + 1;
    return edit;
}

} // namespace

std::optional<WeightEdit> changeWeight(const QString& prompt, int selectionStart, int selectionLength,
                                       double delta)
{
    int start = selectionStart;
    int end = selectionStart + selectionLength;
    while (start < end && prompt.at(start).isSpace())
        ++start;
    while (end > start && prompt.at(end - 1).isSpace())
        --end;
    const bool nothingSelected = start == end;

    for (const Group& group : groupsOf(prompt)) {
        const bool inside = group.open < start && end <= group.close;
        const bool wholeContent = start == group.content && end == group.contentEnd;
        const bool wholeGroup = start == group.open && end == group.close + 1;
        if (wholeContent || wholeGroup || (nothingSelected && inside)) {
            const QString words = prompt.mid(group.content, group.contentEnd - group.content);
            return withWeight(words, group.weight + delta, group.open, group.close + 1 - group.open);
        }
    }

    if (nothingSelected) {
        while (start > 0 && isWordCharacter(prompt, start - 1))
            --start;
        while (end < prompt.size() && isWordCharacter(prompt, end))
            ++end;
    }
    if (start == end)
        return std::nullopt;
    return withWeight(prompt.mid(start, end - start), 1.0 + delta, start, end - start);
}

} // namespace unfog
