#include "widgets/create/init_image_field.h"

#include <algorithm>

#include <QClipboard>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QMimeData>
#include <QToolButton>
#include <QUrl>
#include <QVBoxLayout>

#include "threads/task_thread.h"
#include "widgets/create/read_picture.h"
#include "widgets/fields/field_row.h"
#include "widgets/fields/slider_field.h"

namespace unfog {

namespace {
constexpr int thumbnailSize = 56;
QImage reduced(const QImage& image)
{
    if (image.isNull())
        return {};
    const double ratio = qApp->devicePixelRatio();
    QImage small = image.scaled(QSize(thumbnailSize, thumbnailSize) * ratio, Qt::KeepAspectRatio,
                                Qt::SmoothTransformation);
    small.setDevicePixelRatio(ratio);
    return small;
}
} // namespace

InitImageField::InitImageField(Keeper keeper, QWidget* parent)
    : QWidget(parent), m_keeper(std::move(keeper)), m_thumbnail(new QLabel(this)), m_name(new QLabel(this)),
      m_open(smallButton(QStringLiteral("folder"), tr("Open an image to start from"), this)),
      m_paste(smallButton(QStringLiteral("paste"), tr("Paste an image to start from"), this)),
      m_clear(smallButton(QStringLiteral("close"), tr("Start from noise again"), this)),
      m_strength(new SliderField(
          tr("Strength"),
          tr("How much of the image may change: at 0.2 it stays nearly the same, at 1 "
             "little more than its colours is left."),
          {.minimum = 0.01, .maximum = 1.0, .step = 0.01, .decimals = 2, .value = 0.75}, this)),
      m_thread(std::make_unique<TaskThread>(QStringLiteral("init image")))
{
    m_thumbnail->setFixedSize(thumbnailSize, thumbnailSize);
    m_thumbnail->setAlignment(Qt::AlignCenter);
    m_thumbnail->setProperty("subtle", true);
    m_thumbnail->setAccessibleName(tr("The image to start from"));
    m_name->setProperty("subtle", true);
    m_name->setWordWrap(true);
    m_name->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_name->setAccessibleName(tr("Name of the start image"));
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(2);
    buttons->addWidget(m_open);
    buttons->addWidget(m_paste);
    buttons->addWidget(m_clear);
    buttons->addStretch();
    auto* right = new QVBoxLayout;
    right->setSpacing(2);
    right->addWidget(m_name, 1);
    right->addLayout(buttons);
    auto* top = new QHBoxLayout;
    top->setSpacing(10);
    top->addWidget(m_thumbnail);
    top->addLayout(right, 1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    layout->addLayout(top);
    layout->addWidget(m_strength);
    setAcceptDrops(true);

    connect(m_open, &QToolButton::clicked, this, &InitImageField::askForFile);
    connect(m_paste, &QToolButton::clicked, this, &InitImageField::paste);
    connect(m_clear, &QToolButton::clicked, this, &InitImageField::clear);
    connect(m_strength, &SliderField::valueChanged, this, [this] {
        if (m_initImage)
            Q_EMIT changed();
    });
    showState();
}

InitImageField::~InitImageField()
{
    m_thread.reset();
}

double InitImageField::strength() const
{
    return m_strength->value();
}

std::optional<InitImage> InitImageField::initImage() const
{
    std::optional<InitImage> result = m_initImage;
    if (result)
        result->strength = strength();
    return result;
}

void InitImageField::setInitImage(const std::optional<InitImage>& initImage)
{
    ++m_ticket;
    m_pending = false;
    m_initImage = initImage;
    m_thumbnailImage = {};
    if (initImage) {
        m_strength->setValue(initImage->strength);
        m_initImage->pixels.reset();
        const QString file = QString::fromStdString(initImage->file);
        m_thread->post([this, file, ticket = m_ticket] {
            const QImage thumbnail = reduced(readPicture(file).value_or(QImage()));
            QMetaObject::invokeMethod(this, [this, thumbnail, ticket] {
                if (ticket != m_ticket)
                    return;
                m_thumbnailImage = thumbnail;
                showState();
            });
        });
    }
    showState();
    Q_EMIT changed();
}

void InitImageField::openFile(const QString& file)
{
    m_pending = true;
    showState();
    m_thread->post([this, file, ticket = ++m_ticket] {
        const auto picture = readPicture(file);
        Result<InitImage> kept =
            picture ? m_keeper(*picture) : Result<InitImage>(tl::unexpected(picture.error()));
        const QImage thumbnail = picture ? reduced(*picture) : QImage();
        QMetaObject::invokeMethod(this,
                                  [this, ticket, kept, thumbnail] { takeOver(ticket, kept, thumbnail); });
    });
}

void InitImageField::setPicture(const QImage& picture)
{
    m_pending = true;
    showState();
    m_thread->post([this, picture, ticket = ++m_ticket] {
        const Result<InitImage> kept = m_keeper(picture);
        const QImage thumbnail = reduced(picture);
        QMetaObject::invokeMethod(this,
                                  [this, ticket, kept, thumbnail] { takeOver(ticket, kept, thumbnail); });
    });
}

void InitImageField::takeOver(quint64 ticket, const Result<InitImage>& kept, const QImage& thumbnail)
{
    if (ticket != m_ticket)
        return;
    m_pending = false;
    if (kept) {
        m_initImage = *kept;
        m_initImage->pixels.reset();
        m_thumbnailImage = thumbnail;
    } else {
        Q_EMIT problem(QString::fromStdString(kept.error().message));
    }
    showState();
    Q_EMIT changed();
}

void InitImageField::clear()
{
    setInitImage(std::nullopt);
}

void InitImageField::askForFile()
{
    const QString file = QFileDialog::getOpenFileName(this, tr("Open an image to start from"), QString(),
                                                      tr("Images (*.png *.jpg *.jpeg *.webp *.bmp)"));
    if (!file.isEmpty())
        openFile(file);
}

bool InitImageField::take(const QMimeData* data)
{
    const QList<QUrl> urls = data ? data->urls() : QList<QUrl>();
    const auto local =
        std::find_if(urls.begin(), urls.end(), [](const QUrl& url) { return url.isLocalFile(); });
    if (local != urls.end()) {
        openFile(local->toLocalFile());
        return true;
    }
    if (data && data->hasImage()) {
        if (const auto picture = qvariant_cast<QImage>(data->imageData()); !picture.isNull()) {
            setPicture(picture);
            return true;
        }
    }
    Q_EMIT problem(urls.isEmpty() ? tr("It contains no image to start from.")
                                  : tr("“%1” is not a file on this computer; save it here first.")
                                        .arg(urls.constFirst().toDisplayString()));
    return false;
}

void InitImageField::paste()
{
    take(QGuiApplication::clipboard()->mimeData());
}

void InitImageField::showState()
{
    m_clear->setEnabled(m_initImage.has_value() || m_pending);
    m_strength->setEnabled(m_initImage.has_value());
    const bool isEmpty = m_thumbnailImage.isNull();
    m_thumbnail->setStyleSheet(
        isEmpty ? QStringLiteral("border: 1px dashed palette(mid); border-radius: 6px;") : QString());
    m_thumbnail->setPixmap(isEmpty ? QPixmap() : QPixmap::fromImage(m_thumbnailImage));
    if (m_pending)
        m_name->setText(tr("Reading…"));
    else if (!m_initImage)
        m_name->setText(tr("Drop, paste or open an image to start from."));
    else
        m_name->setText(
            tr("Starts from %1").arg(QFileInfo(QString::fromStdString(m_initImage->file)).fileName()));
}

void InitImageField::dragEnterEvent(QDragEnterEvent* event)
{
    if (event->mimeData()->hasUrls() || event->mimeData()->hasImage())
        event->acceptProposedAction();
}

void InitImageField::dropEvent(QDropEvent* event)
{
    if (take(event->mimeData()))
        event->acceptProposedAction();
}

} // namespace unfog
