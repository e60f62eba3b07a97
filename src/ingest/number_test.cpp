#include "ingest/number.h"

#include <gtest/gtest.h>

#include <bit>
#include <limits>

namespace qala::ingest {
namespace {

TEST(Number, KeepsTheDigitsAsSent) {
  struct Case {
    const char* text;
    std::int64_t bits;
    int scale;
  };
  for (const auto& [text, bits, scale] : {Case{"0", 0, 0},
                                          {"-0", 0, 0},
                                          {"12.30", 1230, 2},
                                          {"-27", -27, 0},
                                          {"007", 7, 0},
                                          {"0.000", 0, 3},
                                          {"-0.5", -5, 1},
                                          {"999999999999999999", 999999999999999999, 0},
                                          {"0.00000000000000001", 1, 17}}) {
    Number out;
    ASSERT_TRUE(parse_number(text, out)) << text;
    EXPECT_EQ(out.type, readings::ValueType::decimal) << text;
    EXPECT_EQ(out.bits, bits) << text;
    EXPECT_EQ(out.scale, scale) << text;
  }
}

TEST(Number, LongOnesAndExponentsAreDoubles) {
  struct Case {
    const char* text;
    double value;
  };
  for (const auto& [text, value] : {Case{"1e3", 1000},
                                    {"-2.5E-1", -0.25},
                                    {"1234567890123456789", 1234567890123456789.0},
                                    {"0.1234567890123456789", 0.1234567890123456789}}) {
    Number out;
    ASSERT_TRUE(parse_number(text, out)) << text;
    EXPECT_EQ(out.type, readings::ValueType::real) << text;
    EXPECT_EQ(std::bit_cast<double>(out.bits), value) << text;
  }
}

TEST(Number, OfABinaryOneTheDigitsThatWereMeant) {
  const auto is = [](const auto& number, std::int64_t bits, int scale) {
    return number && number->type == readings::ValueType::decimal && number->bits == bits && number->scale == scale;
  };
  EXPECT_TRUE(is(number_of(83.6F), 836, 1));
  EXPECT_TRUE(is(number_of(0.1), 1, 1));
  EXPECT_TRUE(is(number_of(-12.0), -12, 0));
  EXPECT_TRUE(is(number_of(1e-5), 1, 5));
  for (const double value : {1e300, 1e-30, 1.0 / 3 * 1e9}) {
    const auto number = number_of(value);
    ASSERT_TRUE(number);
    const double back = number->type == readings::ValueType::real
                            ? std::bit_cast<double>(number->bits)
                            : readings::as_number(number->type, number->scale, number->bits);
    EXPECT_DOUBLE_EQ(back, value);
  }
  EXPECT_FALSE(number_of(std::numeric_limits<double>::quiet_NaN()));
  EXPECT_FALSE(number_of(std::numeric_limits<float>::infinity()));
}

TEST(Number, NothingElseIsANumber) {
  for (const char* text : {"",   "-",  "+1",  ".5",   "1.", "1.e3",  "NaN", "nan",   "inf",   "-inf",
                           " 1", "1 ", "1,5", "0x10", "1e", "1e999", "--1", "1.2.3", "1_000", "١"}) {
    Number out;
    EXPECT_FALSE(parse_number(text, out)) << text;
  }
}

}  // namespace
}  // namespace qala::ingest
