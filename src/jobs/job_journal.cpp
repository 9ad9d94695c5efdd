#include "jobs/job_journal.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include <QFile>

#include "base/bounded_json.h"
#include "base/files/set_aside.h"
#include "generation/request/request_json.h"
#include "generation/request/validate.h"

namespace unfog {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;
const char* const kHeading = "unfog-queue";

struct StateName {
    JobState state;
    const char* name;
};
constexpr std::array<StateName, 5> kStates{{{JobState::Waiting, "waiting"},
                                            {JobState::Running, "running"},
                                            {JobState::Done, "done"},
                                            {JobState::Failed, "failed"},
                                            {JobState::Cancelled, "cancelled"}}};

std::string timeText(const QDateTime& time)
{
    return time.isValid() ? time.toUTC().toString(Qt::ISODateWithMs).toStdString() : std::string();
}

std::string lineOf(const Job& job)
{
    Json line;
    line["id"] = job.id;
    for (const StateName& row : kStates) {
        if (row.state == job.state)
            line["state"] = row.name;
    }
    line["created"] = timeText(job.created);
    line["started"] = timeText(job.started);
    line["ended"] = timeText(job.ended);
    line["error"] = job.error.toStdString();
    line["imagesFinished"] = job.imagesFinished;
    line["saved"] = job.saved.text();
    if (!job.discarded.isEmpty())
        line["discarded"] = job.discarded.text();
    line["files"] = Json::array();
    for (const QString& file : job.files)
        line["files"].push_back(file.toStdString());
    line["record"] = Json::parse(toJson({job.request, std::nullopt}));
    return line.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<JobState> parseState(const std::string& name)
{
    for (const StateName& row : kStates) {
        if (name == row.name)
            return row.state;
    }
    return std::nullopt;
}

/// What is not on the disk is owed, whatever the job's state says.
void goOn(Job& job)
{
    const int owed = job.hasEnded() ? job.imagesFinished : job.request.output.count;
    const int present = job.saved.united(job.discarded).firstAbsent();
    if (present < owed) {
        if (job.hasEnded())
            job.request.output.count = owed; // not what was cancelled
        job.state = JobState::Waiting;
        job.error.clear();
        job.started = {};
        job.ended = {};
    } else if (!job.hasEnded()) {
        job.state = JobState::Done;
        job.ended = job.started;
    }
    job.imagesFinished = std::min(present, owed);
    job.firstOfRun = job.imagesFinished;
}

/// Which images are on the disk. A journal of before this was kept names only how many were computed, and the
/// files: of a run that was cut, not more than there are files.
std::optional<ImageSet> savedOf(const Json& line, const Job& job)
{
    if (line.contains("saved"))
        return ImageSet::parse(line.at("saved").get<std::string>(), job.request.output.count);
    return ImageSet::firstOf(job.hasEnded()
                                 ? job.imagesFinished
                                 : std::min<int>(job.imagesFinished, static_cast<int>(job.files.size())));
}

/// Throws nlohmann's exceptions for keys that are missing or of another type.
std::optional<Job> jobOf(const Json& line)
{
    const auto state = parseState(line.at("state").get<std::string>());
    const auto parsed = parseRecord(line.at("record").dump());
    if (!state || !parsed || !validateRequest(parsed->record.request))
        return std::nullopt;
    const auto text = [&line](const char* key) {
        return QString::fromStdString(line.at(key).get<std::string>());
    };
    const auto time = [&text](const char* key) {
        return QDateTime::fromString(text(key), Qt::ISODateWithMs);
    };
    // Above the range of its type a number would be converted to anything.
    const auto whole = [&line](const char* key, std::uint64_t low,
                               std::uint64_t high) -> std::optional<std::uint64_t> {
        const Json& value = line.at(key);
        if (!value.is_number_unsigned() || value.get<std::uint64_t>() < low ||
            value.get<std::uint64_t>() > high)
            return std::nullopt;
        return value.get<std::uint64_t>();
    };
    Job job;
    job.request = parsed->record.request;
    const auto id = whole("id", 1, kMaxJobId);
    const auto finished = whole("imagesFinished", 0, static_cast<std::uint64_t>(job.request.output.count));
    if (!id || !finished)
        return std::nullopt;
    job.id = *id;
    job.state = *state;
    job.error = text("error");
    job.created = time("created");
    job.started = time("started");
    job.ended = time("ended");
    job.imagesFinished = static_cast<int>(*finished);
    for (const Json& file : line.at("files"))
        job.files.append(QString::fromStdString(file.get<std::string>()));
    const auto saved = savedOf(line, job);
    const auto discarded =
        line.contains("discarded")
            ? ImageSet::parse(line.at("discarded").get<std::string>(), job.request.output.count)
            : ImageSet();
    if (!saved || !discarded)
        return std::nullopt;
    job.saved = *saved;
    job.discarded = *discarded;
    goOn(job);
    return job;
}

std::optional<Job> parseLine(const QByteArray& bytes)
{
    const auto line =
        parseJson<Json>(std::string_view(bytes.constData(), static_cast<std::size_t>(bytes.size())));
    if (!line)
        return std::nullopt;
    try {
        return jobOf(*line);
    } catch (const Json::exception&) {
        return std::nullopt;
    }
}

bool isHeading(const QByteArray& bytes)
{
    const auto line =
        parseJson<Json>(std::string_view(bytes.constData(), static_cast<std::size_t>(bytes.size())));
    return line && line->is_object() && line->contains(kHeading) && line->at(kHeading) == kVersion;
}

} // namespace

QByteArray journalBytes(const QList<Job>& jobs)
{
    std::string text = Json{{kHeading, kVersion}}.dump() + '\n';
    for (const Job& job : jobs)
        text += lineOf(job) + '\n';
    return QByteArray::fromStdString(text);
}

JournalContents parseJournal(const QByteArray& bytes)
{
    JournalContents contents;
    if (bytes.isEmpty())
        return contents;
    QList<QByteArray> lines = bytes.split('\n');
    if (lines.last().isEmpty())
        lines.removeLast();
    if (!isHeading(lines.takeFirst())) {
        contents.notice = JobJournal::tr("The saved queue cannot be read; it starts empty.");
        return contents;
    }
    std::set<JobId> ids;
    for (const QByteArray& line : lines) {
        auto job = parseLine(line);
        if (job && ids.insert(job->id).second)
            contents.jobs.append(std::move(*job));
    }
    if (contents.jobs.size() < lines.size())
        contents.notice =
            JobJournal::tr("The saved queue was cut or damaged: %1 of its %2 entries could be read.")
                .arg(contents.jobs.size())
                .arg(lines.size());
    return contents;
}

JobJournal::JobJournal(QString file, QObject* parent)
    : QObject(parent), m_writer(std::move(file), QStringLiteral("queue journal"))
{
    connect(&m_writer, &NewestFileWriter::failed, this, &JobJournal::writeFailed);
}

JournalContents JobJournal::read()
{
    flush();
    QFile file(m_writer.file());
    if (!file.exists())
        return {};
    JournalContents contents;
    if (file.open(QIODevice::ReadOnly)) {
        contents = parseJournal(file.readAll());
        file.close();
    } else {
        contents.notice =
            tr("The saved queue %1 cannot be read: %2").arg(m_writer.file(), file.errorString());
    }
    if (contents.notice.isEmpty())
        return contents;
    // Before a new one is written.
    const auto aside = setAside(m_writer.file().toStdString());
    contents.notice +=
        u' ' + (aside ? tr("The file is kept as %1.").arg(QString::fromStdString(aside->string()))
                      : QString::fromStdString(aside.error().message) + u'.');
    return contents;
}

void JobJournal::write(const QList<Job>& jobs)
{
    m_writer.write([jobs] { return journalBytes(jobs); });
}

void JobJournal::flush()
{
    m_writer.flush();
}

} // namespace unfog
