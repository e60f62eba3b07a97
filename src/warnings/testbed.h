#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "temporary_folder.h"
#include "warnings/warning_book.h"

namespace qala::warnings::test {

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

constexpr const char* kTown = "51.90,70.80 51.90,71.10 52.10,71.10 52.10,70.80 51.90,70.80";

/// What is accepted as it is: a frost of moderate severity for the next twelve hours.
inline Content frost(Instant now, Severity severity = Severity::moderate) {
  return {.hazard = Hazard::frost,
          .urgency = Urgency::expected,
          .severity = severity,
          .certainty = Certainty::likely,
          .expires = now + std::chrono::hours(12),
          .texts = {{{"Аяз", "Түнде −38 °C", "Үйде болыңыз"},
                     {"Мороз", "Ночью −38 °C", "Оставайтесь дома"},
                     {"Frost", "−38 °C at night", "Stay in"}}},
          .area = {.name = {"Үшөзек", "Ушозек", "Ushozek"}, .polygons = {kTown}}};
}

/// A book in a folder of its own, with a clock that is told: Saturday, 17 January 2026, 19:40 in the town.
class Book {
 public:
  explicit Book(bool training = false) { open(training); }
  void open(bool training = false) {
    book.reset();
    db.emplace(*sqlite::Database::open(folder.file("town.db")));
    Settings settings{.issuer = {.sender = "alerts@town.kz", .town = {"Үшөзек", "Ушозек", "Ushozek"}},
                      .identifiers = "ushozek",
                      .town = {.name = {"Үшөзек", "Ушозек", "Ushozek"}, .polygons = {area}},
                      .training = training};
    auto opened = WarningBook::open(*db, clock, random, audit, zone, std::move(settings));
    ASSERT_TRUE(opened) << opened.error().message;
    book = std::move(*opened);
  }
  static Person person(std::uint32_t id, const std::string& name) { return {UserId(id), {"user", name}}; }

  /// Written by Asem, approved by Nurlan where it must be, published.
  Listed published(Content content) {
    const auto draft = book->write(asem, std::move(content));
    EXPECT_TRUE(draft) << draft.error().message;
    return out(*draft);
  }
  Listed out(const Listed& draft) {
    const auto id = draft.message.id;
    if (draft.needs_approval) {
      const auto approved = book->approve(nurlan, id, draft.message.revision);
      EXPECT_TRUE(approved) << approved.error().message;
    }
    const auto done = book->publish(asem, id, draft.message.revision);
    EXPECT_TRUE(done) << done.error().message;
    return *done;
  }
  Listed follow(std::uint64_t id, Type type) {
    const auto draft = book->follow(asem, id, type);
    EXPECT_TRUE(draft) << draft.error().message;
    return out(*draft);
  }
  State state(std::uint64_t id) const { return book->find(id)->state; }
  std::vector<std::uint64_t> in_feed() const {
    std::vector<std::uint64_t> out;
    for (const Message& one : book->feed().messages) out.push_back(one.id);
    return out;
  }

  std::string area = kTown;  ///< of the configuration
  tests::TemporaryFolder folder;
  FakeClock clock;
  SeededRandom random{7};
  Recorder audit;
  Zone zone = *Zone::find("Asia/Almaty");
  std::optional<sqlite::Database> db;
  std::unique_ptr<WarningBook> book;
  const Person asem = person(1, "asem"), nurlan = person(2, "nurlan"), script = {{}, {"token", "asem"}};
};

/// "second_person" of "second_person: why".
inline std::string code_of(const Error& error) { return error.message.substr(0, error.message.find(':')); }

}  // namespace qala::warnings::test
