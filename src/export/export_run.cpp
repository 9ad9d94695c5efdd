#include <algorithm>
#include <chrono>
#include <map>
#include <set>

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSet>

#include "base/files/set_aside.h"
#include "base/files/write_file.h"
#include "export/export_manifest.h"
#include "export/export_picture.h"
#include "export/exporter.h"
#include "export/new_file.h"
#include "image_files/formats/png_file.h"
#include "image_files/read_image.h"
#include "pixels/contact_sheet.h"

namespace unfog {

namespace {

using Clock = std::chrono::steady_clock;

// A kill loses at most these lines; their files are known again by their bytes. A manifest so long that
// writing it takes its time is written less often.
constexpr std::chrono::seconds kManifestEvery{8};
constexpr int kManifestShare = 10;
const QString kContactSheet = QStringLiteral("contact-sheet");

bool isPlainFile(const QString& file)
{
    const QFileInfo info(file);
    return !info.isSymLink() && info.isFile();
}

/// Something has the name, be it a link that leads nowhere.
bool isTaken(const QString& file)
{
    const QFileInfo info(file);
    return info.isSymLink() || info.exists();
}

QByteArray readPlain(const QString& file)
{
    QFile opened(file);
    return isPlainFile(file) && opened.open(QIODevice::ReadOnly) ? opened.readAll() : QByteArray();
}

bool holds(const QString& file, const QString& sha256)
{
    const QByteArray bytes = readPlain(file);
    return !bytes.isEmpty() && sha256Of(std::as_bytes(std::span(bytes.constData(), bytes.size()))) == sha256;
}

Result<void> replace(const QString& file, const QByteArray& bytes)
{
    return writeFileAtomically(file.toStdString(), std::as_bytes(std::span(bytes.constData(), bytes.size())));
}

class Run final {
public:
    Run(const ExportPlan& plan, const QList<ExportItem>& items, std::stop_token stop,
        const std::function<void(const ExportProgress&)>& onProgress, const QString& originalsFolder)
        : m_plan(plan), m_items(items), m_stop(std::move(stop)), m_onProgress(onProgress),
          m_recipe(recipeOf(plan)), m_originalsFolder(QFileInfo(originalsFolder).canonicalFilePath())
    {
    }

    ExportReport run()
    {
        if (const auto ready = begin(); !ready) {
            m_report.stopped = QString::fromStdString(ready.error().message);
            return m_report;
        }
        for (int i = 0; i < m_items.size() && m_report.stopped.isEmpty(); ++i) {
            if (m_stop.stop_requested()) {
                m_report.cancelled = true;
                break;
            }
            tell(i, m_items[i].file);
            exportOne(m_items[i], i + 1);
            if (Clock::now() >= m_nextManifest)
                writeManifests();
        }
        if (!m_report.cancelled && m_report.stopped.isEmpty() && m_plan.contactSheet)
            drawSheets();
        writeManifests();
        if (!m_report.cancelled)
            tell(static_cast<int>(m_items.size()), {});
        return m_report;
    }

private:
    Result<void> begin()
    {
        if (auto valid = validatePlan(m_plan); !valid)
            return valid;
        if (!QDir().mkpath(m_plan.folder))
            return fail(ErrorKind::Io, "The folder " + m_plan.folder.toStdString() + " cannot be made.");
        m_folder = QFileInfo(m_plan.folder).canonicalFilePath();
        m_manifest = parseManifest(readPlain(pathOf(kManifestJson)));
        if (!m_manifest.problem.isEmpty()) {
            const auto aside = setAside(pathOf(kManifestJson).toStdString());
            m_report.notice =
                m_manifest.problem + u' ' +
                (aside ? QStringLiteral("It is kept as %1.").arg(QString::fromStdString(aside->string()))
                       : QString::fromStdString(aside.error().message) + u'.');
        }
        std::erase_if(m_manifest.entries,
                      [this](const auto& row) { return !isPlainFile(pathOf(row.first)); });
        for (const auto& [name, entry] : m_manifest.entries) {
            m_bySource[{entry.source, entry.recipe}].insert(name);
            m_exported.insert(name);
        }
        for (const ExportItem& item : m_items) {
            const QFileInfo info(item.file);
            m_originals.insert(info.canonicalFilePath());
            m_originals.insert(info.dir().canonicalPath() + u'/' + info.fileName()); // a link itself
        }
        m_nextManifest = Clock::now() + kManifestEvery;
        return {};
    }

