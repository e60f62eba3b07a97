#include "readings/months.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/time.h"

namespace qala::readings {
namespace {

TEST(Months, HoldEveryInstantThereIs) {
  EXPECT_EQ(month_of(0), 0);
  EXPECT_EQ(month_of(-1), -1);
  EXPECT_EQ(month_of(parse_iso("2026-01-31T23:59:59.999Z")->ns), 56 * 12);
  EXPECT_LT(month_of(std::numeric_limits<std::int64_t>::min()), month_of(parse_iso("1678-01-01")->ns));
  EXPECT_GT(month_of(std::numeric_limits<std::int64_t>::max()), month_of(parse_iso("2261-12-31")->ns));
}

}  // namespace
}  // namespace qala::readings
