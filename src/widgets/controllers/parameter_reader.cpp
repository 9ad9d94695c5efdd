#include "widgets/controllers/parameter_reader.h"

#include <QFileInfo>

#include "image_files/metadata/picture_metadata.h"
#include "threads/task_thread.h"
#include "widgets/create/import_report.h"
#include "widgets/notices/notice_bar.h"

namespace unfog {

namespace {

/// What one dropped file said.
struct ReadFile {
    QString file;
    Result<PictureMetadata> metadata;
};

QString fileName(const QString& file)
{
    return QFileInfo(file).fileName();
}

} // namespace

ParameterReader::ParameterReader(GeneratePanel& form, NoticeBar& notices, TaskThread& background,
                                 QWidget* window)
    : QObject(window), m_form(form), m_notices(notices), m_background(background), m_window(window)
{
    connect(&m_form, &GeneratePanel::textPasted, this, &ParameterReader::offer);
}

void ParameterReader::use(const std::optional<GalleryDetails>& details, GeneratePanel::Part wanted)
{
    using Part = GeneratePanel::Part;
    auto parameters = details ? parametersOf(details->entry) : std::nullopt;
    if (!parameters)
        return m_notices.announce(NoticeBar::Kind::Note, tr("This image has no record of how it was made."));
    if (wanted == Part::Seed && !parameters->hasSeed())
        return m_notices.announce(NoticeBar::Kind::Note, tr("This image has no record of its seed."));
    if (wanted == Part::All)
        return take(tr("“%1”").arg(fileName(details->entry.file)), std::move(*parameters));
    m_form.fit(parameters->imported);
    m_form.setRequest(filledIn(*parameters, m_form.request()), wanted);
}

void ParameterReader::readFiles(const QStringList& files)
{
    if (files.isEmpty())
        return;
    m_background.post([this, files] {
        QList<ReadFile> read;
        for (const QString& file : files) {
            read.append({file, readPictureMetadata(file.toStdString())});
            if (read.constLast().metadata && read.constLast().metadata->request)
                break;
        }
        QMetaObject::invokeMethod(this, [this, read] {
            QStringList silent;
            QString firstSilent;
            for (const ReadFile& one : read) {
                if (!one.metadata) {
                    m_notices.announce(NoticeBar::Kind::Problem,
                                       QString::fromStdString(one.metadata.error().message));
                } else if (const auto parameters = parametersOf(*one.metadata)) {
                    take(tr("“%1”").arg(fileName(one.file)), *parameters);
                } else {
                    if (silent.isEmpty())
                        firstSilent = one.file;
                    silent << fileName(one.file);
                }
            }
            const bool isTaken = read.constLast().metadata && read.constLast().metadata->request;
            if (isTaken || silent.isEmpty())
                return;
            m_notices.announce(
                NoticeBar::Kind::Note,
                tr("“%1” has no record of how it was made.").arg(silent.join(QStringLiteral("”, “"))),
                {{tr("Start from it"), [this, firstSilent] { m_form.startFrom(firstSilent); }}},
                QStringLiteral("parameters"));
        });
    });
}

void ParameterReader::take(const QString& source, PictureParameters parameters)
{
    m_form.fit(parameters.imported);
    m_form.setRequest(filledIn(parameters, m_form.request()));
    if (parameters.hasSeed())
        m_form.setSeedLocked(true);
    QStringList lines{tr("Taken from %1: %2.").arg(source, takenText(parameters))};
    for (const QString& line : {missingModelText(parameters), deviationText(parameters)}) {
        if (!line.isEmpty())
            lines << line;
    }
    QList<NoticeBar::Button> buttons;
    if (!parameters.imported.values.empty() || !parameters.notes.isEmpty())
        buttons.append({tr("Show all settings…"),
                        [this, source, parameters] { showImportReport(source, parameters, m_window); }});
    m_notices.announce(NoticeBar::Kind::Note, lines.join(u' '), buttons, QStringLiteral("parameters"));
}

void ParameterReader::offer(const QString& text)
{
    const auto parameters = parametersOf(text);
    if (!parameters)
        return;
    m_notices.announce(
        NoticeBar::Kind::Note, tr("The pasted text holds generation parameters."),
        {{tr("Use them as parameters"), [this, parameters] { take(tr("the pasted text"), *parameters); }}},
        QStringLiteral("parameters"));
}

} // namespace unfog
