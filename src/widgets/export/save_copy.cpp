#include "widgets/export/save_copy.h"

#include <QFileInfo>

#include "base/files/write_file.h"
#include "export/export_picture.h"
#include "export/name_template.h"

namespace unfog {

namespace {

constexpr int promptLetters = 60;
constexpr int nameBytes = 150;
constexpr int quality = 95;

} // namespace

QString copyName(const QString& prompt, quint64 seed)
{
    const QString words = prompt.simplified().left(promptLetters).trimmed();
    return safeFileName((words.isEmpty() ? QStringLiteral("image") : words) + u'-' + QString::number(seed),
                        nameBytes);
}

std::optional<ExportFormat> formatOf(const QString& file)
{
    const QString suffix = QFileInfo(file).suffix().toLower();
    if (suffix == QLatin1String("jpeg"))
        return ExportFormat::Jpeg;
    for (const ExportFormat format : {ExportFormat::Png, ExportFormat::Jpeg, ExportFormat::WebP}) {
        if (suffix == suffixOf(format))
            return format;
    }
    return std::nullopt;
}

Result<void> saveCopy(const QString& source, const QString& target)
{
    const auto format = formatOf(target);
    if (!format)
        return fail(ErrorKind::InvalidRequest,
                    QStringLiteral("\"%1\" must end in .png, .jpg, .jpeg or .webp.")
                        .arg(QFileInfo(target).fileName())
                        .toStdString());
    auto read = readSource(source);
    if (!read)
        return tl::unexpected<Error>(read.error());
    if (formatOf(source) == format)
        return writeFileAtomically(target.toStdString(), read->bytes);
    ExportPlan plan;
    plan.format = *format;
    plan.quality = quality;
    const auto made = makePicture(*read, plan);
    if (!made)
        return tl::unexpected<Error>(made.error());
    return writeFileAtomically(target.toStdString(), made->bytes);
}

} // namespace unfog
