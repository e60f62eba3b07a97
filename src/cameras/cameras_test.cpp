#include "cameras/cameras.h"

#include <cstdlib>

#include <gmock/gmock.h>

#include "cameras/looks.h"
#include "temporary_folder.h"

namespace qala::cameras {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Recorder final : public audit::AuditSink {
 public:
  Result<> record(const audit::Actor& actor, std::string_view action, std::string_view object,
                  std::string_view detail) override {
    if (broken) return fail(ErrorKind::full, "the audit disk is full");
    lines.push_back(actor.subject + " " + std::string(action) + " " + std::string(object));
    details.emplace_back(detail);
    return {};
  }
  std::vector<std::string> lines, details;
  bool broken = false;
};

class CamerasTest : public ::testing::Test {
 protected:
  CamerasTest() { open(); }
  void open() {
    looks.reset();
    cameras.reset();
    db.emplace(*sqlite::Database::open(folder.file("town.db")));
    auto opened = Cameras::open(*db, clock, audit);
    ASSERT_TRUE(opened) << opened.error().message;
    cameras = std::move(*opened);
    auto looked = Looks::open(*db, clock, audit);
    ASSERT_TRUE(looked) << looked.error().message;
    looks = std::move(*looked);
  }
  static Camera camera(std::uint32_t thing) {
    return {.thing = ThingId(thing),
            .group = "streets",
            .main = {.url = "rtsp://10.0.3.17/main", .user = "view", .password = "kept-to-itself", .udp = false},
            .sub = {.url = "rtsp://10.0.3.17/sub", .user = "view", .password = "kept-to-itself", .udp = true},
            .control = {.url = "http://10.0.3.17/onvif/device_service",
                        .user = "steer",
                        .password = "also-kept",
                        .profile = "profile_1",
                        .events = true},
            .recording = Recording::motion,
            .ptz = true};
  }
  static Mask window() { return {.name = "терезе", .corners = {{0.1, 0.125}, {0.5, 0.125}, {0.3, 0.9}}}; }
  Look look(LookKind kind, std::uint32_t id = 1, const std::string& who = "asem") const {
    return {.camera = CameraId(id),
            .kind = kind,
            .shown_from = clock.now(),
            .actor = {"user", who},
            .reason = "smoke seen"};
  }

