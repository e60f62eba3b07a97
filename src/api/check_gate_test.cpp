#include "api/check_gate.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace qala::api {
namespace {

TEST(CheckGate, OnePlaceLeavesRoomForOthers) {
  CheckGate gate;
  std::vector<std::unique_ptr<CheckGate::Pass>> passes;
  const auto ask = [&](const char* place) {
    passes.push_back(std::make_unique<CheckGate::Pass>(gate, place));
    return static_cast<bool>(*passes.back());
  };
  for (int n = 0; n < CheckGate::kOfOnePlace; n++) EXPECT_TRUE(ask("192.0.2.1"));
  EXPECT_FALSE(ask("192.0.2.1"));
  EXPECT_TRUE(ask("192.0.2.2"));
  passes.erase(passes.begin());
  EXPECT_TRUE(ask("192.0.2.1")) << "one has ended";
  int others = 0;
  while (ask(("198.51.100." + std::to_string(others)).c_str())) others++;
  EXPECT_EQ(others + 1 + CheckGate::kOfOnePlace, CheckGate::kInAll);
  passes.clear();
  EXPECT_TRUE(ask("192.0.2.1")) << "what was refused gives nothing back";
  for (int n = 1; n < CheckGate::kOfOnePlace; n++) EXPECT_TRUE(ask("192.0.2.1"));
  EXPECT_FALSE(ask("192.0.2.1"));
}

}  // namespace
}  // namespace qala::api
