#include "views/saved_views.h"

#include <gtest/gtest.h>

#include "temporary_folder.h"

namespace qala::views {
namespace {

class Recorder final : public audit::AuditSink {
 public:
  Result<> record(const audit::Actor& actor, std::string_view action, std::string_view object,
                  std::string_view) override {
    if (broken) return fail(ErrorKind::full, "the audit disk is full");
    lines.push_back(actor.subject + " " + std::string(action) + " " + std::string(object));
    return {};
  }
  std::vector<std::string> lines;
  bool broken = false;
};

class Views : public ::testing::Test {
 protected:
  Views() { open(); }
  void open(Limits limits = {}) {
    views.reset();
    db.emplace(*sqlite::Database::open(folder.file("town.db")));
    auto opened = SavedViews::open(*db, clock, audit, limits);
    ASSERT_TRUE(opened) << opened.error().message;
    views = std::move(*opened);
  }
  static Viewer person(std::uint32_t id, const std::string& name, int rank = 1) {
    return {.user = UserId(id), .actor = {"user", name}, .may_share = rank > 0, .may_edit_all = rank > 1};
  }
  static View view(const std::string& name, bool shared = false) {
    return {.name = name, .page = "compare", .address = "/control/compare?s=12,14", .shared = shared};
  }
  std::vector<std::string> names(const Viewer& viewer) const {
    std::vector<std::string> out;
    for (const View& one : views->visible(viewer)) out.push_back(one.name);
    return out;
  }

