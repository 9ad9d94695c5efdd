#pragma once

#include <functional>
#include <memory>
#include <optional>

#include <QImage>
#include <QWidget>

#include "base/result.h"
#include "generation/request/generation_request.h"

class QLabel;
class QMimeData;
class QToolButton;

namespace unfog {

class SliderField;
class TaskThread;

/// The picture that a run starts from instead of pure noise: dropped, pasted or opened; with its strength.
/// Reading and keeping happen on a thread of its own.
class InitImageField final : public QWidget {
    Q_OBJECT
public:
    /// Keeps a picture by content and names it; called on the field's thread (InitImageStore::keep).
    using Keeper = std::function<Result<InitImage>(const QImage& picture)>;

    explicit InitImageField(Keeper keeper, QWidget* parent = nullptr);
    ~InitImageField() override;

    /// With the strength of the slider, without pixels; none when the run starts from noise.
    std::optional<InitImage> initImage() const;
    /// Exactly this value, whether its file can be shown or not.
    void setInitImage(const std::optional<InitImage>& initImage);
    /// A picture was given and is not kept yet: changed() or problem() comes.
    bool isPending() const { return m_pending; }
    double strength() const;

    void openFile(const QString& file);
    void setPicture(const QImage& picture);

Q_SIGNALS:
    void changed();
    void problem(const QString& message);

protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    void askForFile();
    /// False: there is nothing in it to start from, and problem() said so when it is a picture elsewhere.
    bool take(const QMimeData* data);
    void paste();
    void clear();
    void takeOver(quint64 ticket, const Result<InitImage>& kept, const QImage& thumbnail);
    void showState();

    const Keeper m_keeper;
    std::optional<InitImage> m_initImage;
    QImage m_thumbnailImage;
    bool m_pending = false;
    quint64 m_ticket = 0; ///< the newest picture wins
    QLabel* m_thumbnail;
    QLabel* m_name;
    QToolButton* m_open;
    QToolButton* m_paste;
    QToolButton* m_clear;
    SliderField* m_strength;
    std::unique_ptr<TaskThread> m_thread; ///< last: its tasks end before the rest goes
};

} // namespace unfog
