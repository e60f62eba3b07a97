#include "lorawan/book.h"

#include <gtest/gtest.h>

#include "lorawan/downlinks.h"
#include "no_audit.h"
#include "temporary_folder.h"

namespace qala::lorawan {
namespace {

const audit::Actor kActor{"user", "aigul"};

struct LorawanBook : testing::Test {
  LorawanBook() { open(); }
  void open() {
    book.reset();
    db.emplace(*sqlite::Database::open(folder.file("town.db")));
    auto opened = Book::open(*db, clock, audit);
    ASSERT_TRUE(opened) << opened.error().message;
    book = std::move(*opened);
  }
  CodecId codec(const std::string& name, const std::string& script = "function decodeUplink() {}") {
    auto done = book->put_codec({.name = name, .script = std::make_shared<const std::string>(script)}, kActor);
    EXPECT_TRUE(done) << done.error().message;
    return done ? done->id : CodecId{};
  }
  ErrorKind kind_of(const auto& result) { return result ? ErrorKind::internal : result.error().kind; }

  tests::TemporaryFolder folder;
  FakeClock clock;
  SeededRandom random{7};
  tests::NoAudit audit;
  std::optional<sqlite::Database> db;
  std::unique_ptr<Book> book;
};

TEST_F(LorawanBook, KeepsCodecsProfilesAndDevices) {
  const CodecId id = codec("T1");
  Profile profile{.name = "T1", .decoder = DecoderKind::codec, .codec = id, .expected_s = 600};
  profile.fields = {{.path = "data.t",
                     .datastream = "temperature",
                     .unit = "°C",
                     .property = "temperature",
                     .scale = 0.1,
                     .min = -40}};
  const auto put = book->put_profile(profile, kActor);
  ASSERT_TRUE(put) << put.error().message;
  ASSERT_TRUE(book->put_device({.eui = "0102", .profile = put->id, .thing = ThingId(3), .name = "Hall"}, kActor));
  open();
  const auto plan = book->plan();
  ASSERT_NE(plan->codec(id), nullptr);
  EXPECT_EQ(plan->codec(id)->by, "aigul");
  EXPECT_EQ(plan->codec(id)->sha256.size(), 64U);
  ASSERT_NE(plan->profile(put->id), nullptr);
  EXPECT_EQ(plan->profile(put->id)->fields, profile.fields);
  EXPECT_EQ(plan->profile(put->id)->codec, id);
  ASSERT_NE(plan->device("0102"), nullptr);
  EXPECT_EQ(plan->device("0102")->name, "Hall");
}

TEST_F(LorawanBook, WhatIsInUseDoesNotGo) {
  const CodecId id = codec("T1");
  const auto profile = book->put_profile({.name = "P", .decoder = DecoderKind::codec, .codec = id}, kActor);
  ASSERT_TRUE(profile);
  EXPECT_EQ(kind_of(book->remove_codec(id, kActor)), ErrorKind::conflict);
  ASSERT_TRUE(book->put_device({.eui = "0102", .profile = profile->id, .thing = ThingId(1)}, kActor));
  EXPECT_EQ(kind_of(book->remove_profile(profile->id, kActor)), ErrorKind::conflict);
  ASSERT_TRUE(book->put_device({.eui = "0102", .thing = ThingId(1)}, kActor));
  EXPECT_TRUE(book->remove_profile(profile->id, kActor));
  EXPECT_TRUE(book->remove_codec(id, kActor));
}

TEST_F(LorawanBook, NamesAreTakenOnce) {
  codec("T1");
  EXPECT_EQ(kind_of(book->put_codec({.name = "T1", .script = std::make_shared<const std::string>("x")}, kActor)),
            ErrorKind::conflict);
  ASSERT_TRUE(book->put_profile({.name = "P"}, kActor));
  EXPECT_EQ(kind_of(book->put_profile({.name = "P"}, kActor)), ErrorKind::conflict);
}

TEST_F(LorawanBook, ADisabledCodecStaysSoUntilItIsEnabledOrReplaced) {
  const CodecId id = codec("T1");
  ASSERT_TRUE(book->set_standing(id, 3, true, "it takes longer than 100 ms"));
  open();
  EXPECT_TRUE(book->plan()->codec(id)->disabled);
  EXPECT_EQ(book->plan()->codec(id)->reason, "it takes longer than 100 ms");
  Codec renamed = *book->plan()->codec(id);
  renamed.name = "T1 b";
  renamed.disabled = false;
  ASSERT_TRUE(book->put_codec(renamed, kActor));
  EXPECT_TRUE(book->plan()->codec(id)->disabled) << "another name is no other script";
  ASSERT_TRUE(book->enable_codec(id, kActor));
  EXPECT_FALSE(book->plan()->codec(id)->disabled);
  open();
  EXPECT_FALSE(book->plan()->codec(id)->disabled);
}

TEST_F(LorawanBook, AnImportIsWholeOrNot) {
  ASSERT_TRUE(book->put_profile({.name = "P"}, kActor));
  Codec shared{.name = "C", .script = std::make_shared<const std::string>("x")};
  EXPECT_FALSE(book->import({.name = "P", .decoder = DecoderKind::codec}, shared, kActor));
  EXPECT_TRUE(book->plan()->codecs.empty());
  open();
  EXPECT_TRUE(book->plan()->codecs.empty());
  const auto taken = book->import({.name = "Q", .decoder = DecoderKind::codec}, shared, kActor);
  ASSERT_TRUE(taken) << taken.error().message;
  EXPECT_EQ(book->plan()->codecs.size(), 1U);
}

TEST_F(LorawanBook, WhatWillNotDoIsNamed) {
  const auto words = [&](const std::string& body) {
    Profile profile{.name = "P"};
    auto read = read_profile(*parse_object(body), profile);
    if (read) read = check(profile);
    return read ? std::string("fine") : read.error().message.substr(0, read.error().message.find(": "));
  };
  EXPECT_EQ(words("{}"), "fine");
  EXPECT_EQ(words(R"({"decoder":{"kind":"magic"}})"), "decoder.kind");
  EXPECT_EQ(words(R"({"decoder":{"kind":"codec"}})"), "decoder.codec");
  EXPECT_EQ(words(R"({"expected_s":-1})"), "expected_s");
  EXPECT_EQ(words(R"({"fields":[{"path":"x"}]})"), "fields[0].datastream");
  EXPECT_EQ(words(R"({"fields":[{"path":"x","datastream":"x","scale":"a"}]})"), "fields[0].scale");
  EXPECT_EQ(words(R"({"fields":[{"path":"x","datastream":"x","scale":0}]})"), "fields[0].scale");
  EXPECT_EQ(words(R"({"fields":[{"path":"x","datastream":"x","min":2,"max":1}]})"), "fields[0].min");
  EXPECT_EQ(words(R"({"fields":[{"path":"x","datastream":"x"},{"path":"y","datastream":"x"}]})"),
            "fields[0].datastream");
  EXPECT_EQ(words(R"({"variables":[]})"), "variables");
}

struct LorawanDownlinks : LorawanBook {
  Downlink add(const std::string& device = "0102") {
    auto added = queue().add({.device = device, .source = "cs", .f_port = 10, .payload = "\x01"}, kActor);
    EXPECT_TRUE(added) << added.error().message;
    return added ? *added : Downlink{};
  }
  Downlinks queue() { return Downlinks(*db, clock, random, audit); }
  std::string state() { return queue().of("0102", 1)->front().state; }
};

TEST_F(LorawanDownlinks, GoFromQueuedToAcknowledged) {
  const Downlink added = add();
  EXPECT_EQ(added.uuid.size(), 36U);
  EXPECT_EQ(state(), "queued");
  ASSERT_TRUE(queue().published(added.id, true, ""));
  EXPECT_TRUE(queue().unpublished("cs")->empty());
  ASSERT_TRUE(queue().told({added.uuid}, Event::sent, ""));
  EXPECT_EQ(state(), "sent");
  ASSERT_TRUE(queue().told({"gs:x", "qala:" + added.uuid}, Event::ack, ""));
  EXPECT_EQ(state(), "acknowledged");
  ASSERT_TRUE(queue().told({added.uuid}, Event::sent, ""));
  ASSERT_TRUE(queue().told({added.uuid}, Event::failed, "late"));
  EXPECT_EQ(state(), "acknowledged") << "what has ended stays as it is";
}

TEST_F(LorawanDownlinks, WaitOverARestartForTheirBridge) {
  const Downlink added = add();
  open();
  const auto waiting = queue().unpublished("cs");
  ASSERT_TRUE(waiting);
  ASSERT_EQ(waiting->size(), 1U);
  EXPECT_EQ(waiting->front().payload, "\x01");
  EXPECT_EQ(waiting->front().uuid, added.uuid);
}

TEST_F(LorawanDownlinks, ExpireAfterADayWithoutNews) {
  add();
  clock.advance(std::chrono::hours(23));
  ASSERT_TRUE(queue().expire());
  EXPECT_EQ(state(), "queued");
  clock.advance(std::chrono::hours(2));
  ASSERT_TRUE(queue().expire());
  EXPECT_EQ(state(), "expired");
}

TEST_F(LorawanDownlinks, FailWithTheServersWords) {
  const Downlink added = add();
  ASSERT_TRUE(queue().told({added.uuid}, Event::failed, "payload is too long"));
  EXPECT_EQ(state(), "failed");
  EXPECT_EQ(queue().of("0102", 1)->front().words, "payload is too long");
}

}  // namespace
}  // namespace qala::lorawan
