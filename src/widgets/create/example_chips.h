#pragma once

#include <QWidget>

#include "generation/engine/model_guide.h"

namespace unfog {

/// What a model suggests to begin with, as buttons on the empty canvas: its example prompts and "Surprise
/// me". Hidden texts are told in the tooltips; without examples the widget is empty.
class ExampleChips final : public QWidget {
    Q_OBJECT
public:
    explicit ExampleChips(QWidget* parent = nullptr);

    void setGuide(const ModelGuide& guide);

    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;
    QSize sizeHint() const override;

Q_SIGNALS:
    void chosen(const QString& prompt); ///< to be generated at once

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    /// Places the buttons in centred rows of this width, where `place`, and hides those that do not fit;
    /// returns the height.
    int layOut(int width, bool place) const;
    void surprise();

    ModelGuide m_guide;
    QString m_lastSurprise;
};

} // namespace unfog
