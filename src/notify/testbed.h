#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "alarms/journal.h"
#include "no_audit.h"
#include "notify/notifier.h"
#include "temporary_folder.h"

namespace qala::notify::testing {

/// Takes parcels and says of each what it is told to.
class FakeCarrier final : public Carrier {
 public:
  void send(Parcel parcel, Done done) override {
    sent.push_back(std::move(parcel));
    if (hold) held.push_back(std::move(done));
    else done(answers.empty() ? Outcome{Fate::delivered, "250 ok"} : next_answer());
  }
  Outcome next_answer() {
    Outcome answer = answers.front();
    if (answers.size() > 1) answers.pop_front();  // the last is said for ever
    return answer;
  }
  std::vector<Parcel> sent;
  std::deque<Outcome> answers;  ///< none: delivered
  bool hold = false;            ///< never answers
  std::vector<Done> held;
};

/// town.db with the tables of alarms, written as the engine's journal writes them, and the notifier over it.
class Desk final : public Audience {
 public:
  Desk() { open(); }

  void open() {
    auto opened = sqlite::Database::open(folder_.file("town.db"));
    ASSERT_TRUE(opened) << opened.error().message;
    db_ = std::make_unique<sqlite::Database>(std::move(*opened));
    auto journal = alarms::Journal::open(*db_);
    ASSERT_TRUE(journal) << journal.error().message;
    journal_ = std::move(*journal);
    auto made = Notifier::open({.db = *db_,
                                .clock = clock,
                                .random = random,
                                .audit = audit,
                                .carrier = carrier,
                                .audience = *this,
                                .zone = *Zone::find("Asia/Almaty"),
                                .names = names(),
                                .post = [this](std::function<void()> job) { jobs.push_back(std::move(job)); }},
                               settings);
    ASSERT_TRUE(made) << made.error().message;
    notifier = std::move(*made);
  }
  /// As kill -9 leaves it: what the carrier has not answered is never heard.
  void kill() {
    notifier.reset();
    journal_.reset();
    db_.reset();
    carrier.held.clear();
    jobs.clear();
  }

  static Names names() {
    return {.thing = [](ThingId thing, words::Language) { return "HS-" + std::to_string(thing.value); },
            .thing_key = [](ThingId thing) { return "HS-" + std::to_string(thing.value); },
            .rule = [](std::string_view rule, words::Language) { return "rule " + std::string(rule); },
            .town = [](words::Language) { return std::string("Үшөзек"); }};
  }

  bool knows(UserId user) const override { return user.value != 666; }
  bool may_hear(UserId, const alarms::Alarm& alarm) const override { return alarm.zone != 13; }

  static alarms::Alarm alarm(std::uint64_t id, alarms::Severity severity = alarms::Severity::high) {
    alarms::Alarm out;
    out.id = AlarmId(id);
    out.rule = "cold";
    out.severity = severity;
    out.thing = ThingId(static_cast<std::uint32_t>(id));
    out.value = 54.2;
    out.limit = 60;
    out.comparison = alarms::Comparison::below;
    out.unit = "°C";
    return out;
  }
  /// One transaction of the journal: the alarm as it is now, and what happened to it.
  void write(alarms::Alarm alarm, std::vector<alarms::StepKind> kinds, bool shown = true) {
    const std::int64_t now = clock.now().ns;
    if (alarm.raised == 0) alarm.raised = now;
    alarms::Part part;
    for (const auto kind : kinds) part.steps.push_back({.alarm = alarm.id, .kind = kind, .at = now, .shown = shown});
    part.alarms.push_back(std::make_shared<const alarms::Alarm>(std::move(alarm)));
    ASSERT_TRUE(journal_->write(part, {}));
  }
  void raise(std::uint64_t id, alarms::Severity severity = alarms::Severity::high) {
    write(alarm(id, severity), {alarms::StepKind::raised});
  }
  /// As a flood is written: alarms first, then what happened to them.
  void raise_many(std::uint64_t first, std::uint64_t last, alarms::Severity severity = alarms::Severity::high) {
    alarms::Part part;
    for (std::uint64_t id = first; id <= last; id++) {
      part.alarms.push_back(std::make_shared<const alarms::Alarm>(alarm(id, severity)));
      part.steps.push_back(
          {.alarm = AlarmId(id), .kind = alarms::StepKind::raised, .at = clock.now().ns, .shown = true});
    }
    ASSERT_TRUE(journal_->write(part, {}));
  }
  void clear(std::uint64_t id) {
    auto over = alarm(id);
    over.condition = alarms::Condition::cleared;
    write(over, {alarms::StepKind::cleared});
  }
  void acknowledge(std::uint64_t id) {
    auto taken = alarm(id);
    taken.handling = alarms::Handling::acknowledged;
    taken.acknowledged_by = "asel";
    write(taken, {alarms::StepKind::acknowledged});
  }

  static Recipient mail() {
    return {.name = "Duty", .channel = Channel::mail, .address = "duty@example.kz", .language = words::Language::en};
  }
  static Recipient hook() {
    return {.name = "Bot",
            .channel = Channel::webhook,
            .address = "https://example.kz/hook",
            .language = words::Language::en};
  }
  RecipientId add(Recipient recipient) {
    const auto made = notifier->add(std::move(recipient), by);
    EXPECT_TRUE(made) << made.error().message;
    return made ? made->id : RecipientId();
  }
  void work() {
    while (run_jobs() || notifier->work()) {
    }
  }
  /// What came back to the writer. True: there was something.
  bool run_jobs() {
    if (jobs.empty()) return false;
    const auto job = std::move(jobs.front());
    jobs.pop_front();
    job();
    return true;
  }
  /// Second by second, as in service.
  void wait(std::int64_t seconds) {
    for (std::int64_t i = 0; i < seconds; i++) clock.advance(std::chrono::seconds(1)), work();
  }
  /// As a disk does that takes nothing any more.
  void read_only(bool on) { ASSERT_TRUE(db_->exec(on ? "PRAGMA query_only=ON" : "PRAGMA query_only=OFF")); }
  /// What is sent of it is under way (`carrier.held`) when town.db takes nothing any more.
  void raise_onto_a_dying_disk(std::uint64_t id) {
    carrier.hold = true;
    raise(id);
    work();
    read_only(true);
    carrier.hold = false;
  }
  Standing standing(RecipientId id) const { return notifier->find(id)->standing; }

  tests::TemporaryFolder folder_;
  FakeClock clock;
  SeededRandom random{7};
  tests::NoAudit audit;
  FakeCarrier carrier;
  std::deque<std::function<void()>> jobs;
  Settings settings{.address = "https://qala.example.kz", .mail_from = "qala@example.kz"};
  audit::Actor by{"user", "admin"};
  std::unique_ptr<Notifier> notifier;

 private:
  std::unique_ptr<sqlite::Database> db_;
  std::unique_ptr<alarms::Journal> journal_;
};

/// The text of a mail as it was before it was encoded.
std::string body_of(const Parcel& mail);
/// Its subject, decoded.
std::string subject_of(const Parcel& mail);

}  // namespace qala::notify::testing
