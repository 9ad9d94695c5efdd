#pragma once

#include <QDateTime>
#include <QJsonObject>
#include <QSize>
#include <QString>
#include <QStringList>

#include "base/result.h"

/// What a batch export does with every picture. A value: shown in the dialog, kept in the settings, run.
namespace unfog {

enum class ExportFormat { Png, Jpeg, WebP };
enum class ClashRule { Rename, Skip, Overwrite };
enum class ResizeKind { None, LongestSide, Percent, Exact };

struct ResizeRule {
    ResizeKind kind = ResizeKind::None;
    int longestSidePx = 1024; ///< 1 … 16384
    double percent = 100.0;   ///< 1 … 1600
    int widthPx = 1024;       ///< with Exact: covers this size, cropped in the middle
    int heightPx = 1024;

    bool operator==(const ResizeRule&) const = default;
};

struct ExportPlan {
    QString folder; ///< absolute; made when it is not there
    QString nameTemplate = QStringLiteral("{date}-{seed}-{prompt:40}");
    ExportFormat format = ExportFormat::Png;
    int quality = 90; ///< 1 … 100, JPEG and WebP
    ResizeRule resize;
    bool keepMetadata = true; ///< false: the file says nothing about its making, and neither do the manifests
    ClashRule clash = ClashRule::Rename;
    bool manifest = true;      ///< unfog-export.json and unfog-export.csv
    bool contactSheet = false; ///< contact-sheet.png (-2, -3, … when more than one page)
    int contactSheetColumns = 6;
    int contactSheetTilePx = 256;

    bool operator==(const ExportPlan&) const = default;
};

/// One sentence naming the first value out of its range, an unknown placeholder, or a folder that is not
/// absolute.
Result<void> validatePlan(const ExportPlan& plan);

/// 1 px at least in each direction.
QSize exportedSize(QSize original, const ResizeRule& rule);

QString suffixOf(ExportFormat format); ///< "png", "jpg", "webp"

QJsonObject planToJson(const ExportPlan& plan);
/// Unknown or ill-typed values are the defaults.
ExportPlan planFromJson(const QJsonObject& json);

} // namespace unfog