  tests::TemporaryFolder folder;
  FakeClock clock;
  Recorder audit;
  std::optional<sqlite::Database> db;
  std::unique_ptr<Cameras> cameras;
  std::unique_ptr<Looks> looks;
  const audit::Actor asem{"user", "asem"};
};

TEST_F(CamerasTest, AreSpokenWithAsTheirStreamIsAtItsOwnHostOnly) {
  Camera one = camera(7);
  EXPECT_EQ(control_account(one).user, "steer");
  EXPECT_EQ(control_account(one).password, "also-kept");
  one.control.user = one.control.password = "";
  EXPECT_EQ(control_account(one).password, "kept-to-itself");
  one.control.url = "http://10.0.3.99/onvif/device_service";
  EXPECT_EQ(control_account(one).user, "");
  EXPECT_EQ(control_account(one).password, "") << "the stream's password is for the stream's host";
  one.control = {.url = "http://10.0.3.17:8080/x"};
  EXPECT_EQ(control_account(one).user, "view") << "another port is the same camera";
  for (const char* bad : {"10.0.3.17", "rtsp://10.0.3.17/", "http://", "http://u:p@10.0.3.17/", "http://a b/"}) {
    one.control.url = bad;
    EXPECT_THAT(check(one).error().message, HasSubstr("onvif.url")) << bad;
  }
  one.control = {.events = true};
  EXPECT_THAT(check(one).error().message, HasSubstr("onvif.events"));
}

TEST_F(CamerasTest, AreThereAfterARestartAsTheyWere) {
  const auto made = cameras->add(camera(7), asem);
  ASSERT_TRUE(made) << made.error().message;
  const auto masked = cameras->set_masks(made->id, {window(), window()}, asem);
  ASSERT_TRUE(masked) << masked.error().message;
  open();
  ASSERT_EQ(cameras->all()->size(), 1U);
  EXPECT_EQ(cameras->all()->front(), *masked);
  EXPECT_THAT(audit.lines, ElementsAre("asem camera.added camera 1", "asem camera.masks camera 1"));
}

TEST_F(CamerasTest, TheRecordHoldsNoPasswordAndNoAddress) {
  ASSERT_TRUE(cameras->add(camera(7), asem));
  for (const auto& text : audit.details) {
    EXPECT_THAT(text, Not(HasSubstr("kept-to-itself")));
    EXPECT_THAT(text, Not(HasSubstr("10.0.3.17")));
  }
}

TEST_F(CamerasTest, AChangeKeepsMasksAndThing) {
  const auto made = cameras->add(camera(7), asem);
  ASSERT_TRUE(made && cameras->set_masks(made->id, {window()}, asem));
  Camera next = *made;  // as it was before the mask
  next.thing = ThingId(99);
  next.off = true;
  const auto changed = cameras->change(next, asem);
  ASSERT_TRUE(changed) << changed.error().message;
  EXPECT_TRUE(changed->off);
  EXPECT_EQ(changed->thing, ThingId(7));
  EXPECT_THAT(changed->masks, ElementsAre(window()));
}

TEST_F(CamerasTest, OneThingIsOneCameraAndIdsAreNotUsedTwice) {
  const auto first = cameras->add(camera(7), asem);
  ASSERT_TRUE(first);
  EXPECT_EQ(cameras->add(camera(7), asem).error().kind, ErrorKind::conflict);
  ASSERT_TRUE(cameras->remove(first->id, asem));
  EXPECT_THAT(*cameras->all(), IsEmpty());
  EXPECT_EQ(cameras->remove(first->id, asem).error().kind, ErrorKind::not_found);
  EXPECT_GT(cameras->add(camera(7), asem)->id, first->id) << "recordings lie under the number";
}

TEST_F(CamerasTest, WhatCannotBeRecordedDoesNotHappen) {
  const auto made = cameras->add(camera(7), asem);
  ASSERT_TRUE(made);
  audit.broken = true;
  EXPECT_FALSE(cameras->set_masks(made->id, {window()}, asem));
  EXPECT_FALSE(cameras->remove(made->id, asem));
  EXPECT_THAT(cameras->find(made->id)->masks, IsEmpty());
  open();
  EXPECT_EQ(cameras->all()->size(), 1U);
}

TEST_F(CamerasTest, GroupsKeepWhatTheyWereGiven) {
  ASSERT_TRUE(cameras->set_group({.name = "streets", .keep_days = 30, .keep_gb = 0}, asem));
  ASSERT_TRUE(cameras->set_group({.name = "schools", .keep_days = 3, .keep_gb = 200}, asem));
  ASSERT_TRUE(cameras->set_group({.name = "streets", .keep_days = 14, .keep_gb = 0}, asem));
  open();
  EXPECT_THAT(*cameras->groups(), ElementsAre(Group{"schools", 3, 200}, Group{"streets", 14, 0}));
  ASSERT_TRUE(cameras->forget_group("schools", asem));
  EXPECT_EQ(cameras->forget_group("schools", asem).error().kind, ErrorKind::not_found);
  EXPECT_THAT(cameras->set_group({.name = "", .keep_days = 1}, asem).error().message, HasSubstr("name"));
  EXPECT_THAT(cameras->set_group({.name = "x", .keep_days = -1}, asem).error().message, HasSubstr("keep_days"));
  EXPECT_THAT(*cameras->groups(), ElementsAre(Group{"streets", 14, 0}));
}

TEST_F(CamerasTest, WrongOnesAreRefusedInWords) {
  const auto refusal = [&](auto edit) {
    Camera wrong = camera(7);
    edit(wrong);
    const auto done = cameras->add(wrong, asem);
    return done ? std::string("taken") : done.error().message;
  };
  EXPECT_THAT(refusal([](Camera& c) { c.main.url = ""; }), HasSubstr("main.url"));
  EXPECT_THAT(refusal([](Camera& c) { c.main.url = "file:///etc/passwd"; }), HasSubstr("begins with rtsp://"));
  EXPECT_THAT(refusal([](Camera& c) { c.main.url = "rtsp:///x"; }), HasSubstr("no host"));
  EXPECT_THAT(refusal([](Camera& c) { c.sub.url = "rtsp://a:b@10.0.3.17/x"; }), HasSubstr("own fields"));
  EXPECT_THAT(refusal([](Camera& c) { c.main.url = "rtsp://10.0.3.17/a b"; }), HasSubstr("blanks"));
  EXPECT_THAT(refusal([](Camera& c) { c.masks = {{"", {{0, 0}, {1, 1}}}}; }), HasSubstr("three corners"));
  EXPECT_THAT(refusal([](Camera& c) { c.masks = {{"", {{0, 0}, {1, 1}, {2, 0}}}}; }), HasSubstr("masks[0].points"));
  EXPECT_THAT(refusal([](Camera& c) { c.masks = {{"", {{0, 0}, {0.5, 0.5}, {1, 1}}}}; }), HasSubstr("enclose nothing"));
  EXPECT_THAT(refusal([](Camera& c) { c.masks.assign(17, {"", {{0, 0}, {1, 0}, {1, 1}}}); }), HasSubstr("16"));
  EXPECT_THAT(*cameras->all(), IsEmpty());
}

TEST_F(CamerasTest, ALookIsRecordedBeforeItBeginsOrIsNone) {
  const auto id = looks->begin(look(LookKind::live));
  ASSERT_TRUE(id) << id.error().message;
  EXPECT_THAT(audit.lines, ElementsAre("asem camera.look.live camera 1"));
  EXPECT_THAT(audit.details.front(), HasSubstr("smoke seen"));
  audit.broken = true;
  EXPECT_FALSE(looks->begin(look(LookKind::live)));
  EXPECT_EQ(Looks::list(*db, {})->size(), 1U) << "what was refused is not there";
}

TEST_F(CamerasTest, LooksHaveALengthAlsoAfterACrash) {
  const auto id = looks->begin(look(LookKind::live));
  ASSERT_TRUE(id);
  clock.advance(std::chrono::seconds(30));
  ASSERT_TRUE(looks->touch());
  clock.advance(std::chrono::seconds(20));
  open();  // the program died meanwhile
  auto list = Looks::list(*db, {});
  ASSERT_EQ(list->size(), 1U);
  EXPECT_EQ(list->front().ended.value() - list->front().began, std::chrono::seconds(30));
  const auto second = looks->begin(look(LookKind::playback));
  clock.advance(std::chrono::seconds(5));
  ASSERT_TRUE(second && looks->end(*second, clock.now() - std::chrono::hours(3)));
  list = Looks::list(*db, {});
  EXPECT_EQ(list->front().shown_to, clock.now() - std::chrono::hours(3));
  EXPECT_EQ(looks->open_looks(), 0U);
}

TEST_F(CamerasTest, StillsOfOneMinuteAreOneLookOfOnePerson) {
  const auto begun = [&](const Look& one) { return looks->begin(one).value_or(0); };
  const std::uint64_t first = begun(look(LookKind::still));
  ASSERT_NE(first, 0U);
  clock.advance(std::chrono::seconds(50));
  EXPECT_EQ(begun(look(LookKind::still)), first);
  clock.advance(std::chrono::seconds(50));
  EXPECT_EQ(begun(look(LookKind::still)), first) << "it goes on";
  EXPECT_NE(begun(look(LookKind::still, 2)), first) << "another camera";
  EXPECT_NE(begun(look(LookKind::still, 1, "berik")), first) << "another person";
  Look unmasked = look(LookKind::still);
  unmasked.masked = false;
  EXPECT_NE(begun(unmasked), first) << "what is behind the mask";
  ASSERT_TRUE(looks->touch());
  const auto noted = Looks::list(*db, {});
  EXPECT_EQ(noted->back().ended.value() - noted->back().began, std::chrono::seconds(100)) << "as long as it went on";
  clock.advance(std::chrono::seconds(61));
  ASSERT_TRUE(looks->touch());
  EXPECT_NE(begun(look(LookKind::still)), first) << "later";
  EXPECT_EQ(audit.lines.size(), 5U);
}

TEST_F(CamerasTest, RecordedStillsOfOneMinuteAreOneLookWhoseHoursStandInTheChain) {
  const Instant past{(clock.now().ns / Instant::kHour - 5) * Instant::kHour};
  const auto seen = [&](Instant at) {
    Look one = look(LookKind::still);
    one.shown_from = at;
    one.shown_to = at;
    return looks->begin(one).value_or(0);
  };
  const std::uint64_t first = seen(past + std::chrono::minutes(20));
  ASSERT_NE(first, 0U);
  clock.advance(std::chrono::seconds(5));
  EXPECT_EQ(seen(past + std::chrono::minutes(50)), first);
  EXPECT_EQ(seen(past + std::chrono::minutes(10)), first);
  EXPECT_EQ(audit.lines.size(), 1U) << "the same hour";
  EXPECT_EQ(seen(past + std::chrono::minutes(70)), first);
  EXPECT_EQ(audit.lines.size(), 2U) << "another hour is in the chain";
  EXPECT_NE(looks->begin(look(LookKind::still)).value_or(0), first) << "what is live is another look";
  audit.broken = true;
  EXPECT_EQ(seen(past + std::chrono::minutes(130)), 0U) << "an hour that cannot be recorded is not shown";
  EXPECT_EQ(seen(past + std::chrono::minutes(71)), first);
  audit.broken = false;
  ASSERT_TRUE(looks->touch());
  const auto noted = Looks::list(*db, {});
  ASSERT_EQ(noted->size(), 2U);
  EXPECT_EQ(noted->back().shown_from, past + std::chrono::minutes(10));
  EXPECT_EQ(noted->back().shown_to, past + std::chrono::minutes(71));
}

TEST_F(CamerasTest, ResidentsSeeSumsWithoutNames) {
  const auto a = looks->begin(look(LookKind::live));
  clock.advance(std::chrono::minutes(10));
  ASSERT_TRUE(looks->end(*a));
  ASSERT_TRUE(looks->begin(look(LookKind::evidence, 1, "berik")));
  ASSERT_TRUE(looks->begin(look(LookKind::unmask, 2, "berik")));
  const auto sums = Looks::sums(*db, {}, clock.now() + std::chrono::hours(1));
  ASSERT_TRUE(sums) << sums.error().message;
  ASSERT_EQ(sums->size(), 2U);
  EXPECT_EQ(sums->at(0).looks, 2U);
  EXPECT_EQ(sums->at(0).exports, 1U);
  EXPECT_EQ(sums->at(0).people, 2U);
  EXPECT_EQ(sums->at(0).seconds, 600);
  EXPECT_EQ(sums->at(1).unmaskings, 1U);
  ASSERT_EQ(Looks::sums(*db, clock.now() + std::chrono::hours(1), Instant{INT64_MAX})->size(), 0U);
  EXPECT_EQ(Looks::list(*db, {.camera = CameraId(2)})->size(), 1U);
  ASSERT_EQ(looks->sweep(clock.now()), 1U);
  EXPECT_EQ(Looks::list(*db, {})->size(), 2U);
}

}  // namespace
}  // namespace qala::cameras
