#include "widgets/fields/symbolic_icon.h"

#include <QFile>
#include <QGuiApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPixmapCache>
#include <QSvgRenderer>

/// Resources of a static library are linked in only where they are named; the macro must stand outside a
/// namespace.
static void nameIcons()
{
    Q_INIT_RESOURCE(unfog);
}

namespace unfog {

namespace {

class SymbolicIconEngine final : public QIconEngine {
public:
    SymbolicIconEngine(QString name, QString checkedName, QPalette::ColorRole role)
        : m_name(std::move(name)), m_checkedName(std::move(checkedName)), m_role(role)
    {
    }

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State state) override
    {
        const qreal scale = painter->device() ? painter->device()->devicePixelRatioF() : 1.0;
        QPixmap image = pixmap(rect.size() * scale, mode, state);
        image.setDevicePixelRatio(scale);
        painter->drawPixmap(rect, image);
    }

    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override
    {
        const auto group = mode == QIcon::Disabled ? QPalette::Disabled : QPalette::Active;
        const QColor colour = QGuiApplication::palette().color(group, m_role);
        return symbolicPixmap(state == QIcon::On && !m_checkedName.isEmpty() ? m_checkedName : m_name, size,
                              colour);
    }

    QPixmap scaledPixmap(const QSize& size, QIcon::Mode mode, QIcon::State state, qreal) override
    {
        return pixmap(size, mode, state);
    }

    QSize actualSize(const QSize& size, QIcon::Mode, QIcon::State) override { return size; }
    bool isNull() override { return false; }
    QString key() const override { return QStringLiteral("unfog-symbolic"); }
    QIconEngine* clone() const override { return new SymbolicIconEngine(*this); }

private:
    QString m_name;
    QString m_checkedName;
    QPalette::ColorRole m_role;
};

} // namespace

void loadIcons()
{
    static const bool once = (nameIcons(), true);
    Q_UNUSED(once);
}

QPixmap symbolicPixmap(const QString& name, QSize sizePx, const QColor& colour)
{
    loadIcons();
    const QString key = QStringLiteral("unfog-icon/%1/%2x%3/%4")
                            .arg(name)
                            .arg(sizePx.width())
                            .arg(sizePx.height())
                            .arg(colour.rgba(), 0, 16);
    QPixmap pixmap;
    if (QPixmapCache::find(key, &pixmap))
        return pixmap;
    QFile file(QStringLiteral(":/unfog/icons/%1.svg").arg(name));
    const bool isOpen = file.open(QIODevice::ReadOnly);
    Q_ASSERT_X(isOpen, "symbolicPixmap", qPrintable(name));
    QByteArray svg = isOpen ? file.readAll() : QByteArray();
    svg.replace("currentColor", colour.name(QColor::HexRgb).toLatin1());
    QSvgRenderer renderer(svg);
    pixmap = QPixmap(sizePx);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setOpacity(colour.alphaF());
    renderer.render(&painter, QRectF(QPointF(0, 0), QSizeF(sizePx)));
    painter.end();
    QPixmapCache::insert(key, pixmap);
    return pixmap;
}

QIcon symbolicIcon(const QString& name, const QString& checkedName, QPalette::ColorRole role)
{
    return QIcon(new SymbolicIconEngine(name, checkedName, role));
}

} // namespace unfog
