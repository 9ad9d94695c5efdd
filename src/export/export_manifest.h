#pragma once

#include <map>
#include <optional>

#include <QByteArray>
#include <QDateTime>
#include <QString>
#include <QStringList>

#include "export/export_plan.h"
#include "export/name_template.h"

/// What an export folder says about itself: unfog-export.json, and the same as a table in unfog-export.csv.
namespace unfog {

inline const QString kManifestJson = QStringLiteral("unfog-export.json");
inline const QString kManifestCsv = QStringLiteral("unfog-export.csv");

struct ManifestEntry {
    QString file;   ///< its name in the folder
    QString sha256; ///< of the file's bytes
    QString source; ///< SHA-256 of the bytes it was made from
    QString recipe; ///< recipeOf() the plan it was made by
    int widthPx = 0;
    int heightPx = 0;
    bool hasMetadata = true; ///< false: the members below are empty and not written
    QString sourceName;      ///< file name of the picture it was made from
    NameValues values;
    std::string recordJson; ///< our JSON; "" = not a picture of ours
};

struct Manifest {
    std::map<QString, ManifestEntry> entries; ///< by file name
    QStringList contactSheets;                ///< file names
    QString problem; ///< one sentence on what parseManifest had to leave out; "" = nothing
};

/// Of everything in a plan that decides what the file of a picture holds and how it is called.
QString recipeOf(const ExportPlan& plan);

QByteArray manifestJson(const Manifest& manifest);
/// Comma-separated, RFC 4180, UTF-8 with byte order mark (spreadsheets guess wrongly without).
QByteArray manifestCsv(const Manifest& manifest);
/// What can be read of any bytes; no bytes are an empty manifest. An entry whose file is no plain name or
/// came before, or with a number beyond its range, is left out.
Manifest parseManifest(const QByteArray& json);

} // namespace unfog
