#include "codec/wire.h"

#include <gtest/gtest.h>

#include "base/frames.h"

namespace qala::codec {
namespace {

std::vector<Frame> frames_of(const std::string& bytes, FrameCutter& cutter) {
  cutter.feed(bytes);
  std::vector<Frame> out;
  for (;;) {
    const auto frame = cutter.next();
    EXPECT_TRUE(frame.has_value());
    if (!frame || !*frame) return out;
    out.push_back(**frame);
  }
}

TEST(CodecWire, ARunComesBackAsItWas) {
  const codec::Run runs[] = {
      {.codec = 7, .port = 1, .bytes = std::string("\x00\xff", 2), .now_ms = 1'764'460'800'123},
      {.codec = 0xffffffff,
       .routine = Routine::encode_downlink,
       .now_ms = -5,
       .received = true,
       .input = R"({"data":{}})"},
      {.routine = Routine::normalize_uplink, .bytes = "", .input = "{}"},
  };
  for (const codec::Run& run : runs) {
    std::string bytes;
    append_run(bytes, 9, run);
    FrameCutter cutter(kMaxFrame);
    const auto frames = frames_of(bytes, cutter);
    ASSERT_EQ(frames.size(), 1u);
    EXPECT_EQ(frames[0].number, 9u);
    const auto read = parse_run(frames[0].payload);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, run);
  }
}

TEST(CodecWire, WhatIsNoRunIsRefused) {
  std::string bytes;
  append_run(bytes, 1, {.bytes = "abc", .input = "{}"});
  const std::string payload = bytes.substr(kFrameHead);
  EXPECT_TRUE(parse_run(payload));
  EXPECT_FALSE(parse_run(payload.substr(0, 10)));
  for (const auto& [at, value] : {std::pair<std::size_t, char>{4, 4}, {5, 8}, {15, 100}, {16, 127}, {5, 0}}) {
    std::string changed = payload;
    changed[at] = value;
    EXPECT_FALSE(parse_run(changed)) << "byte " << at;
  }
}

TEST(CodecWire, OutcomesThatOnlyTheParentGivesAreNotBelieved) {
  std::string bytes;
  append_answer(bytes, 3, Outcome::answered, "{}");
  EXPECT_EQ(*parse_answer(bytes.substr(kFrameHead)), (Answer{Outcome::answered, "{}"}));
  bytes.clear();
  append_answer(bytes, 3, Outcome::disabled, "");
  EXPECT_FALSE(parse_answer(bytes.substr(kFrameHead)));
  EXPECT_FALSE(parse_answer(""));
  EXPECT_FALSE(parse_hello("\x02"));
}

TEST(CodecWire, AFrameLongerThanAllowedEndsTheConnection) {
  std::string bytes;
  append_load(bytes, 1, std::string(kMaxScript, ' '));
  FrameCutter cutter(kMaxFrame);
  EXPECT_EQ(frames_of(bytes, cutter).size(), 1u);
  bytes.clear();
  append_load(bytes, 1, std::string(kMaxScript + 100, ' '));
  cutter.feed(bytes);
  EXPECT_FALSE(cutter.next());
}

}  // namespace
}  // namespace qala::codec
