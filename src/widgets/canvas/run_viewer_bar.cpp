// How the bar under the canvas is built. What it does is in run_viewer.cpp.
#include "widgets/canvas/run_viewer.h"

#include <QComboBox>
#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QProgressBar>
#include <QSlider>
#include <QToolButton>
#include <QVBoxLayout>

#include "widgets/canvas/canvas_view.h"
#include "widgets/fields/elided_label.h"
#include "widgets/fields/field_row.h"
#include "widgets/fields/symbolic_icon.h"
#include "widgets/window/action_registry.h"

namespace unfog {

QWidget* RunViewer::buildHeader()
{
    auto* header = new QFrame(this);
    const auto button = [header](const QString& text, const QString& tip) {
        auto* result = new QToolButton(header);
        result->setText(text);
        result->setAccessibleName(text);
        result->setToolTip(tip);
        result->hide();
        return result;
    };
    m_badge = new ElidedLabel(header);
    m_badge->setObjectName(QStringLiteral("badge"));
    m_badge->setProperty("heading", true);
    m_badge->setAccessibleName(tr("What the canvas shows"));
    m_keep = button(tr("Keep"), tr("Save exactly the image on the canvas in the gallery"));
    m_keep->setObjectName(QStringLiteral("keep"));
    m_showRun = button(tr("Show the run"), tr("Return to the image of the run and its steps"));
    m_showRun->setObjectName(QStringLiteral("showRun"));
    auto* row = new QHBoxLayout(header);
    row->setContentsMargins(14, 0, 10, 0);
    row->setSpacing(6);
    row->addWidget(m_badge, 1);
    row->addWidget(m_keep);
    row->addWidget(m_showRun);
    // The line keeps its height whatever stands in it: the canvas must not move.
    header->setFixedHeight(m_keep->sizeHint().height() + 4);
    connect(m_keep, &QToolButton::clicked, this, &RunViewer::keepRequested);
    connect(m_showRun, &QToolButton::clicked, this, &RunViewer::leavePicture);
    return header;
}

QWidget* RunViewer::buildBar()
{
    auto* bar = new QFrame(this);
    m_text = new ElidedLabel(bar);
    m_text->setProperty("subtle", true);
    m_text->setAccessibleName(tr("Progress"));
    m_progress = new QProgressBar(bar);
    m_progress->setAccessibleName(tr("Progress of the run"));
    m_progress->setTextVisible(false);
    m_progress->setRange(0, 1000);
    QSizePolicy policy = m_progress->sizePolicy();
    policy.setRetainSizeWhenHidden(true);
    m_progress->setSizePolicy(policy);
    m_progress->hide();

    m_play = smallButton(QStringLiteral("play"), tr("Play the run as a film"), bar);
    m_play->setIcon(symbolicIcon(QStringLiteral("play"), QStringLiteral("pause")));
    m_play->setCheckable(true);
    m_slider = new QSlider(Qt::Horizontal, bar);
    m_slider->setAccessibleName(tr("Step"));
    m_slider->setToolTip(tr("Scrub through every step of the run, during it or after it."));
    m_slider->setMinimumHeight(22);
    m_stepLabel = new QLabel(bar);
    m_stepLabel->setAccessibleName(tr("Step shown"));
    m_stepLabel->setMinimumWidth(fontMetrics().horizontalAdvance(QStringLiteral("100 / 100")) + 8);
    m_stepLabel->setAlignment(Qt::AlignRight | Qt::AlignVCenter);

    const auto choice = [bar](const QString& text, const QString& name, const QString& tip) {
        auto* button = new QToolButton(bar);
        button->setText(text);
        button->setAccessibleName(name);
        button->setToolTip(tip);
        button->setCheckable(true);
        button->setAutoExclusive(true);
        return button;
    };
    m_original = choice(tr("Prediction"), tr("Prediction"),
                        tr("The image that the network expects at this step (x̂₀)."));
    m_sample = choice(tr("Noisy image"), tr("Noisy image"), tr("The noisy image itself at this step (xₜ)."));
    m_original->setChecked(true);

    m_pictureChoice = new QComboBox(bar);
    m_pictureChoice->setAccessibleName(tr("Image of the run"));
    m_pictureChoice->setToolTip(tr("Which image of the run is shown."));
    m_pictureChoice->hide();

    m_runAgain = new QToolButton(bar);
    m_runAgain->setObjectName(QStringLiteral("runAgain"));
    m_runAgain->setText(tr("Run again to scrub"));
    m_runAgain->setAccessibleName(m_runAgain->text());
    m_runAgain->setIcon(symbolicIcon(QStringLiteral("retry")));
    m_runAgain->setIconSize({16, 16});
    m_runAgain->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_runAgain->hide();
    connect(m_runAgain, &QToolButton::clicked, this, &RunViewer::runAgainRequested);
    m_save = smallButton(QStringLiteral("save"), tr("Save this step or the whole run"), bar);
    auto* menu = new QMenu(m_save);
    connect(menu->addAction(symbolicIcon(QStringLiteral("picture")), tr("Save this step as an &image…")),
            &QAction::triggered, this, &RunViewer::saveStep);
    connect(menu->addAction(symbolicIcon(QStringLiteral("film")), tr("Save the run as an &animation…")),
            &QAction::triggered, this, &RunViewer::saveAnimationRequested);
    m_save->setMenu(menu);
    m_save->setPopupMode(QToolButton::InstantPopup);

    m_top = new QHBoxLayout;
    m_top->setSpacing(2);
    m_top->addWidget(m_text, 1);
    m_top->addWidget(m_pictureChoice);
    auto* bottom = new QHBoxLayout;
    bottom->setSpacing(6);
    bottom->addWidget(m_play);
    bottom->addWidget(m_stepLabel);
    bottom->addWidget(m_runAgain);
    bottom->addStretch(1);
    bottom->addWidget(m_original);
    bottom->addWidget(m_sample);
    bottom->addWidget(m_save);
    auto* layout = new QVBoxLayout(bar);
    layout->setContentsMargins(14, 8, 10, 8);
    layout->setSpacing(6);
    layout->addLayout(m_top);
    layout->addWidget(m_progress);
    layout->addWidget(m_slider); // alone in its row: nothing beside it can take its width
    layout->addLayout(bottom);

    connect(m_slider, &QSlider::valueChanged, this, &RunViewer::sliderMoved);
    connect(m_play, &QToolButton::clicked, this, &RunViewer::togglePlay);
    connect(m_original, &QToolButton::clicked, this, [this] { setShown(Shown::PredictedOriginal); });
    connect(m_sample, &QToolButton::clicked, this, [this] { setShown(Shown::Sample); });
    connect(m_pictureChoice, &QComboBox::activated, this,
            [this] { selectImage(m_pictureChoice->currentData().toInt()); });
    return bar;
}

void RunViewer::addZoomActions(ActionRegistry& actions)
{
    auto* zoom = new QLabel(this);
    zoom->setProperty("subtle", true);
    zoom->setAccessibleName(tr("Zoom"));
    zoom->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    zoom->setMinimumWidth(fontMetrics().horizontalAdvance(QStringLiteral("6400 %")) + 6);
    connect(m_canvas, &CanvasView::zoomChanged, zoom, [this, zoom](double value, bool) {
        zoom->setText(m_canvas->picture().isNull() ? QString() : tr("%1 %").arg(qRound(value * 100.0)));
    });
    m_top->addWidget(zoom);
    for (const char* id : {"view.fit", "view.actual"}) {
        auto* button = new QToolButton(this);
        button->setDefaultAction(actions.action(QString::fromLatin1(id)));
        button->setAccessibleName(button->defaultAction()->text().remove(u'&'));
        button->setIconSize({16, 16});
        button->setAutoRaise(true);
        m_top->addWidget(button);
    }
}

} // namespace unfog