    /// By an earlier run, and not taken by a picture of this one.
    const ManifestEntry* findDone(const QString& source) const
    {
        const auto names = m_bySource.find({source, m_recipe});
        if (names == m_bySource.end())
            return nullptr;
        for (const QString& name : names->second) {
            const auto row = m_manifest.entries.find(name);
            if (row != m_manifest.entries.end() && row->second.source == source &&
                row->second.recipe == m_recipe && !m_names.contains(name))
                return &row->second;
        }
        return nullptr;
    }

    void note(const ManifestEntry& entry)
    {
        m_manifest.entries[entry.file] = entry;
        m_bySource[{entry.source, entry.recipe}].insert(entry.file);
    }

    /// A picture to be exported, or one of the gallery: whatever the rule, it stays what it is.
    bool isOriginal(const QString& name) const
    {
        const QString file = pathOf(name);
        if (m_originals.contains(file) || m_originals.contains(QFileInfo(file).canonicalFilePath()))
            return true;
        return !m_originalsFolder.isEmpty() && !m_exported.contains(name) &&
               file.startsWith(m_originalsFolder + u'/');
    }

    QString pathOf(const QString& name) const { return m_folder + u'/' + name; }

    void tell(int done, const QString& file) const
    {
        if (m_onProgress)
            m_onProgress({done, static_cast<int>(m_items.size()), file});
    }

    void noteFailure(const QString& file, const Error& error)
    {
        m_report.failures.append({file, QString::fromStdString(error.message)});
    }

    void exportOne(const ExportItem& item, int number)
    {
        const auto source = readSource(item.file);
        if (!source)
            return noteFailure(item.file, source.error());
        const ManifestEntry* known = findDone(source->sha256);
        if (known && holds(pathOf(known->file), known->sha256))
            return noteDone(known->file);

        const auto picture = makePicture(*source, m_plan);
        if (!picture)
            return noteFailure(item.file, picture.error());
        const NameValues values = valuesOf(
            item, source->metadata, {source->pixels.widthPx, source->pixels.heightPx}, m_plan.resize, number);
        const auto name = expandTemplate(m_plan.nameTemplate, values, suffixOf(m_plan.format));
        if (!name)
            return noteFailure(item.file, name.error());

        ManifestEntry entry;
        entry.sha256 = picture->sha256;
        entry.source = source->sha256;
        entry.recipe = m_recipe;
        entry.widthPx = picture->size.width();
        entry.heightPx = picture->size.height();
        entry.hasMetadata = m_plan.keepMetadata;
        if (m_plan.keepMetadata) {
            entry.sourceName = QFileInfo(item.file).fileName();
            entry.values = values;
            if (source->metadata.source == MetadataSource::Unfog)
                entry.recordJson =
                    toJson(withoutFolders({*source->metadata.request, source->metadata.provenance}));
        }
        place(item, *name, *picture, entry);
    }

    /// Finds the name and writes. Only names of this run may not be written twice, whatever the rule.
    void place(const ExportItem& item, const QString& wanted, const ExportedPicture& picture,
               ManifestEntry entry)
    {
        const QString stem = QFileInfo(wanted).completeBaseName();
        const QString suffix = QFileInfo(wanted).suffix();
        for (int number = 1;; ++number) {
            entry.file = numberedName(stem, suffix, number);
            const QString file = pathOf(entry.file);
            const bool isOurs = m_names.contains(entry.file);
            if (!isOurs && isTaken(file)) {
                if (holds(file, picture.sha256)) { // made by a run that was killed before its manifest
                    note(entry);
                    return noteDone(entry.file);
                }
                if (m_plan.clash == ClashRule::Skip) {
                    ++m_report.skippedClash;
                    return;
                }
                if (m_plan.clash == ClashRule::Overwrite && !QFileInfo(file).isDir() &&
                    !isOriginal(entry.file))
                    return finish(item, entry, writeFileAtomically(file.toStdString(), picture.bytes));
                continue;
            }
            if (isOurs)
                continue;
            const auto isWritten = writeNewFile(file, picture.bytes);
            if (!isWritten)
                return finish(item, entry, tl::unexpected<Error>(isWritten.error()));
            if (*isWritten)
                return finish(item, entry, {});
        }
    }

