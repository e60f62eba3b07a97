#include "app/readings_export.h"

#include <gtest/gtest.h>

#include "base/zone.h"
#include "ingest/table_readings.h"
#include "no_audit.h"
#include "readings/embedded_store.h"
#include "temporary_folder.h"

namespace qala::app {
namespace {

TEST(ReadingsSelection, CrossesTheControlSocketUnchanged) {
  for (const ReadingsSelection& selection : {ReadingsSelection{}, ReadingsSelection{.thing = "a b, c"},
                                             ReadingsSelection{.thing = "x", .from = "2026-01-01T00:00:00Z"},
                                             ReadingsSelection{.to = "2026-01-01T00:00:00Z"}}) {
    const auto line = to_line(selection);
    ASSERT_TRUE(line) << line.error().message;
    const auto back = selection_from(*line);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(back->thing, selection.thing);
    EXPECT_EQ(back->from, selection.from);
    EXPECT_EQ(back->to, selection.to);
  }
}

TEST(ReadingsSelection, WhatCannotBeMeantIsRefusedBeforeAskingAnybody) {
  EXPECT_EQ(to_line({.from = "yesterday"}).error().kind, ErrorKind::invalid);
  EXPECT_EQ(to_line({.thing = "a\tb"}).error().kind, ErrorKind::invalid);
  EXPECT_EQ(to_line({.thing = "a\nsettle"}).error().kind, ErrorKind::invalid);
  EXPECT_EQ(selection_from("export\tthing").error().kind, ErrorKind::invalid);
}

TEST(ReadingsExport, IsReadBackWithEveryTextAsItWas) {
  const tests::TemporaryFolder folder;
  FakeClock clock;
  tests::NoAudit audit;
  auto db = *sqlite::Database::open(folder.file("town.db"));
  const auto registry = *registry::Registry::open(db, clock, audit);
  const auto store = *readings::open_embedded(folder.file("readings"), *Zone::find("Asia/Almaty"), clock, {});
  const auto thing = *registry->put_thing({.key = "-a, \"b\"", .name = "a"}, {});
  const auto stream = *registry->put_datastream({.thing = thing, .key = "=door", .name = "door"}, {});
  readings::Batch batch;
  const std::vector<std::string> texts{"open", "a,b",     "say \"so\"", "two\nlines",
                                       "=1+1", "'quoted", " edge",      R"({"a":1,"b":"x,y"})"};
  for (const std::string& text : texts) {
    readings::Observation row{.datastream = stream, .type = readings::ValueType::text};
    row.time = clock.now().ns + static_cast<std::int64_t>(batch.rows.size()) * 1'000'000;
    row.bits = readings::TextRef{batch.text.size(), static_cast<std::uint32_t>(text.size())}.bits();
    batch.text += text;
    batch.rows.push_back(row);
  }
  const readings::Batch* batches[] = {&batch};
  ASSERT_TRUE(store->append(batches, {}));
  auto pieces = ReadingsExport::make({}, *registry, *store);
  ASSERT_TRUE(pieces) << pieces.error().message;
  std::string csv;
  for (auto piece = pieces->next(); piece && !piece->empty(); piece = pieces->next()) csv += *piece;
  ingest::Submission back;
  ASSERT_TRUE(ingest::parse_csv_readings(csv, clock.now(), back)) << csv;
  ASSERT_EQ(back.batch.rows.size(), texts.size()) << csv;
  ASSERT_EQ(back.names.size(), 1u);
  EXPECT_EQ(back.names[0].thing_key, "-a, \"b\"");
  EXPECT_EQ(back.names[0].key, "=door");
  for (std::size_t i = 0; i < texts.size(); i++) {
    EXPECT_EQ(back.batch.text_of(back.batch.rows[i].bits), texts[i]);
    EXPECT_EQ(back.batch.rows[i].time, batch.rows[i].time);
  }
}

}  // namespace
}  // namespace qala::app
