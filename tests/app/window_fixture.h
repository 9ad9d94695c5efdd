#pragma once

#include <memory>

#include <QTemporaryDir>

#include "app/studio.h"
#include "studio_support/fake_engine.h"
#include "widgets/main_window.h"

namespace unfog::test {

/// A few schedulers and spacings with the engine's names.
SamplerCatalog sampleCatalog();

/// The real studio and the real window over a fake engine, in a folder of their own. Can be closed and opened
/// again.
class WindowFixture final {
public:
    WindowFixture();
    ~WindowFixture();

    /// Opens studio and window; the model is loaded when this returns.
    void open();
    /// As a person closes it: window first, then everything under it.
    void close();

    MainWindow& window() { return *m_window; }
    Studio& studio() { return *m_studio; }
    FakeControl& engine() { return *m_control; }
    QString folder() const { return m_folder.path(); }
    QString modelFolder() const { return m_folder.filePath(QStringLiteral("model")); }
    QAction* action(const char* id) { return m_window->actions().action(QString::fromLatin1(id)); }

private:
    QTemporaryDir m_folder;
    std::shared_ptr<FakeControl> m_control;
    std::unique_ptr<Studio> m_studio;
    std::unique_ptr<MainWindow> m_window;
};

} // namespace unfog::test
