#include "app/readings_export.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace qala::app
