#include "gallery/picture_file.h"

#include <algorithm>
#include <span>

#include <QFile>
#include <QFileInfo>
#include <QSize>
#include <QXmlStreamReader>

#include "base/files/write_file.h"
#include "base/sha256.h"
#include "export/picture_size.h"
#include "generation/interchange/a1111_text.h"
#include "generation/interchange/imported_parameters.h"
#include "generation/request/request_json.h"
#include "image_files/metadata/picture_metadata.h"

namespace unfog {

namespace {

const QString kXmpNamespace = QStringLiteral("http://ns.adobe.com/xap/1.0/");
const QString kRdfNamespace = QStringLiteral("http://www.w3.org/1999/02/22-rdf-syntax-ns#");
const QString kOurs = QStringLiteral("Unfog"); // x:xmptk of sidecars that hold nothing but our rating

QString baseName(const std::string& path)
{
    const QString clean = QString::fromStdString(path);
    const QString name = clean.section(QLatin1Char('/'), -1, -1, QString::SectionSkipEmpty);
    return name.endsWith(QLatin1String(".safetensors")) ? name.chopped(12) : name;
}

QByteArray newSidecar(int stars)
{
    return QStringLiteral("<?xpacket begin=\"\uFEFF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
                          "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\" x:xmptk=\"%1\">\n"
                          " <rdf:RDF xmlns:rdf=\"%2\">\n"
                          "  <rdf:Description rdf:about=\"\" xmlns:xmp=\"%3\" xmp:Rating=\"%4\"/>\n"
                          " </rdf:RDF>\n"
                          "</x:xmpmeta>\n"
                          "<?xpacket end=\"w\"?>\n")
        .arg(kOurs, kRdfNamespace, kXmpNamespace)
        .arg(stars)
        .toUtf8();
}

/// Where the rating's digits stand in a sidecar, as attribute or element; length 0 = nowhere.
struct RatingPlace {
    qint64 begin = 0;
    qint64 length = 0;
    int stars = 0;
};

RatingPlace findRating(const QString& text)
{
    QXmlStreamReader xml(text);
    RatingPlace place;
    const auto take = [&](QStringView digits, qint64 from) {
        // The reader gives no place of an attribute: looked for behind the name, from the element's begin.
        const qint64 name = text.indexOf(QLatin1String("Rating"), from);
        const qint64 begin = name < 0 ? -1 : text.indexOf(digits.toString(), name);
        if (begin >= 0)
            place = {begin, digits.size(), std::clamp(digits.toInt(), 0, 5)};
    };
    qint64 previous = 0;
    while (!xml.atEnd() && place.length == 0) {
        if (xml.readNext() == QXmlStreamReader::StartElement) {
            const QStringView rating = xml.attributes().value(kXmpNamespace, QStringLiteral("Rating"));
            if (!rating.isEmpty()) {
                take(rating, previous);
            } else if (xml.namespaceUri() == kXmpNamespace && xml.name() == QLatin1String("Rating")) {
                const qint64 from = previous;
                take(xml.readElementText().trimmed(), from);
            }
        }
        previous = xml.characterOffset();
    }
    return place;
}

} // namespace

bool isPictureFile(const QString& file)
{
    const QString name = file.section(u'/', -1);
    const QString suffix = QFileInfo(name).suffix().toLower();
    return !name.startsWith(u'.') && (suffix == QLatin1String("png") || suffix == QLatin1String("jpg") ||
                                      suffix == QLatin1String("jpeg") || suffix == QLatin1String("webp"));
}

Result<GalleryEntry> readEntry(const QString& file)
{
    const auto bytes = readFile(file.toStdString());
    if (!bytes)
        return tl::unexpected<Error>(bytes.error());
    auto metadata = parsePictureMetadata(*bytes);
    if (!metadata)
        return fail(metadata.error().kind, file.toStdString() + ": " + metadata.error().message + ".");

    GalleryEntry entry;
    entry.file = file;
    const QSize size = pictureSize(*bytes).value_or(QSize(0, 0));
    entry.widthPx = size.width();
    entry.heightPx = size.height();
    entry.created = QFileInfo(file).lastModified().toUTC();
    entry.stars = readStars(file);
    entry.parameters = QString::fromStdString(metadata->parametersText);
    entry.model = QString::fromStdString(metadata->modelName);
    if (metadata->request) {
        const GenerationRequest& request = *metadata->request;
        entry.prompt = QString::fromStdString(request.prompts.positive);
        entry.negativePrompt = QString::fromStdString(request.prompts.negative);
        if (!request.model.path.empty())
            entry.model = baseName(request.model.path);
        entry.scheduler = QString::fromStdString(request.sampler.scheduler);
        entry.seed = request.output.seed;
        entry.steps = request.sampler.steps;
        entry.guidanceScale = request.guidance.scale;
    } else {
        entry.prompt = QString::fromStdString(parseA1111Text(metadata->parametersText).prompt);
    }
    if (metadata->source == MetadataSource::Unfog)
        entry.recordJson = QString::fromStdString(toJson({*metadata->request, metadata->provenance}));
    if (metadata->provenance && !metadata->provenance->pixelSha256.empty())
        entry.contentHash = QString::fromStdString(metadata->provenance->pixelSha256);
    else
        entry.contentHash = QString::fromStdString(sha256Hex(*bytes));
    return entry;
}

GalleryDetails detailsOf(const GalleryEntry& entry)
{
    GalleryDetails details{entry, std::nullopt, std::nullopt};
    if (const auto parsed = parseRecord(entry.recordJson.toStdString());
        !entry.recordJson.isEmpty() && parsed) {
        details.request = parsed->record.request;
        details.provenance = parsed->record.provenance;
    } else if (!entry.parameters.isEmpty()) {
        if (auto imported = importText(entry.parameters.toStdString()))
            details.request = std::move(imported->request);
    }
    return details;
}

QString sidecarFile(const QString& pictureFile)
{
    return pictureFile + QLatin1String(".xmp");
}

int readStars(const QString& pictureFile)
{
    QFile sidecar(sidecarFile(pictureFile));
    constexpr qint64 kMaxSidecarBytes = 1 << 20;
    if (!sidecar.open(QIODevice::ReadOnly) || sidecar.size() > kMaxSidecarBytes)
        return 0;
    return findRating(QString::fromUtf8(sidecar.readAll())).stars;
}

Result<void> writeStars(const QString& pictureFile, int stars)
{
    const QString name = sidecarFile(pictureFile);
    QFile sidecar(name);
    if (!sidecar.exists())
        return stars == 0 ? Result<void>()
                          : writeTextAtomically(name.toStdString(), newSidecar(stars).toStdString());
    if (!sidecar.open(QIODevice::ReadOnly))
        return fail(ErrorKind::Io,
                    name.toStdString() + " cannot be read: " + sidecar.errorString().toStdString() + ".");
    QString text = QString::fromUtf8(sidecar.readAll());
    sidecar.close();
    if (text.contains(QStringLiteral("x:xmptk=\"%1\"").arg(kOurs))) {
        if (stars > 0)
            return writeTextAtomically(name.toStdString(), newSidecar(stars).toStdString());
        return QFile::remove(name) ? Result<void>()
                                   : fail(ErrorKind::Io, name.toStdString() + " cannot be removed.");
    }
    const RatingPlace place = findRating(text);
    if (place.length > 0) {
        text.replace(place.begin, place.length, QString::number(stars));
        return writeTextAtomically(name.toStdString(), text.toUtf8().toStdString());
    }
    const qint64 description = text.indexOf(QLatin1String("<rdf:Description"));
    if (description < 0)
        return fail(ErrorKind::Unsupported,
                    name.toStdString() +
                        " is a sidecar of another program in a form that cannot take a rating.");
    text.insert(description + 16,
                QStringLiteral(" xmlns:xmp=\"%1\" xmp:Rating=\"%2\"").arg(kXmpNamespace).arg(stars));
    return writeTextAtomically(name.toStdString(), text.toUtf8().toStdString());
}

} // namespace unfog
