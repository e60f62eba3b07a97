#include "video/keeping.h"

#include <gtest/gtest.h>

namespace qala::video {
namespace {

TEST(Keeping, GroupsHoldTheirCameras) {
  Configuration configuration;
  configuration.keep = {{.id = 3, .days = 7, .bytes = 500}, {.id = 4, .days = 60, .bytes = 0}};
  for (const auto& [camera, keep] : {std::pair(11u, 3u), std::pair(12u, 4u), std::pair(13u, 3u)}) {
    CameraSetup setup;
    setup.id = camera;
    setup.keep = keep;
    configuration.cameras.push_back(setup);
  }
  const auto retention = retention_of(configuration);
  ASSERT_EQ(retention.groups.size(), 2u);
  EXPECT_EQ(retention.groups[0].cameras, (std::vector<std::uint32_t>{11, 13}));
  EXPECT_EQ(retention.groups[0].keep.days, 7);
  EXPECT_EQ(retention.groups[0].keep.bytes, 500);
  EXPECT_EQ(retention.groups[1].cameras, (std::vector<std::uint32_t>{12}));
  EXPECT_EQ(retention.groups[1].keep.days, 60);
}

TEST(Keeping, KeepZeroIsForAllOtherFootage) {
  Configuration configuration;
  configuration.keep = {{.id = 0, .days = 30, .bytes = 1'000}, {.id = 1, .days = 7, .bytes = 0}};
  CameraSetup setup;
  setup.id = 5;
  setup.keep = 1;
  configuration.cameras.push_back(setup);
  const auto retention = retention_of(configuration);
  EXPECT_EQ(retention.others.days, 30);
  EXPECT_EQ(retention.others.bytes, 1'000);
  ASSERT_EQ(retention.groups.size(), 1u) << "keep 0 is no group of cameras";
  EXPECT_EQ(retention.groups[0].cameras, (std::vector<std::uint32_t>{5}));
}

}  // namespace
}  // namespace qala::video
