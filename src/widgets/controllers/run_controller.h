#pragma once

#include <optional>

#include <QObject>

#include "widgets/controllers/live_mode.h"
#include "widgets/window/window_parts.h"

namespace unfog {

class GeneratePanel;
class NoticeBar;

/// Turns what the form asks for into jobs: Generate, live mode, a run made again for its steps. GUI thread.
class RunController final : public QObject {
    Q_OBJECT
public:
    RunController(WindowParts& parts, GeneratePanel& form, NoticeBar& notices, QObject* parent);

    LiveMode& live() { return m_live; }

    void generate();
    /// What live mode shows becomes an image of the gallery.
    void keepLive();
    /// A gallery image once more as a live run: its steps can be scrubbed and no file is made.
    void runAgain(PictureId entry);
    /// An image of live mode is finished. The entry when it is, pixel by pixel, the gallery image that runs
    /// again; else 0, and Generate keeps it.
    PictureId takeLiveImage(const GeneratedImagePtr& image);

Q_SIGNALS:
    /// A run is about to be asked for: the canvas leaves the gallery image that it shows.
    void beginning();
    /// The live image on the canvas was kept.
    void kept();

private:
    void submitLive(const GenerationRequest& request);
    void addToQueue(const GenerationRequest& request);
    /// How many images of the request are in the gallery, or will be by a job that runs or waits. What the
    /// request leaves open (size, scheduler) counts as the same.
    int alreadyMade(const GenerationRequest& request) const;
    void askAboutSame(const GenerationRequest& request, int same);

    WindowParts& m_parts;
    GeneratePanel& m_form;
    NoticeBar& m_notices;
    LiveMode m_live;
    GeneratedImagePtr m_lastLive;                ///< newest image of live mode: Generate keeps it
    std::optional<GenerationRequest> m_keptLive; ///< what live mode shows was kept already
    PictureId m_rerunOf = 0;                     ///< the gallery image that is run again for its steps
};

} // namespace unfog
