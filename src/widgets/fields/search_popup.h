#pragma once

#include <QFrame>
#include <QSortFilterProxyModel>

class QLabel;
class QLineEdit;
class QListView;

namespace unfog {

class SearchBox;

/// Lets through the entries that hold every word of the search, in any case, in their name or keywords; shows
/// the reason of an entry that cannot be chosen behind its name.
class SearchFilter final : public QSortFilterProxyModel {
    Q_OBJECT
public:
    using QSortFilterProxyModel::QSortFilterProxyModel;

    void setText(const QString& text);
    QVariant data(const QModelIndex& index, int role) const override;

protected:
    bool filterAcceptsRow(int sourceRow, const QModelIndex& sourceParent) const override;

private:
    QStringList m_words;
};

/// The open list of a SearchBox: search field, entries, and a word where nothing is found. The focus stays in
/// the search field; Up, Down, Page Up and Page Down move in the list, Return chooses, Esc closes.
class SearchPopup final : public QFrame {
    Q_OBJECT
public:
    explicit SearchPopup(SearchBox& box);

    /// Under the box, or above it where there is more room; `typed` is in the search field already.
    void open(const QString& typed);

    QLineEdit* search() const { return m_search; }
    QListView* list() const { return m_list; }

Q_SIGNALS:
    void chosen(int row); ///< of the box

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void filter(const QString& text);
    void chooseCurrent();
    void setCurrentRow(int boxRow);
    void place();

    SearchBox& m_box;
    SearchFilter* m_filter;
    QLineEdit* m_search;
    QListView* m_list;
    QLabel* m_nothing;
};

} // namespace unfog
