#pragma once

#include <functional>

#include <QByteArray>
#include <QJsonObject>
#include <QObject>
#include <QString>
#include <QStringList>
#include <QTimer>

#include "export/export_plan.h"
#include "generation/request/generation_request.h"
#include "jobs/generation_worker.h"
#include "threads/newest_file_writer.h"

/// Everything that is the same at the next start.
namespace unfog {

enum class ThemeChoice { System, Light, Dark };

struct StudioState {
    GenerationRequest form; ///< the whole form; init image by file and hash, its pixels are read again
    bool seedLocked = false;
    bool liveMode = false;
    PreviewChoice preview;
    QStringList promptHistory;         ///< newest first, no doubles, at most kMaxHistory
    QStringList negativePromptHistory; ///< the same
    QStringList recentModels;          ///< newest first, at most kMaxRecentModels
    QString galleryFolder;             ///< "" = defaultGalleryFolder()
    QStringList modelFolders;          ///< whose models stand in the list of models; at most kMaxModelFolders
    int threads = 0;                   ///< that compute on the processor; 0 = one for each usable core
    ExportPlan exportPlan;             ///< as last used
    ThemeChoice theme = ThemeChoice::System;
    int thumbnailSidePx = 160;
    QByteArray windowGeometry; ///< QWidget::saveGeometry
    QByteArray windowState;    ///< QMainWindow::saveState
    QJsonObject extras;        ///< small things of single widgets, by their object names

    bool operator==(const StudioState&) const = default;
};

inline constexpr int kMaxHistory = 200;
inline constexpr int kMaxRecentModels = 12;
inline constexpr int kMaxModelFolders = 50;

/// `entry` first, doubles out, at most `limit`. Empty entries are let pass.
QStringList withNewest(QStringList list, const QString& entry, int limit);

QByteArray settingsBytes(const StudioState& state);
/// A value of the wrong kind or out of range is the default (of the form: that field alone); `notice` names
/// it. Unreadable as a whole: an error.
struct SettingsContents {
    StudioState state;
    QString notice;
};
Result<SettingsContents> parseSettings(const QByteArray& bytes);

/// GUI thread only. Written on its own thread soon after a change, the newest wins, whole or not at all.
class StudioSettings final : public QObject {
    Q_OBJECT

public:
    /// Reads `file`; absent = defaults. Corrupt, not to be opened or of a newer version = defaults, the old
    /// file set aside (base/files/set_aside.h), and notice() says so.
    explicit StudioSettings(QString file, QObject* parent = nullptr);
    /// Writes what is not written yet and waits for it.
    ~StudioSettings() override;

    const StudioState& state() const { return m_state; }
    const QString& notice() const { return m_notice; }
    /// Changes the state in place: update([&](StudioState& state) { state.theme = … }).
    void update(const std::function<void(StudioState&)>& change);
    void rememberPrompt(const QString& prompt, const QString& negativePrompt);
    void rememberModel(const QString& model);
    /// Returns when the present state is on disk or writeFailed was emitted.
    void flush();

Q_SIGNALS:
    void changed();
    void writeFailed(const QString& message);

private:
    void write();

    NewestFileWriter m_writer;
    StudioState m_state;
    QString m_notice;
    QTimer m_writeTimer;
};

} // namespace unfog
