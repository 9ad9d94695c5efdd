#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QString>

#include "jobs/generation_worker.h"
#include "widgets/canvas/animation_maker.h"
#include "widgets/canvas/run_viewer.h"

namespace unfog {

class NoticeBar;

/// Decodes steps of a finished run in full, for the canvas and to save them as an image or an animation. One
/// at a time; a run goes before. GUI thread.
class StepDecoder final : public QObject {
    Q_OBJECT
public:
    StepDecoder(GenerationWorker& worker, RunViewer& viewer, NoticeBar& notices, QWidget* window);

    void beginRun();
    /// Of a run that took `seconds`: where decoding is cheap, slider and film then show every step as sharp
    /// as the result.
    void endRun(double seconds);
    void saveStep(const StepFramePtr& frame, RunViewer::Shown shown, const QImage& picture);
    void saveAnimation();

private:
    /// Says so, too.
    bool isSaving();
    void decodeStep(const StepFramePtr& frame, RunViewer::Shown shown);
    /// One step after another while nothing else is to do.
    void decodeAhead();

    GenerationWorker& m_worker;
    RunViewer& m_viewer;
    NoticeBar& m_notices;
    QWidget* m_window;
    AnimationMaker m_animation;
    StepFramePtr m_decoding;
    RunViewer::Shown m_decodingShown = RunViewer::Shown::PredictedOriginal;
    quint64 m_decodeTicket = 0;
    QElapsedTimer m_sinceDecode;
    quint64 m_saveTicket = 0; ///< of the step that is decoded to be saved; 0 = none
    QString m_saveFile;
    QString m_saveText;
};

} // namespace unfog