  tests::TemporaryFolder folder;
  FakeClock clock;
  Recorder audit;
  std::optional<sqlite::Database> db;
  std::unique_ptr<SavedViews> views;
  const Viewer asem = person(1, "asem"), nurlan = person(2, "nurlan"), erlan = person(3, "erlan", 2);
};

TEST_F(Views, AreSeenByTheirOwnerAndSharedOnesByAll) {
  ASSERT_TRUE(views->add(asem, view("Жағалау ауасы")));
  ASSERT_TRUE(views->add(asem, view("Кеш", true)));
  EXPECT_EQ(names(asem), (std::vector<std::string>{"Жағалау ауасы", "Кеш"}));
  EXPECT_EQ(names(nurlan), std::vector<std::string>{"Кеш"});
  EXPECT_EQ(names(Viewer{}), std::vector<std::string>{"Кеш"}) << "a script sees what is shared";
}

TEST_F(Views, AreThereAfterARestartWithTheSameIds) {
  const auto made = views->add(asem, view("a", true));
  ASSERT_TRUE(views->set_start(nurlan, made->id));
  open();
  ASSERT_EQ(views->visible(nurlan).size(), 1u);
  EXPECT_EQ(views->visible(nurlan)[0].id, made->id);
  EXPECT_EQ(views->visible(nurlan)[0].owner_name, "asem");
  EXPECT_EQ(views->start_of(nurlan), made->id);
  EXPECT_EQ(views->start_of(asem), std::nullopt);
}

TEST_F(Views, AreChangedByTheirOwnerOrAnEngineerOnly) {
  const auto own = views->add(asem, view("own")), shared = views->add(asem, view("shared", true));
  EXPECT_EQ(views->change(nurlan, shared->id, {.name = "mine now"}).error().kind, ErrorKind::denied);
  EXPECT_EQ(views->remove(nurlan, shared->id).error().kind, ErrorKind::denied);
  EXPECT_EQ(views->change(nurlan, own->id, {.name = "x"}).error().kind, ErrorKind::not_found);
  EXPECT_EQ(views->remove(erlan, own->id).error().kind, ErrorKind::not_found) << "not even an engineer";
  EXPECT_EQ(views->change(erlan, shared->id, {.name = "tidied"})->name, "tidied");
  EXPECT_EQ(views->change(asem, shared->id, {.shared = false})->owner_name, "asem");
  EXPECT_TRUE(names(nurlan).empty());
}

TEST_F(Views, AreSharedByOperatorsNotByViewers) {
  const Viewer reader = person(4, "aigul", 0);
  EXPECT_EQ(views->add(reader, view("a", true)).error().kind, ErrorKind::denied);
  const auto own = views->add(reader, view("a"));
  ASSERT_TRUE(own) << own.error().message;
  EXPECT_EQ(views->change(reader, own->id, {.shared = true}).error().kind, ErrorKind::denied);
  EXPECT_EQ(views->add(Viewer{}, view("a")).error().kind, ErrorKind::denied) << "a token keeps none";
}

TEST_F(Views, LeadNowhereElseAndCarryNoToken) {
  for (const char* address :
       {"https://example.org/", "//example.org/control/", "/", "/control/../api", "/controlx",
        "/control/wall#token=secret", "/control/a b", "/control/\\x", "javascript:alert(1)", ""}) {
    View one = view("a");
    one.address = address;
    EXPECT_EQ(views->add(asem, one).error().kind, ErrorKind::invalid) << address;
  }
  for (const char* name : {"", "   ", "a\nb"}) EXPECT_EQ(views->add(asem, view(name)).error().kind, ErrorKind::invalid);
  EXPECT_EQ(views->add(asem, view(std::string(201, 'a'))).error().kind, ErrorKind::invalid);
  View one = view("a");
  one.page = "Map!";
  EXPECT_EQ(views->add(asem, one).error().kind, ErrorKind::invalid);
  one = view("a");
  one.address += std::string(2000, 'a');
  EXPECT_EQ(views->add(asem, one).error().kind, ErrorKind::invalid);
}

TEST_F(Views, HaveALimitForEachPersonAndForTheRoom) {
  open({.of_person = 3, .shared = 2});
  for (int i = 0; i < 3; i++) ASSERT_TRUE(views->add(asem, view("a", i < 2)));
  EXPECT_EQ(views->add(asem, view("a")).error().message.substr(0, 9), "too_many:");
  EXPECT_EQ(views->add(nurlan, view("a", true)).error().kind, ErrorKind::conflict);
  ASSERT_TRUE(views->add(nurlan, view("a")));
  EXPECT_TRUE(views->change(asem, views->visible(nurlan)[0].id, {.name = "b"})) << "a change needs no further room";
}

TEST_F(Views, StartNobodyOnceTheyAreGone) {
  const auto one = views->add(asem, view("a", true)), own = views->add(asem, view("b"));
  ASSERT_TRUE(views->set_start(nurlan, one->id));
  EXPECT_EQ(views->set_start(nurlan, own->id).error().kind, ErrorKind::not_found);
  ASSERT_TRUE(views->change(asem, one->id, {.shared = false}));
  EXPECT_EQ(views->start_of(nurlan), std::nullopt) << "it is not shared any more";
  ASSERT_TRUE(views->change(asem, one->id, {.shared = true}));
  EXPECT_EQ(views->start_of(nurlan), one->id);
  ASSERT_TRUE(views->remove(asem, one->id));
  EXPECT_EQ(views->start_of(nurlan), std::nullopt);
}

TEST_F(Views, AreNotChangedUnrecorded) {
  const auto one = views->add(asem, view("a"));
  const auto generation = views->generation();
  audit.broken = true;
  EXPECT_EQ(views->add(asem, view("b")).error().kind, ErrorKind::full);
  EXPECT_EQ(views->change(asem, one->id, {.name = "b"}).error().kind, ErrorKind::full);
  EXPECT_EQ(views->remove(asem, one->id).error().kind, ErrorKind::full);
  open();
  EXPECT_EQ(names(asem), std::vector<std::string>{"a"});
  audit.broken = false;
  ASSERT_TRUE(views->remove(asem, one->id));
  EXPECT_EQ(generation, 2u);
  EXPECT_EQ(audit.lines, (std::vector<std::string>{"asem view.saved view 1", "asem view.removed view 1"}));
}

TEST_F(Views, OfAPersonWhoIsGoneGoButForWhatIsShared) {
  ASSERT_TRUE(views->add(asem, view("own")));
  ASSERT_TRUE(views->add(asem, view("shared", true)));
  ASSERT_TRUE(views->add(nurlan, view("of one who stays")));
  const UserId both[] = {asem.user, nurlan.user};
  ASSERT_TRUE(views->keep_only(both));
  EXPECT_EQ(names(asem).size(), 2u);
  ASSERT_TRUE(views->keep_only({&nurlan.user, 1}));
  EXPECT_EQ(names(asem), std::vector<std::string>{"shared"});
  EXPECT_EQ(names(nurlan).size(), 2u);
  open();
  EXPECT_EQ(names(asem), std::vector<std::string>{"shared"});
}

}  // namespace
}  // namespace qala::views
