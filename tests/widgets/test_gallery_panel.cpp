#include <QDir>
#include <QLabel>
#include <QProgressBar>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

#include "studio_support/sample_pictures.h"
#include "widgets/action_registry.h"
#include "widgets/gallery_details.h"
#include "widgets/gallery_panel.h"
#include "widgets/thumbnail_grid.h"

using namespace unfog;
using namespace unfog::test;

namespace {

/// Three pictures in the panel.
struct Bench {
    QTemporaryDir folder;
    std::unique_ptr<GalleryStore> store;
    std::unique_ptr<GalleryModel> model;
    QWidget window;
    ActionRegistry actions{&window};
    std::unique_ptr<GalleryPanel> panel;

    Bench()
    {
        for (int number = 1; number <= 3; ++number)
            writeSamplePicture(folder.filePath(QStringLiteral("pictures/%1.png").arg(number)).toStdString(),
                               "fox " + std::to_string(number), static_cast<std::uint64_t>(number));
        store = std::move(*GalleryStore::open(folder.filePath(QStringLiteral("pictures")),
                                              folder.filePath(QStringLiteral("gallery.db"))));
        for (const char* id : {"gallery.use-all", "gallery.use-prompt", "gallery.use-seed",
                               "gallery.copy-picture", "gallery.copy-parameters", "gallery.show-in-folder",
                               "gallery.start-from", "gallery.export", "gallery.trash"})
            actions.add({QString::fromLatin1(id), {}, QString::fromLatin1(id), {}, {}, {}});
        model = std::make_unique<GalleryModel>(*store, nullptr);
        panel = std::make_unique<GalleryPanel>(*store, *model, actions);
        panel->resize(320, 600);
        panel->show();
    }

    bool waitForPictures()
    {
        return QTest::qWaitFor(
            [this] { return !store->isScanning() && model->rowCount() == 3 && !model->isSearching(); },
            10000);
    }

    QWidget* scanRow() const { return panel->findChild<QWidget*>(QStringLiteral("galleryScan")); }
    QString promptOf(int row) const { return model->index(row).data(GalleryModel::PromptRole).toString(); }
};

} // namespace

class TestGalleryPanel final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theOneSelectedPictureCountsWhateverIsCurrent()
    {
        Bench bench;
        QVERIFY(bench.waitForPictures());
        QVERIFY(!bench.panel->currentDetails());
        QCOMPARE(bench.panel->currentFile(), QString());
        QItemSelectionModel* selection = bench.panel->grid()->selectionModel();
        // As clicks do: the first, the second with Ctrl, the second with Ctrl again.
        selection->setCurrentIndex(bench.model->index(0), QItemSelectionModel::ClearAndSelect);
        selection->setCurrentIndex(bench.model->index(1), QItemSelectionModel::Toggle);
        QCOMPARE(bench.panel->currentDetails()->entry.prompt, bench.promptOf(1));
        selection->setCurrentIndex(bench.model->index(1), QItemSelectionModel::Toggle);
        QCOMPARE(bench.panel->selectedCount(), 1);
        QCOMPARE(bench.panel->currentDetails()->entry.prompt, bench.promptOf(0));
        QCOMPARE(bench.panel->currentFile(), bench.model->entryAt(0).file);
    }

    void aRebuildShowsHowFarItIs()
    {
        Bench bench;
        QVERIFY(bench.waitForPictures());
        QVERIFY(bench.scanRow() && bench.scanRow()->isHidden());
        QSignalSpy progress(bench.store.get(), &GalleryStore::scanProgress);
        QSignalSpy ended(bench.store.get(), &GalleryStore::scanEnded);
        bench.store->rebuild();
        QVERIFY(!bench.scanRow()->isHidden());
        QVERIFY(bench.scanRow()->findChild<QToolButton*>());
        QCOMPARE(bench.scanRow()->findChild<QProgressBar*>()->maximum(), 0); // not counted yet
        QVERIFY(ended.wait(10000));
        QVERIFY(bench.scanRow()->isHidden());
        QCOMPARE(progress.last(), (QList<QVariant>{3, 3}));
    }

    void detailsHoldEveryParameter()
    {
        Bench bench;
        QVERIFY(bench.waitForPictures());
        const auto details = bench.store->details(bench.model->idAt(0));
        QVERIFY(details && details->provenance);
        GalleryDetails shown = *details;
        shown.request->tokenizer = "/words";
        shown.request->promptWeights = false;
        shown.request->tiledDecode = true;
        shown.provenance->modelHash = std::string(64, 'a');
        shown.provenance->noiseSha256 = std::string(64, 'b');
        shown.provenance->latentSha256 = std::string(64, 'c');
        GalleryDetailsView view;
        view.showDetails(shown);
        QStringList texts;
        QStringList tips;
        for (const QLabel* label : view.findChildren<QLabel*>()) {
            texts << label->text();
            tips << label->toolTip();
        }
        for (const char* expected : {"/words", "Brackets are text", "In tiles"})
            QVERIFY2(texts.contains(QLatin1String(expected)), expected);
        const Provenance& made = *shown.provenance;
        for (const std::string& hash :
             {made.modelHash, made.noiseSha256, made.latentSha256, made.pixelSha256}) {
            const QString whole = QString::fromStdString(hash);
            QVERIFY(!whole.isEmpty());
            QVERIFY(tips.contains(whole));
            QVERIFY(texts.contains(whole.left(16) + u'…'));
        }
    }
};

QTEST_MAIN(TestGalleryPanel)
#include "test_gallery_panel.moc"
