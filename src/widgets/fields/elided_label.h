#pragma once

#include <QLabel>

namespace unfog {

/// One line of plain text that is never cut off in the middle of a letter: what does not fit is elided at the
/// end and stands in the tool tip, whole. Its text() is always the whole text, so a screen reader reads all
/// of it. Shrinks to nothing; asks for the width of the whole text.
class ElidedLabel final : public QLabel {
    Q_OBJECT
public:
    explicit ElidedLabel(QWidget* parent = nullptr);

    /// Control characters are escaped, line breaks become spaces.
    void setText(const QString& text);
    bool isElided() const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void updateToolTip();
};

} // namespace unfog
