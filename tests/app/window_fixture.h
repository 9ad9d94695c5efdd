#pragma once

#include <memory>

#include <QTemporaryDir>

#include "app/studio.h"
#include "studio_support/fake_engine.h"
#include "widgets/window/main_window.h"

namespace unfog::test {

/// A few schedulers and spacings with the engine's names.
SamplerCatalog sampleCatalog();

/// What a window is opened with besides its folder.
struct FixtureParts {
    EngineFactory engine;
    SamplerCatalog catalog;
    TokenCounterFactory tokenCounters;
    QString model;
};

/// The real studio and the real window in a folder of their own, over a fake engine unless `parts` bring
/// another. Can be closed and opened again.
class WindowFixture final {
public:
    WindowFixture();
    explicit WindowFixture(FixtureParts parts);
    ~WindowFixture();

    /// Opens studio and window; the model is loaded when this returns.
    void open();
    /// As a person closes it: window first, then everything under it.
    void close();

    MainWindow& window() { return *m_window; }
    Studio& studio() { return *m_studio; }
    FakeControl& engine() { return *m_control; } ///< of the fake one only
    QString folder() const { return m_folder.path(); }
    QString modelFolder() const { return m_folder.filePath(QStringLiteral("model")); }
    QAction* action(const char* id) { return m_window->actions().action(QString::fromLatin1(id)); }

private:
    QTemporaryDir m_folder;
    std::shared_ptr<FakeControl> m_control;
    FixtureParts m_parts;
    std::unique_ptr<Studio> m_studio;
    std::unique_ptr<MainWindow> m_window;
};

} // namespace unfog::test
