#include "export/name_template.h"

#include <algorithm>
#include <optional>

#include <QList>
#include <QRegularExpression>

namespace unfog {

namespace {

struct Placeholder {
    const char* name;
    QString (*value)(const NameValues&);
    bool isNumber = false; ///< ":n" pads with zeros instead of cutting
};

constexpr Placeholder kPlaceholders[] = {
    {"date",
     [](const NameValues& v) { return v.created.toLocalTime().toString(QStringLiteral("yyyy-MM-dd")); }},
    {"time", [](const NameValues& v) { return v.created.toLocalTime().toString(QStringLiteral("HHmmss")); }},
    {"seed", [](const NameValues& v) { return QString::number(v.seed); }, true},
    {"prompt", [](const NameValues& v) { return v.prompt.simplified(); }},
    {"negative", [](const NameValues& v) { return v.negativePrompt.simplified(); }},
    {"model", [](const NameValues& v) { return v.model; }},
    {"scheduler", [](const NameValues& v) { return v.scheduler; }},
    {"steps", [](const NameValues& v) { return QString::number(v.steps); }, true},
    {"guidance", [](const NameValues& v) { return QString::number(v.guidanceScale); }},
    {"width", [](const NameValues& v) { return QString::number(v.widthPx); }, true},
    {"height", [](const NameValues& v) { return QString::number(v.heightPx); }, true},
    {"number", [](const NameValues& v) { return QString::number(v.number); }, true},
    {"stars", [](const NameValues& v) { return QString::number(v.stars); }, true},
    {"name", [](const NameValues& v) { return v.originalName; }},
};

/// Plain text, or one placeholder.
struct Part {
    QString text;
    const Placeholder* placeholder = nullptr;
    int length = 0; ///< 0 = not limited
};

Result<Part> parsePlaceholder(const QString& inside)
{
    const qsizetype colon = inside.indexOf(u':');
    const QString name = inside.left(colon < 0 ? inside.size() : colon);
    Part part;
    for (const Placeholder& candidate : kPlaceholders) {
        if (name == QLatin1String(candidate.name))
            part.placeholder = &candidate;
    }
    if (!part.placeholder)
        return fail(ErrorKind::InvalidRequest,
                    "\"{" + inside.toStdString() + "}\" is not known; known are " +
                        knownPlaceholders().join(QLatin1String(", ")).toStdString() + ".");
    if (colon >= 0) {
        bool isNumber = false;
        part.length = inside.mid(colon + 1).toInt(&isNumber);
        if (!isNumber || part.length < 1 || part.length > 200)
            return fail(ErrorKind::InvalidRequest,
                        "The length in \"{" + inside.toStdString() + "}\" must be a number from 1 to 200.");
    }
    return part;
}

Result<QList<Part>> parseTemplate(const QString& nameTemplate)
{
    QList<Part> parts;
    QString plain;
    const auto isDouble = [&](qsizetype at) {
        return at + 1 < nameTemplate.size() && nameTemplate[at + 1] == nameTemplate[at];
    };
    for (qsizetype at = 0; at < nameTemplate.size(); ++at) {
        const QChar letter = nameTemplate[at];
        if ((letter == u'{' || letter == u'}') && isDouble(at)) {
            plain += letter;
            ++at;
        } else if (letter == u'}') {
            return fail(ErrorKind::InvalidRequest,
                        "The name has a \"}\" without its \"{\"; write \"}}\" for a brace.");
        } else if (letter == u'{') {
            const qsizetype end = nameTemplate.indexOf(u'}', at);
            if (end < 0)
                return fail(ErrorKind::InvalidRequest,
                            "The name has a \"{\" without its \"}\"; write \"{{\" for a brace.");
            const auto part = parsePlaceholder(nameTemplate.mid(at + 1, end - at - 1));
            if (!part)
                return tl::unexpected<Error>(part.error());
            parts.append(Part{plain, nullptr, 0});
            parts.append(*part);
            plain.clear();
            at = end;
        } else {
            plain += letter;
        }
    }
    parts.append(Part{plain, nullptr, 0});
    if (std::all_of(parts.begin(), parts.end(),
                    [](const Part& part) { return !part.placeholder && part.text.trimmed().isEmpty(); }))
        return fail(ErrorKind::InvalidRequest, "The name is empty; try \"{date}-{seed}-{prompt:40}\".");
    return parts;
}

/// At most `maxLength` characters as people count them: no half of a surrogate pair, no accent without its
/// letter.
QString cut(const QString& text, int maxLength)
{
    qsizetype end = 0;
    int count = 0;
    while (end < text.size()) {
        qsizetype next = end + (text[end].isHighSurrogate() && end + 1 < text.size() ? 2 : 1);
        while (next < text.size() && text[next].isMark())
            ++next;
        if (count == maxLength)
            break;
        ++count;
        end = next;
    }
    return text.left(end).trimmed();
}

bool isForbidden(QChar letter)
{
    static const QString kForbidden = QStringLiteral("<>:\"/\\|?*");
    return letter.category() == QChar::Other_Control || letter.category() == QChar::Other_Format ||
           letter.category() == QChar::Separator_Line || letter.category() == QChar::Separator_Paragraph ||
           kForbidden.contains(letter);
}

QString withoutEdges(QString text)
{
    const auto isEdge = [](QChar letter) { return letter == u'.' || letter.isSpace(); };
    while (!text.isEmpty() && isEdge(text.back()))
        text.chop(1);
    qsizetype begin = 0;
    while (begin < text.size() && isEdge(text[begin]))
        ++begin;
    return text.mid(begin);
}

bool isKeptByWindows(const QString& name)
{
    static const QRegularExpression kDevice(
        QStringLiteral("^(con|prn|aux|nul|conin\\$|conout\\$|(com|lpt)[0-9¹²³])$"),
        QRegularExpression::CaseInsensitiveOption | QRegularExpression::UseUnicodePropertiesOption);
    return kDevice.match(name.section(u'.', 0, 0).trimmed()).hasMatch();
}

} // namespace

QStringList knownPlaceholders()
{
    QStringList names;
    for (const Placeholder& placeholder : kPlaceholders)
        names.append(QStringLiteral("{%1}").arg(QLatin1String(placeholder.name)));
    return names;
}

QStringList usedPlaceholders(const QString& nameTemplate)
{
    QStringList names;
    const auto parts = parseTemplate(nameTemplate);
    for (const Part& part : parts.value_or(QList<Part>())) {
        if (part.placeholder)
            names.append(QStringLiteral("{%1}").arg(QLatin1String(part.placeholder->name)));
    }
    names.removeDuplicates();
    return names;
}

Result<void> checkTemplate(const QString& nameTemplate)
{
    const auto parts = parseTemplate(nameTemplate);
    return parts ? Result<void>() : Result<void>(tl::unexpected<Error>(parts.error()));
}

Result<QString> expandTemplate(const QString& nameTemplate, const NameValues& values, const QString& suffix)
{
    const auto parts = parseTemplate(nameTemplate);
    if (!parts)
        return tl::unexpected<Error>(parts.error());
    QString name;
    for (const Part& part : *parts) {
        if (!part.placeholder) {
            name += part.text;
            continue;
        }
        const QString value = part.placeholder->value(values);
        if (part.length == 0)
            name += value;
        else
            name += part.placeholder->isNumber ? value.rightJustified(part.length, u'0')
                                               : cut(value, part.length);
    }
    constexpr int kMaxBytes = 200;
    const int suffixBytes = static_cast<int>(suffix.toUtf8().size()) + 1;
    return safeFileName(name, kMaxBytes - suffixBytes) + u'.' + suffix;
}

QString safeFileName(const QString& text, int maxBytes)
{
    QString name;
    // Through UTF-8 and back: what is no text (half a surrogate pair) is no file name either.
    for (const QChar letter : QString::fromUtf8(text.toUtf8())) {
        if (letter.category() == QChar::Other_Format)
            continue; // zero-width and bidirectional marks: names that look alike and are not
        name += isForbidden(letter) ? QChar(u'_') : letter;
    }
    name = withoutEdges(name);
    if (isKeptByWindows(name))
        name.prepend(u'_');
    while (name.toUtf8().size() > maxBytes) {
        const bool isPair = name.size() >= 2 && name.back().isLowSurrogate();
        name.chop(isPair ? 2 : 1);
    }
    name = withoutEdges(name);
    return name.isEmpty() ? QStringLiteral("unnamed") : name;
}

} // namespace unfog
