#include "widgets/models/model_folders.h"

#include <QDir>
#include <QFileInfo>

namespace unfog {

namespace {

constexpr int mostLevels = 3;
constexpr qsizetype mostModels = 2000;
constexpr qint64 leastBytes = 100'000'000;

void collect(const QString& folder, int levels, QStringList& models)
{
    if (models.size() >= mostModels)
        return;
    const QDir dir(folder);
    if (dir.exists(QStringLiteral("model_index.json"))) {
        models.append(dir.absolutePath());
        return;
    }
    const auto files = dir.entryInfoList({QStringLiteral("*.safetensors")}, QDir::Files);
    for (const QFileInfo& file : files)
        if (file.size() >= leastBytes)
            models.append(file.absoluteFilePath());
    if (levels == 0)
        return;
    const auto folders = dir.entryInfoList(QDir::Dirs | QDir::NoDotAndDotDot | QDir::NoSymLinks);
    for (const QFileInfo& below : folders)
        collect(below.absoluteFilePath(), levels - 1, models);
}

} // namespace

QStringList modelsIn(const QStringList& folders)
{
    QStringList models;
    for (const QString& folder : folders)
        collect(folder, mostLevels, models);
    models.removeDuplicates();
    models.sort(Qt::CaseInsensitive);
    return models.mid(0, mostModels);
}

} // namespace unfog
