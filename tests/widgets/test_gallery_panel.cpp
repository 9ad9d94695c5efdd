#include <QComboBox>
#include <QDir>
#include <QLabel>
#include <QLineEdit>
#include <QProgressBar>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

#include "studio_support/sample_pictures.h"
#include "widgets/gallery/gallery_details.h"
#include "widgets/gallery/gallery_panel.h"
#include "widgets/gallery/thumbnail_grid.h"
#include "widgets/window/action_registry.h"

using namespace unfog;
using namespace unfog::test;

namespace {

/// Images in the panel, named "fox 1", "fox 2" …; those of odd numbers are "red", of even ones "blue".
struct Bench {
    const int count;
    QTemporaryDir folder;
    std::unique_ptr<GalleryStore> store;
    std::unique_ptr<GalleryModel> model;
    QWidget window;
    ActionRegistry actions{&window};
    std::unique_ptr<GalleryPanel> panel;

    explicit Bench(int images = 3) : count(images)
    {
        for (int number = 1; number <= count; ++number)
            writeSamplePicture(folder.filePath(QStringLiteral("pictures/%1.png").arg(number)).toStdString(),
                               "fox " + std::to_string(number) + (number % 2 == 1 ? " red" : " blue"),
                               static_cast<std::uint64_t>(number));
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
            [this] { return !store->isScanning() && model->rowCount() == count && !model->isSearching(); },
            10000);
    }

    void select(const QList<int>& rows)
    {
        panel->grid()->selectionModel()->setCurrentIndex(model->index(rows.constFirst()),
                                                         QItemSelectionModel::ClearAndSelect);
        for (const int row : rows.mid(1))
            panel->grid()->selectionModel()->setCurrentIndex(model->index(row), QItemSelectionModel::Select);
    }

    void search(const QString& text)
    {
        auto* edit = panel->findChild<QLineEdit*>();
        edit->clear();
        QTest::keyClicks(edit, text);
        QTRY_COMPARE(model->filter().text, text);
        QTRY_VERIFY(!model->isSearching());
    }

    QWidget* scanRow() const { return panel->findChild<QWidget*>(QStringLiteral("galleryScan")); }
    QString promptOf(int row) const { return model->index(row).data(GalleryModel::PromptRole).toString(); }
};

} // namespace

