#include <gtest/gtest.h>

#include "readings/runs.h"

namespace qala::readings {
namespace {

TEST(Assembler, CutsAChunkWhereItsTextBecomesTooLong) {
  Columns columns{.type = ValueType::text};
  columns.text = "abcdefghijklmnopqrstuvwxyz";
  const std::uint32_t lengths[] = {4, 4, 4, 26, 1, 0, 9, 2};
  for (const std::uint32_t length : lengths) {
    columns.time.push_back(static_cast<std::int64_t>(columns.time.size()));
    columns.bits.push_back(TextRef{.offset = 0, .length = length}.bits());
  }
  std::vector<std::size_t> texts, rows;
  Assembler assembler(
      100,
      [&](const Columns& chunk) -> Result<> {
        texts.push_back(chunk.text.size());
        rows.push_back(chunk.size());
        return {};
      },
      10);
  ASSERT_TRUE(assembler.add({&columns, 0, 5, false}));
  ASSERT_TRUE(assembler.add({&columns, 5, 8, false}));
  ASSERT_TRUE(assembler.flush());
  EXPECT_EQ(rows, (std::vector<std::size_t>{2, 1, 1, 3, 1}));
  EXPECT_EQ(texts, (std::vector<std::size_t>{8, 4, 26, 10, 2}));
}

}  // namespace
}  // namespace qala::readings
