#pragma once

#include <QComboBox>

namespace unfog {

class SearchPopup;

/// A combo box whose list opens with a search field when it is long. Typing on the closed box opens it too.
/// Entries that cannot be chosen now stay in the list, greyed, with the reason.
class SearchBox : public QComboBox {
    Q_OBJECT
public:
    /// Further words by which the search finds an entry (QString).
    static constexpr int KeywordsRole = Qt::UserRole + 1;
    /// Why an entry cannot be chosen (QString, one short phrase); "" or none = it can be.
    static constexpr int ReasonRole = Qt::UserRole + 2;
    /// From so many entries on the list has a search field.
    static constexpr int kLongList = 8;

    explicit SearchBox(QWidget* parent = nullptr);
    ~SearchBox() override;

    /// Greys the entry and shows `reason` after its name and in its tooltip; "" makes it choosable again.
    void setReason(int row, const QString& reason);
    QString reason(int row) const { return itemData(row, ReasonRole).toString(); }

    void showPopup() override;
    void hidePopup() override;

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    void openPopup(const QString& typed);
    void choose(int row);

    SearchPopup* m_popup = nullptr;
};

} // namespace unfog