class TestGalleryPanel final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        static QTemporaryDir home;
        QVERIFY(QDir(home.path()).mkpath(QStringLiteral("share")));
        qputenv("XDG_DATA_HOME", home.filePath(QStringLiteral("share")).toUtf8());
    }

    void afterTheTrashTheNextImageIsSelected_data()
    {
        QTest::addColumn<QList<int>>("selected");
        QTest::addColumn<int>("next"); // of the rows before
        QTest::newRow("one") << QList<int>{1} << 2;
        QTest::newRow("the first") << QList<int>{0} << 1;
        QTest::newRow("the last") << QList<int>{5} << 4;
        QTest::newRow("a block") << QList<int>{1, 2, 3} << 4;
        QTest::newRow("a block at the end") << QList<int>{4, 5} << 3;
        QTest::newRow("apart") << QList<int>{1, 3} << 4;
        QTest::newRow("apart, chosen backwards") << QList<int>{3, 1} << 4;
        QTest::newRow("apart, with the last") << QList<int>{2, 5} << 4;
        QTest::newRow("all but one") << QList<int>{0, 1, 3, 4, 5} << 2;
    }

    void afterTheTrashTheNextImageIsSelected()
    {
        QFETCH(QList<int>, selected);
        QFETCH(int, next);
        Bench bench(6);
        QVERIFY(bench.waitForPictures());
        const PictureId expected = bench.model->idAt(next);
        bench.panel->grid()->setFocus();
        bench.select(selected);
        bench.store->trash(bench.panel->takeCommandIds());
        QCOMPARE(bench.panel->selectedIds(), QList<PictureId>{expected}); // at once: the next key means it
        QTRY_COMPARE(bench.model->rowCount(), 6 - static_cast<int>(selected.size()));
        QCOMPARE(bench.panel->selectedIds(), QList<PictureId>{expected});
        QCOMPARE(bench.model->idAt(bench.panel->grid()->currentIndex().row()), expected);
    }

    void afterImagesLeftByThemselvesTheNextIsSelected_data()
    {
        QTest::addColumn<QList<int>>("selected");
        QTest::addColumn<QList<int>>("left");
        QTest::addColumn<QList<int>>("expected");
        QTest::newRow("the selected one") << QList<int>{1} << QList<int>{1} << QList<int>{2};
        QTest::newRow("the last one") << QList<int>{5} << QList<int>{5} << QList<int>{4};
        QTest::newRow("some of the selected") << QList<int>{1, 3} << QList<int>{1} << QList<int>{3};
        QTest::newRow("others") << QList<int>{3} << QList<int>{0, 1, 5} << QList<int>{3};
        QTest::newRow("nothing was selected") << QList<int>{} << QList<int>{0, 1} << QList<int>{};
    }

    void afterImagesLeftByThemselvesTheNextIsSelected()
    {
        QFETCH(QList<int>, selected);
        QFETCH(QList<int>, left);
        QFETCH(QList<int>, expected);
        Bench bench(6);
        QVERIFY(bench.waitForPictures());
        const auto idsOf = [&](const QList<int>& rows) {
            QList<PictureId> ids;
            for (const int row : rows)
                ids.append(bench.model->idAt(row));
            return ids;
        };
        const QList<PictureId> expectedIds = idsOf(expected);
        const QList<PictureId> leftIds = idsOf(left);
        if (!selected.isEmpty())
            bench.select(selected);
        bench.store->trash(leftIds);
        QTRY_COMPARE(bench.model->rowCount(), 6 - static_cast<int>(left.size()));
        QCOMPARE(bench.panel->selectedIds(), expectedIds);
    }

    void aSearchKeepsOrMovesTheSelection_data()
    {
        QTest::addColumn<QList<int>>("selected"); // numbers of the images
        QTest::addColumn<QString>("text");
        QTest::addColumn<QStringList>("expected");
        QTest::newRow("stays where it is found") << QList<int>{4} << "blue" << QStringList{"fox 4 blue"};
        QTest::newRow("keeps those that are found")
            << QList<int>{3, 4, 5} << "red" << QStringList{"fox 5 red", "fox 3 red"};
        QTest::newRow("moves to the next") << QList<int>{4} << "red" << QStringList{"fox 3 red"};
        QTest::newRow("moves to the one before at the end")
            << QList<int>{1} << "blue" << QStringList{"fox 2 blue"};
        QTest::newRow("nothing was selected") << QList<int>{} << "blue" << QStringList{};
    }

    void aSearchKeepsOrMovesTheSelection()
    {
        QFETCH(QList<int>, selected);
        QFETCH(QString, text);
        QFETCH(QStringList, expected);
        Bench bench(6);
        QVERIFY(bench.waitForPictures());
        QList<int> rows;
        for (const int number : selected) {
            for (int row = 0; row < 6; ++row) {
                if (bench.promptOf(row).startsWith(QStringLiteral("fox %1 ").arg(number)))
                    rows << row;
            }
        }
        if (!rows.isEmpty())
            bench.select(rows);
        const auto chosen = [&bench] {
            QStringList prompts;
            for (const PictureId id : bench.panel->selectedIds())
                prompts << bench.promptOf(bench.model->rowOf(id));
            prompts.sort();
            return prompts;
        };
        expected.sort();
        bench.search(text);
        QCOMPARE(bench.model->rowCount(), 3);
        QCOMPARE(chosen(), expected);
        bench.search(QStringLiteral("xyzzy")); // finds nothing: comes back with the rows
        QCOMPARE(bench.model->rowCount(), 0);
        bench.search(text);
        QCOMPARE(chosen(), expected);
    }

    void aRatingThatTheFilterHidesMovesOn()
    {
        Bench bench(3);
        QVERIFY(bench.waitForPictures());
        const std::vector<PictureId> ids = bench.model->ids();
        bench.store->setStars({ids.begin(), ids.end()}, 4);
        auto* minimum = bench.panel->findChild<QComboBox*>();
        minimum->setCurrentIndex(minimum->findData(4));
        QTRY_VERIFY(bench.model->filter().minStars == 4 && !bench.model->isSearching() &&
                    bench.model->rowCount() == 3);
        connect(bench.panel.get(), &GalleryPanel::starsChosen, bench.store.get(), &GalleryStore::setStars);
        bench.select({0});
        bench.panel->rate(1);
        QCOMPARE(bench.panel->selectedIds(), QList<PictureId>{ids[1]});
        bench.panel->rate(5); // is shown still: stays
        QTRY_COMPARE(bench.model->rowCount(), 2);
        QCOMPARE(bench.panel->selectedIds(), QList<PictureId>{ids[1]});
        minimum->setCurrentIndex(minimum->findData(5));
        QTRY_COMPARE(bench.model->rowCount(), 1);
        bench.store->setStars({ids[2]}, 5);
        QTRY_COMPARE(bench.model->rowCount(), 2);
        bench.store->setStars({ids[1]}, 0); // leaves by itself
        QTRY_COMPARE(bench.model->rowCount(), 1);
        QCOMPARE(bench.panel->selectedIds(), QList<PictureId>{ids[2]});
    }

    void whatComesBackFromTheTrashIsSelected()
    {
        Bench bench(4);
        QVERIFY(bench.waitForPictures());
        const QStringList prompts{bench.promptOf(1), bench.promptOf(2)};
        bench.select({1, 2});
        QSignalSpy trashed(bench.store.get(), &GalleryStore::trashed);
        bench.store->trash(bench.panel->takeCommandIds());
        QVERIFY(trashed.wait(10000));
        QTRY_COMPARE(bench.model->rowCount(), 2);
        bench.store->restore(trashed.constFirst().constFirst().value<QList<TrashedPicture>>());
        QTRY_COMPARE(bench.model->rowCount(), 4);
        QTRY_COMPARE(bench.panel->selectedCount(), 2);
        for (const PictureId id : bench.panel->selectedIds())
            QVERIFY(prompts.contains(bench.promptOf(bench.model->rowOf(id))));
    }

    void theKeyboardSelectsWhereNothingIs()
    {
        Bench bench(3);
        QVERIFY(bench.waitForPictures());
        QVERIFY(QTest::qWaitForWindowActive(bench.panel.get()));
        auto* search = bench.panel->findChild<QLineEdit*>();
        search->setFocus();
        QTest::keyClick(search, Qt::Key_Down);
        QVERIFY(bench.panel->grid()->hasFocus());
        QCOMPARE(bench.panel->selectedIds(), QList<PictureId>{bench.model->idAt(0)});

        bench.panel->grid()->clearSelection();
        bench.panel->setCurrent(bench.model->idAt(2)); // e.g. the result of the last run
        QSignalSpy shown(bench.panel.get(), &GalleryPanel::pictureShown);
        QTest::keyClick(bench.panel->grid(), Qt::Key_Right);
        QCOMPARE(bench.panel->selectedIds(), QList<PictureId>{bench.model->idAt(2)});
        QTest::keyClick(bench.panel->grid(), Qt::Key_Left);
        QCOMPARE(bench.panel->selectedIds(), QList<PictureId>{bench.model->idAt(1)});
        QCOMPARE(shown.last().constFirst().value<GalleryEntry>().id, bench.model->idAt(1));
    }

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
        shown.request->model.tokenizer = "/words";
        shown.request->prompts.areWeighted = false;
        shown.request->output.tiledDecode = true;
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