    void finish(const ExportItem& item, const ManifestEntry& entry, const Result<void>& written)
    {
        if (!written) {
            noteFailure(item.file, written.error());
            m_report.stopped = QString::fromStdString(written.error().message);
            return;
        }
        note(entry);
        m_names.insert(entry.file);
        m_report.files.append(pathOf(entry.file));
        ++m_report.written;
    }

    void noteDone(const QString& name)
    {
        m_names.insert(name);
        m_report.files.append(pathOf(name));
        ++m_report.skippedDone;
    }

    void writeManifests()
    {
        if (!m_plan.manifest)
            return;
        const auto begin = Clock::now();
        for (const auto& [name, bytes] : {std::pair(kManifestJson, manifestJson(m_manifest)),
                                          std::pair(kManifestCsv, manifestCsv(m_manifest))}) {
            const QString file = pathOf(name);
            if (readPlain(file) == bytes)
                continue;
            if (const auto written = replace(file, bytes); !written && m_report.stopped.isEmpty())
                m_report.stopped = QString::fromStdString(written.error().message);
        }
        const auto end = Clock::now();
        m_nextManifest = end + std::max<Clock::duration>(kManifestEvery, kManifestShare * (end - begin));
    }

    void drawSheets()
    {
        const bool isComplete =
            !m_manifest.contactSheets.isEmpty() &&
            std::all_of(m_manifest.contactSheets.begin(), m_manifest.contactSheets.end(),
                        [this](const QString& name) { return isPlainFile(pathOf(name)); });
        if (m_report.files.isEmpty() || (m_report.written == 0 && isComplete))
            return;
        ContactSheetLayout layout;
        layout.columns = m_plan.contactSheetColumns;
        layout.tilePx = m_plan.contactSheetTilePx;
        std::vector<ContactSheetTile> tiles;
        for (const QString& file : std::as_const(m_report.files))
            tiles.push_back({[file] { return readImage(file.toStdString()); },
                             QFileInfo(file).completeBaseName().toStdString()});
        const QStringList ours = m_manifest.contactSheets;
        m_manifest.contactSheets.clear();
        for (int page = 0; page < contactSheetPages(static_cast<int>(tiles.size()), layout); ++page) {
            if (m_stop.stop_requested()) {
                m_report.cancelled = true;
                return;
            }
            const auto bytes = encodePng(drawContactSheet(tiles, page, layout), {});
            if (const auto written = bytes ? writeSheet(*bytes, ours) : tl::unexpected<Error>(bytes.error());
                !written) {
                m_report.stopped = QString::fromStdString(written.error().message);
                return;
            }
        }
    }

    /// Over a sheet of an earlier run, else under a free name.
    Result<void> writeSheet(const Bytes& bytes, const QStringList& ours)
    {
        for (int number = 1;; ++number) {
            const QString name = numberedName(kContactSheet, QStringLiteral("png"), number);
            if (m_manifest.contactSheets.contains(name) || m_names.contains(name))
                continue;
            const bool isOld = ours.contains(name) && isPlainFile(pathOf(name));
            if (isOld) {
                if (auto written = writeFileAtomically(pathOf(name).toStdString(), bytes); !written)
                    return written;
            } else {
                const auto isWritten = writeNewFile(pathOf(name), bytes);
                if (!isWritten)
                    return tl::unexpected<Error>(isWritten.error());
                if (!*isWritten)
                    continue;
            }
            m_manifest.contactSheets.append(name);
            return {};
        }
    }

    const ExportPlan& m_plan;
    const QList<ExportItem>& m_items;
    const std::stop_token m_stop;
    const std::function<void(const ExportProgress&)>& m_onProgress;
    const QString m_recipe;
    const QString m_originalsFolder; ///< with all links resolved; "" = none
    QString m_folder;                ///< with all links resolved, once
    Manifest m_manifest;
    std::map<std::pair<QString, QString>, std::set<QString>> m_bySource; ///< source, recipe → names
    QSet<QString> m_exported;                                            ///< names, by earlier runs
    QSet<QString> m_originals;                                           ///< canonical files of all items
    Clock::time_point m_nextManifest;
    QSet<QString> m_names; ///< of this run's pictures
    ExportReport m_report;
};

} // namespace

ExportReport runExport(const ExportPlan& plan, const QList<ExportItem>& items, std::stop_token stop,
                       const std::function<void(const ExportProgress&)>& onProgress,
                       const QString& originalsFolder)
{
    return Run(plan, items, std::move(stop), onProgress, originalsFolder).run();
}

} // namespace unfog
