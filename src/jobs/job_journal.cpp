#include "jobs/job_journal.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <optional>
#include <span>

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <nlohmann/json.hpp>

#include "generation/request_json.h"
#include "image_files/write_file.h"
#include "jobs/task_thread.h"

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
    line["files"] = Json::array();
    for (const QString& file : job.files)
        line["files"].push_back(file.toStdString());
    line["record"] = Json::parse(toJson({job.request, std::nullopt}));
    return line.dump();
}

std::optional<JobState> parseState(const std::string& name)
{
    for (const StateName& row : kStates) {
        if (name == row.name)
            return row.state;
    }
    return std::nullopt;
}

/// What was cut short waits again for the pictures it still owes.
void goOn(Job& job)
{
    const int finished = std::clamp(job.imagesFinished, 0, job.request.count);
    if (finished > 0 && finished == job.request.count) {
        job.state = JobState::Done;
        job.ended = job.started;
        return;
    }
    job.state = JobState::Waiting;
    job.request.seed += static_cast<std::uint64_t>(finished);
    job.request.count -= finished;
    job.started = {};
    job.imagesFinished = 0;
}

/// Throws nlohmann's exceptions for keys that are missing or of another type.
std::optional<Job> jobOf(const Json& line)
{
    const auto state = parseState(line.at("state").get<std::string>());
    const auto parsed = parseRecord(line.at("record").dump());
    if (!state || !parsed)
        return std::nullopt;
    const auto text = [&line](const char* key) {
        return QString::fromStdString(line.at(key).get<std::string>());
    };
    const auto time = [&text](const char* key) {
        return QDateTime::fromString(text(key), Qt::ISODateWithMs);
    };
    Job job;
    job.id = line.at("id").get<JobId>();
    job.request = parsed->record.request;
    job.state = *state;
    job.error = text("error");
    job.created = time("created");
    job.started = time("started");
    job.ended = time("ended");
    job.imagesFinished = line.at("imagesFinished").get<int>();
    for (const Json& file : line.at("files"))
        job.files.append(QString::fromStdString(file.get<std::string>()));
    if (job.state == JobState::Running)
        goOn(job);
    return job.id == 0 ? std::nullopt : std::optional<Job>(std::move(job));
}

std::optional<Job> parseLine(const QByteArray& bytes)
{
    try {
        return jobOf(Json::parse(bytes.begin(), bytes.end()));
    } catch (const Json::exception&) {
        return std::nullopt;
    }
}

bool isHeading(const QByteArray& bytes)
{
    const Json line = Json::parse(bytes.begin(), bytes.end(), nullptr, false);
    return line.is_object() && line.contains(kHeading) && line[kHeading] == kVersion;
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
    for (const QByteArray& line : lines) {
        auto job = parseLine(line);
        if (!job) {
            contents.notice =
                JobJournal::tr("The saved queue was cut or damaged: %1 of its %2 entries could be read.")
                    .arg(contents.jobs.size())
                    .arg(lines.size());
            break;
        }
        contents.jobs.append(std::move(*job));
    }
    return contents;
}

/// The newest list that is not on disk yet.
struct JobJournal::Pending {
    std::mutex mutex;
    std::optional<QList<Job>> jobs;
};

JobJournal::JobJournal(QString file, QObject* parent)
    : QObject(parent), m_file(std::move(file)), m_pending(std::make_shared<Pending>()),
      m_thread(std::make_unique<TaskThread>(QStringLiteral("queue journal")))
{
    QDir().mkpath(QFileInfo(m_file).absolutePath());
}

JobJournal::~JobJournal() = default;

JournalContents JobJournal::read()
{
    flush();
    QFile file(m_file);
    if (!file.exists())
        return {};
    JournalContents contents;
    if (file.open(QIODevice::ReadOnly)) {
        contents = parseJournal(file.readAll());
        file.close();
    } else {
        contents.notice = tr("The saved queue %1 cannot be read: %2").arg(m_file, file.errorString());
    }
    if (contents.notice.isEmpty())
        return contents;
    // Aside before a new one is written; renaming needs neither the right to read nor room on the disk.
    const QString bad = m_file + QLatin1String(".bad");
    QFile::remove(bad);
    if (QDir().rename(m_file, bad))
        contents.notice += u' ' + tr("The file is kept as %1.").arg(bad);
    return contents;
}

void JobJournal::write(const QList<Job>& jobs)
{
    {
        const std::lock_guard lock(m_pending->mutex);
        const bool isOnItsWay = m_pending->jobs.has_value();
        m_pending->jobs = jobs;
        if (isOnItsWay)
            return;
    }
    m_thread->post([this, pending = m_pending, file = m_file.toStdString()] {
        QList<Job> newest;
        {
            const std::lock_guard lock(pending->mutex);
            newest = *std::exchange(pending->jobs, std::nullopt);
        }
        const QByteArray bytes = journalBytes(newest);
        const auto written =
            writeFileAtomically(file, std::as_bytes(std::span(bytes.constData(), bytes.size())));
        if (written)
            return;
        QMetaObject::invokeMethod(
            this,
            [this, message = QString::fromStdString(written.error().message)] {
                Q_EMIT writeFailed(message);
            },
            Qt::QueuedConnection);
    });
}

void JobJournal::flush()
{
    m_thread->drain();
}

} // namespace unfog
