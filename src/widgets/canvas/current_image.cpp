#include "widgets/canvas/current_image.h"

#include <QCoreApplication>

namespace unfog {

namespace {

struct Words final {
    Q_DECLARE_TR_FUNCTIONS(CurrentImage)
};

} // namespace

void CurrentImage::beginRun(bool live)
{
    const Side side = m_side;
    const bool gallery = m_gallery;
    *this = {};
    m_side = side;
    m_gallery = gallery;
    m_hasRun = true;
    m_running = true;
    m_live = live;
}

void CurrentImage::endRun(bool finished)
{
    m_running = false;
    m_gallery = false;
    if (!finished)
        return;
    m_side = Side::Prediction;
    m_following = true;
}

void CurrentImage::follow(int imageIndex)
{
    m_following = true;
    m_imageIndex = imageIndex;
}

void CurrentImage::scrubTo(int imageIndex, int step, int stepCount, bool isNewest)
{
    m_gallery = false;
    m_following = m_running && isNewest;
    m_imageIndex = imageIndex;
    setStep(step, stepCount);
}

void CurrentImage::setStep(int step, int stepCount)
{
    m_step = step;
    m_stepCount = stepCount;
}

void CurrentImage::setSide(Side side)
{
    m_side = side;
    m_gallery = false;
}

void CurrentImage::chooseGallery()
{
    m_gallery = true;
}

bool CurrentImage::returnToRun()
{
    const bool wasGallery = m_gallery;
    m_gallery = false;
    return wasGallery;
}

bool CurrentImage::isAtResult() const
{
    return m_imageFinished && m_side == Side::Prediction && m_step >= m_stepCount;
}

CurrentImage::Kind CurrentImage::kind() const
{
    if (m_gallery)
        return Kind::Gallery;
    if (!m_hasRun)
        return Kind::None;
    if (isLive() && (isAtResult() || (m_running && m_following && m_side == Side::Prediction)))
        return Kind::Live;
    if (isAtResult())
        return Kind::Result;
    return m_stepCount > 0 ? Kind::Step : Kind::None;
}

QString CurrentImage::badge() const
{
    switch (kind()) {
    case Kind::None:
        return {};
    case Kind::Gallery:
        return Words::tr("Gallery");
    case Kind::Live:
        return Words::tr("Live – not saved");
    case Kind::Result:
        return Words::tr("Result");
    case Kind::Step:
        break;
    }
    const QString step = Words::tr("Step %1 of %2").arg(m_step).arg(m_stepCount);
    return m_side == Side::NoisyImage ? Words::tr("%1 – noisy image").arg(step) : step;
}

} // namespace unfog
