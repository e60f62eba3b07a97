#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "base/time.h"
#include "readings/columns_gen.h"
#include "readings/log.h"

namespace qala::readings {
namespace {

std::string encoded(const std::vector<Batch>& batches, std::string_view attachment = {}) {
  std::vector<const Batch*> pointers;
  for (const Batch& batch : batches) pointers.push_back(&batch);
  std::string out;
  encode_row(pointers, attachment, out);
  return out;
}

std::span<const std::byte> span_of(const std::string& bytes) { return std::as_bytes(std::span(bytes)); }

TextRef put(Batch& batch, const std::string& text) {
  const TextRef ref{.offset = batch.text.size(), .length = static_cast<std::uint32_t>(text.size())};
  batch.text += text;
  return ref;
}

Batch draw_batch() {
  Batch batch;
  const auto n = *rc::gen::inRange<std::uint32_t>(0, 40);
  for (std::uint32_t i = 0; i < n; i++) {
    if (*rc::gen::inRange(0, 5) == 0) put(batch, "not of any reading");
    Observation row{.datastream = DatastreamId(*rc::gen::inRange<std::uint32_t>(1, 0x80000000u)),
                    .flags = *rc::gen::arbitrary<std::uint16_t>(),
                    .type = static_cast<ValueType>(*rc::gen::inRange(0, 6)),
                    .scale = *rc::gen::arbitrary<std::int8_t>(),
                    .time = *gen_number(),
                    .bits = *gen_number()};
    if (row.type == ValueType::text || row.type == ValueType::json)
      row.bits = put(batch, *rc::gen::arbitrary<std::string>()).bits();
    if (*rc::gen::inRange(0, 4) == 0) {
      batch.extras.push_back({.row = i,
                              .result_time = *gen_number(),
                              .interval_end = *gen_number(),
                              .parameters = put(batch, *rc::gen::arbitrary<std::string>())});
    }
    batch.rows.push_back(row);
  }
  return batch;
}

std::string_view text_at(const Batch& batch, TextRef ref) {
  return std::string_view(batch.text).substr(ref.offset, ref.length);
}

void expect_same_rows(const std::vector<Batch>& wanted, const Batch& got) {
  std::size_t at = 0;
  std::size_t extra = 0;
  for (const Batch& batch : wanted) {
    const std::size_t first = at;
    for (const Observation& row : batch.rows) {
      RC_ASSERT(at < got.rows.size());
      const Observation& back = got.rows[at++];
      RC_ASSERT(back.datastream == row.datastream);
      RC_ASSERT(back.flags == row.flags);
      RC_ASSERT(back.type == row.type);
      RC_ASSERT(back.scale == row.scale);
      RC_ASSERT(back.time == row.time);
      if (row.type == ValueType::text || row.type == ValueType::json) {
        RC_ASSERT(got.text_of(back.bits) == batch.text_of(row.bits));
      } else {
        RC_ASSERT(back.bits == row.bits);
      }
    }
    for (const Extra& one : batch.extras) {
      RC_ASSERT(extra < got.extras.size());
      const Extra& back = got.extras[extra++];
      RC_ASSERT(back.row == first + one.row);
      RC_ASSERT(back.result_time == one.result_time);
      RC_ASSERT(back.interval_end == one.interval_end);
      RC_ASSERT(text_at(got, back.parameters) == text_at(batch, one.parameters));
    }
  }
  RC_ASSERT(at == got.rows.size());
  RC_ASSERT(extra == got.extras.size());
}

RC_GTEST_PROP(LogRow, AnyBatchesComeBackAsTheyWere, ()) {
  std::vector<Batch> batches;
  for (int i = *rc::gen::inRange(0, 4); i > 0; i--) batches.push_back(draw_batch());
  const auto attachment = *rc::gen::arbitrary<std::string>();
  Batch back;
  std::string attached;
  RC_ASSERT(decode_row(span_of(encoded(batches, attachment)), back, attached).has_value());
  RC_ASSERT(attached == attachment);
  expect_same_rows(batches, back);
}

Batch ten_minutes_of_a_town(std::int64_t jitter_ms) {
  Batch batch;
  for (std::uint32_t i = 0; i < 3000; i++) {
    const std::int64_t jitter = jitter_ms == 0 ? 0 : i * 7919 % (2 * jitter_ms + 1) - jitter_ms;
    batch.rows.push_back({.datastream = DatastreamId(i + 1),
                          .type = ValueType::decimal,
                          .scale = 1,
                          .time = (1'735'689'600'000 + i / 5 * 1000 + jitter) * 1'000'000,
                          .bits = static_cast<std::int64_t>(i * 2654435761u % 1400) - 300});
  }
  return batch;
}

TEST(LogRow, OrdinaryTelemetryTakesAtMostEightBytesAReading) {
  const Batch regular = ten_minutes_of_a_town(0);
  EXPECT_LE(encoded({regular}).size(), regular.rows.size() * 2);
  const Batch jittered = ten_minutes_of_a_town(2000);
  EXPECT_LE(encoded({jittered}).size(), jittered.rows.size() * 8);
}

TEST(LogRow, TextOfARequestThatIsNoReadingsIsNotKept) {
  Batch batch;
  batch.text = "Authorization: secret;";
  batch.rows.push_back({.datastream = DatastreamId(1), .type = ValueType::text, .time = 1});
  batch.rows[0].bits = put(batch, "open").bits();
  const std::string bytes = encoded({batch});
  EXPECT_NE(bytes.find("open"), std::string::npos);
  EXPECT_EQ(bytes.find("secret"), std::string::npos);
}

TEST(LogRow, CutOffBytesAreRefused) {
  const std::string bytes = encoded({ten_minutes_of_a_town(2000)}, "receipts");
  Batch back;
  std::string attached;
  for (std::size_t size = 0; size < bytes.size(); size += size < 100 ? 1 : 37) {
    EXPECT_FALSE(decode_row(span_of(bytes).first(size), back, attached)) << size;
  }
}

}  // namespace
}  // namespace qala::readings
