#include "widgets/gallery/gallery_details.h"

#include <algorithm>
#include <array>

#include <QFileInfo>
#include <QFormLayout>
#include <QLabel>
#include <QLocale>
#include <QVBoxLayout>

#include "widgets/fields/field_text.h"
#include "widgets/gallery/star_rating.h"

namespace unfog {

using namespace std::string_view_literals;

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

void GalleryDetailsView::addField(const RequestField& field, const GenerationRequest& request, bool isWhole)
{
    // These have places of their own: the heading, the line of the size, what it was really computed on.
    static constexpr std::array elsewhere = {"prompts.positive"sv, "prompts.negative"sv, "canvas.width"sv,
                                             "canvas.height"sv,    "model.path"sv,       "model.device"sv,
                                             "model.precision"sv,  "output.count"sv};
    if (std::ranges::find(elsewhere, field.key) != elsewhere.end())
        return;
    const FieldValue value = field.get(request);
    // A foreign text doesn't say what it leaves out, so a default may be ours.
    const bool isAlwaysTold = field.key == "output.seed" || field.key == "sampler.steps" ||
                              field.key == "guidance.scale" || (isWhole && field.kind == FieldKind::Flag);
    if (!isAlwaysTold && field.isAtDefault(request))
        return;
    if (field.key == "images.start.sha256")
        addHash(fieldLabelOf(field), value.get<std::string>());
    else
        addLine(fieldLabelOf(field), fieldText(field, value));
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
        addLine(tr("Missing"), tr("The file is no longer where it was."));
    if (details.request) {
        addLine(tr("Size"), QStringLiteral("%1 × %2").arg(entry.widthPx).arg(entry.heightPx));
        for (const RequestField& field : requestFields())
            addField(field, *details.request, details.provenance.has_value());
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
