#include "widgets/models/model_picker.h"

#include <map>

#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QMenu>
#include <QSignalBlocker>
#include <QToolButton>

#include "widgets/fields/field_row.h"
#include "widgets/fields/plain_text.h"
#include "widgets/fields/search_box.h"

namespace unfog {

QString modelTitle(const QString& path)
{
    const QFileInfo info(path);
    return info.suffix() == QLatin1String("safetensors") ? info.completeBaseName() : info.fileName();
}

ModelPicker::ModelPicker(QWidget* parent)
    : QWidget(parent), m_box(new SearchBox(this)),
      m_open(smallButton(QStringLiteral("folder"), tr("Open another model"), this))
{
    m_box->setAccessibleName(tr("Model"));
    m_box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_box->setMinimumContentsLength(10);
    m_box->setPlaceholderText(tr("No model"));
    auto* menu = new QMenu(m_open);
    connect(menu->addAction(tr("Model &folder (diffusers)…")), &QAction::triggered, this,
            &ModelPicker::askForFolder);
    connect(menu->addAction(tr("&Single file (.safetensors)…")), &QAction::triggered, this,
            &ModelPicker::askForFile);
    m_open->setMenu(menu);
    m_open->setPopupMode(QToolButton::InstantPopup);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(2);
    layout->addWidget(m_box, 1);
    layout->addWidget(m_open);
    setFocusProxy(m_box);
    connect(m_box, &QComboBox::currentIndexChanged, this, [this] { Q_EMIT modelChanged(model()); });
}

QString ModelPicker::model() const
{
    return m_box->currentData().toString();
}

void ModelPicker::add(const QString& path)
{
    m_box->addItem(modelTitle(path), path);
    m_box->setItemData(m_box->count() - 1, plainToolTip(path), Qt::ToolTipRole);
    m_box->setItemData(m_box->count() - 1, path, SearchBox::KeywordsRole);
}

void ModelPicker::showNames()
{
    std::map<QString, int> counts;
    for (int row = 0; row < m_box->count(); ++row)
        ++counts[modelTitle(m_box->itemData(row).toString())];
    for (int row = 0; row < m_box->count(); ++row) {
        const QString path = m_box->itemData(row).toString();
        const QString title = modelTitle(path);
        m_box->setItemText(row, singleLine(counts[title] > 1
                                               ? tr("%1 (in %2)").arg(title, QFileInfo(path).dir().dirName())
                                               : title));
        m_box->setReason(row, QFileInfo::exists(path) ? QString() : tr("not there any more"));
    }
}

void ModelPicker::setModel(const QString& path)
{
    if (path.isEmpty())
        return m_box->setCurrentIndex(-1);
    if (m_box->findData(path) < 0) {
        const QSignalBlocker blocker(m_box);
        const int before = m_box->currentIndex();
        add(path);
        m_box->setCurrentIndex(before);
        showNames();
    }
    m_box->setCurrentIndex(m_box->findData(path));
}

void ModelPicker::setModels(const QStringList& recent, const QString& always)
{
    m_recent = recent;
    m_always = always;
    fill();
}

void ModelPicker::setFound(const QStringList& found)
{
    m_found = found;
    fill();
}

void ModelPicker::fill()
{
    const QString kept = model();
    const QSignalBlocker blocker(m_box);
    m_box->clear();
    for (const QString& path : m_recent + QStringList{m_always} + m_found + QStringList{kept})
        if (!path.isEmpty() && m_box->findData(path) < 0)
            add(path);
    showNames();
    m_box->setCurrentIndex(kept.isEmpty() ? -1 : m_box->findData(kept));
}

void ModelPicker::askForFolder()
{
    const QString folder =
        QFileDialog::getExistingDirectory(this, tr("Open a model folder"), QFileInfo(model()).path());
    if (!folder.isEmpty())
        setModel(folder);
}

void ModelPicker::askForFile()
{
    const QString file = QFileDialog::getOpenFileName(
        this, tr("Open a model file"), QFileInfo(model()).path(), tr("Models (*.safetensors)"));
    if (!file.isEmpty())
        setModel(file);
}

} // namespace unfog
