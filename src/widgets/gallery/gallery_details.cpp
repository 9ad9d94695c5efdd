#include "widgets/gallery/gallery_details.h"
#include "generation/interchange/sampler_names.h"

#include <QFileInfo>
#include <QFormLayout>
#include <QLabel>
#include <QLocale>
#include <QVBoxLayout>

#include "widgets/canvas/step_text.h"
#include "widgets/gallery/star_rating.h"

namespace unfog {

namespace {

QLabel* textLabel(QWidget* parent, const QString& name)
{
    auto* label = new QLabel(parent);
    label->setWordWrap(true);
    label->setTextFormat(Qt::PlainText); // a prompt from a foreign file is text, never markup
    label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    label->setAccessibleName(name);
    label->setMinimumWidth(10);
    return label;
}

QString text(const std::string& value)
{
    return QString::fromStdString(value);
}

} // namespace

GalleryDetailsView::GalleryDetailsView(QWidget* parent)
    : QScrollArea(parent), m_content(new QWidget(this)), m_stars(new StarRating(m_content)),
      m_heading(new QLabel(m_content)), m_prompt(textLabel(m_content, tr("Prompt of the image"))),
      m_negative(textLabel(m_content, tr("Negative prompt of the image"))), m_lines(new QFormLayout)
{
    setAccessibleName(tr("Details of the image"));
    setFrameShape(QFrame::NoFrame);
    setWidgetResizable(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_heading->setProperty("subtle", true);
    m_heading->setAccessibleName(tr("Selected images"));
    m_negative->setProperty("subtle", true);
    m_lines->setContentsMargins(0, 0, 0, 0);
    m_lines->setHorizontalSpacing(12);
    m_lines->setVerticalSpacing(3);
    auto* layout = new QVBoxLayout(m_content);
    layout->setContentsMargins(12, 6, 12, 10);
    layout->setSpacing(6);
    layout->addWidget(m_heading);
    layout->addWidget(m_stars, 0, Qt::AlignLeft);
    layout->addWidget(m_prompt);
    layout->addWidget(m_negative);
    layout->addLayout(m_lines);
    layout->addStretch();
    setWidget(m_content);
    connect(m_stars, &StarRating::starsChosen, this, &GalleryDetailsView::starsChosen);
    showCount(0);
}

void GalleryDetailsView::clearLines()
{
    while (m_lines->rowCount() > 0)
        m_lines->removeRow(0);
}

void GalleryDetailsView::addLine(const QString& name, const QString& value)
{
    if (value.isEmpty())
        return;
    auto* label = new QLabel(name, m_content);
    label->setProperty("subtle", true);
    auto* line = textLabel(m_content, name);
    line->setText(value);
    m_lines->addRow(label, line);
}

void GalleryDetailsView::addHash(const QString& name, const std::string& hash)
{
    constexpr qsizetype shownDigits = 16;
    const QString whole = text(hash);
    addLine(name, whole.size() > shownDigits ? whole.left(shownDigits) + u'…' : whole);
    if (whole.isEmpty())
        return;
    QWidget* line = m_lines->itemAt(m_lines->rowCount() - 1, QFormLayout::FieldRole)->widget();
    line->setToolTip(whole);
    line->setAccessibleDescription(whole);
}

void GalleryDetailsView::showCount(int selected)
{
    clearLines();
    m_heading->setText(selected == 0 ? tr("Select an image to see how it was made.")
                                     : tr("%n image(s) selected", nullptr, selected));
    m_heading->setWordWrap(true);
    m_heading->show();
    m_stars->setVisible(selected > 0);
    m_stars->setStars(0);
    m_prompt->hide();
    m_negative->hide();
}

void GalleryDetailsView::showDetails(const GalleryDetails& details)
{
    setUpdatesEnabled(false);
    clearLines();
    const GalleryEntry& entry = details.entry;
    m_heading->hide();
    m_stars->show();
    m_stars->setStars(entry.stars);
    m_prompt->setText(entry.prompt.isEmpty() ? tr("No prompt") : entry.prompt);
    m_prompt->show();
    m_negative->setText(tr("Without: %1").arg(entry.negativePrompt));
    m_negative->setVisible(!entry.negativePrompt.isEmpty());
    if (entry.missing)
        addLine(tr("Missing"), tr("The file is not where it was."));
    if (details.request) {
        const GenerationRequest& request = *details.request;
        addLine(tr("Seed"), QString::number(request.seed));
        addLine(tr("Size"), QStringLiteral("%1 × %2").arg(entry.widthPx).arg(entry.heightPx));
        addLine(tr("Steps"), QString::number(request.sampler.steps));
        addLine(tr("Guidance"), numberText(request.guidanceScale));
        addLine(tr("Scheduler"), text(schedulerTitle(request.sampler.scheduler)));
        addLine(tr("Spacing"), text(spacingTitle(request.sampler.spacing)));
        addLine(tr("Prediction"), text(predictionTitle(request.sampler.prediction)));
        if (request.sampler.sigmaMax && *request.sampler.sigmaMax > 0.0)
            addLine(tr("Largest σ"), numberText(*request.sampler.sigmaMax));
        if (request.sampler.eta)
            addLine(QStringLiteral("η"), numberText(*request.sampler.eta));
        if (request.guidanceRescale > 0.0)
            addLine(tr("Rescale"), numberText(request.guidanceRescale));
        if (request.clipSkip > 0)
            addLine(tr("CLIP skip"), QString::number(request.clipSkip));
        if (request.initImage) {
            addLine(tr("Started from"), QFileInfo(text(request.initImage->file)).fileName());
            addLine(tr("Strength"), numberText(request.initImage->strength));
            addHash(tr("Start's hash"), request.initImage->sha256);
        }
        addLine(tr("Tokenizer"), text(request.tokenizer));
        if (details.provenance) { // an A1111 text does not tell these
            addLine(tr("Weights"),
                    request.promptWeights ? tr("Brackets are weights") : tr("Brackets are text"));
            addLine(tr("Decode"), request.tiledDecode ? tr("In tiles") : tr("In one piece"));
        }
    } else {
        addLine(tr("Size"), QStringLiteral("%1 × %2").arg(entry.widthPx).arg(entry.heightPx));
        addLine(tr("Parameters"), entry.parameters);
    }
    addLine(tr("Model"), entry.model);
    if (details.provenance) {
        const Provenance& provenance = *details.provenance;
        addLine(tr("Device"),
                QStringLiteral("%1, %2").arg(text(provenance.device), text(provenance.precision)));
        addLine(tr("Engine"), QStringLiteral("%1, LibTorch %2")
                                  .arg(text(provenance.engineVersion), text(provenance.libtorchVersion)));
        addHash(tr("Model's hash"), provenance.modelHash);
        addHash(tr("Noise"), provenance.noiseSha256);
        addHash(tr("Latent"), provenance.latentSha256);
        addHash(tr("Pixels"), provenance.pixelSha256);
        for (const std::string& note : provenance.notes)
            addLine(tr("Note"), text(note));
    }
    addLine(tr("Made"), QLocale().toString(entry.created.toLocalTime(), QLocale::ShortFormat));
    addLine(tr("File"), QFileInfo(entry.file).fileName());
    setUpdatesEnabled(true);
}

} // namespace unfog
