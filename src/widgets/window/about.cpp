#include "widgets/window/about.h"

#include <QApplication>
#include <QMessageBox>

namespace unfog {
namespace {

struct Words final {
    Q_DECLARE_TR_FUNCTIONS(About)
};

} // namespace

void showAbout(QWidget* parent)
{
    QMessageBox::about(
        parent, Words::tr("About Unfog"),
        Words::tr(
            "<h3>Unfog %1</h3><p>A studio for latent diffusion that shows every step from noise to "
            "image. Everything is computed on this machine; nothing is sent anywhere.</p>"
            "<p>Built on LibTorch, Qt %2, OpenCV and SQLite. Licence: MIT. CLIP’s vocabulary is OpenAI’s, "
            "under the MIT "
            "licence; the starter model was trained on renderings of Noto Color Emoji (SIL Open Font Licence "
            "1.1).</p>")
            .arg(QApplication::applicationVersion(), QString::fromLatin1(qVersion())));
}

} // namespace unfog
