#include "readings/superseded.h"

#include <gtest/gtest.h>

#include "readings/log.h"
#include "readings/varint.h"

namespace qala::readings {
namespace {

Observation reading_of(std::int64_t time, ValueType type, std::int64_t bits) {
  return {.datastream = DatastreamId(7), .flags = 0, .type = type, .scale = 0, .time = time, .bits = bits};
}

std::size_t frames_of(std::span<const std::byte> file) {
  std::size_t frames = 0;
  for (Cursor in(file); in.left() != 0 && !in.bad(); frames++) {
    const auto length = in.fixed<std::uint32_t>();
    in.fixed<std::uint32_t>();
    in.take(length);
  }
  return frames;
}

TEST(Superseded, MoreThanOneRowOfTheLogTakesAreReadAgain) {
  static constexpr std::int64_t kMany = static_cast<std::int64_t>(kMostRowReadings) + 1;
  std::vector<std::byte> file;
  {
    Batch many;
    many.rows.reserve(kMany);
    for (std::int64_t i = 0; i < kMany; i++) many.rows.push_back(reading_of(i, ValueType::integer, i % 7));
    append_superseded(file, many);
  }
  Batch read;
  const auto done = read_superseded(file, read);
  ASSERT_TRUE(done) << done.error().message;
  ASSERT_EQ(read.rows.size(), static_cast<std::size_t>(kMany));
  EXPECT_EQ(read.rows.back().time, kMany - 1);
  EXPECT_EQ(read.rows.back().bits, (kMany - 1) % 7);
}

TEST(Superseded, LongTextsAreCutBetweenReadings) {
  Batch texts;
  for (int i = 0; i < 3; i++) {
    keep_superseded(texts, reading_of(i, ValueType::text, 0),
                    std::string(kSupersededText / 2 + 1, static_cast<char>('a' + i)));
  }
  std::vector<std::byte> file;
  append_superseded(file, texts);
  EXPECT_EQ(frames_of(file), 3u);
  Batch read;
  ASSERT_TRUE(read_superseded(file, read));
  ASSERT_EQ(read.rows.size(), 3u);
  EXPECT_EQ(read.text_of(read.rows[2].bits), std::string(kSupersededText / 2 + 1, 'c'));
}

TEST(Superseded, NothingIsNoFrame) {
  std::vector<std::byte> file;
  append_superseded(file, {});
  EXPECT_TRUE(file.empty());
}

}  // namespace
}  // namespace qala::readings
