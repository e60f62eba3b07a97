#include "ingest/series.h"

#include <string>
#include <unordered_map>

#include <gtest/gtest.h>

namespace qala::ingest {
namespace {

std::string lamp(int number) {
  std::string digits = std::to_string(number);
  return "L-" + std::string(4 - digits.size(), '0') + digits;
}

/// Numbered gateways and numbered devices, as every town has them.
TEST(SeriesIndex, ADeviceBehindOneGatewayIsNeverTakenForOneBehindAnother) {
  for (const std::uint64_t seed : {0x1234567890abcdefULL, 0xfedcba0987654321ULL, 1ULL}) {
    std::unordered_map<std::uint64_t, std::string> known;
    for (std::uint64_t gateway = 1; gateway <= 128; gateway++) {
      for (int number = 1; number <= 1200; number += 7) {
        const SeriesHash hash = combine(hash_bytes(lamp(number), seed ^ (gateway << 20)), "power");
        const std::string name = std::to_string(gateway) + ' ' + lamp(number);
        const auto [at, fresh] = known.try_emplace(hash.slot, name);
        ASSERT_TRUE(fresh) << name << " and " << at->second << " are one";
      }
    }
  }
}

TEST(SeriesIndex, TheHashDependsOnEachBitOfTextAndSeed) {
  std::unordered_map<std::uint64_t, int> known;
  int n = 0;
  for (const std::string text : {"", "a", "abcdefgh", "abcdefghi", "abcdefghijklmnop", "abcdefghijklmnopq"}) {
    for (int bit = -1; bit < 64; bit++) {
      const std::uint64_t seed = bit < 0 ? 0 : 1ULL << bit;
      EXPECT_TRUE(known.try_emplace(hash_bytes(text, seed), n++).second) << text << " with bit " << bit;
    }
  }
}

}  // namespace
}  // namespace qala::ingest
