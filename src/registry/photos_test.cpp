#include "registry/photos.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/file.h"
#include "registry/test_town.h"
#include "temporary_folder.h"

namespace qala::registry {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;

std::string jpeg(const std::string& rest = "a street at night") { return "\xff\xd8\xff\xe0"s + rest; }
std::string png() { return "\x89PNG\r\n\x1a\n\0\0\0\rIHDR"s + std::string(40, 'x'); }
std::string webp(const std::string& first = "VP8L") { return "RIFF\x20\0\0\0WEBP"s + first + std::string(20, 'x'); }

TEST(PictureKind, IsToldByTheFirstBytesOnly) {
  const std::pair<std::string, const char*> table[] = {
      {jpeg(), "image/jpeg"},
      {png(), "image/png"},
      {webp("VP8 "), "image/webp"},
      {webp("VP8L"), "image/webp"},
      {webp("VP8X"), "image/webp"},
      {webp("ALPH"), ""},
      {"", ""},
      {"\xff\xd8\xff", ""},                                    // nothing follows
      {"\xff\xd8\x00\xe0" + "no jpeg"s, ""},
      {"\x89PNG\r\n\x1a\n"s + std::string(60, 'x'), ""},       // no picture header behind it
      {"\x89PNG\n\x1a\n"s + png().substr(8), ""},              // line ends were mended on the way
      {"GIF89a" + std::string(40, 'x'), ""},
      {"BM" + std::string(60, 'x'), ""},
      {"%PDF-1.7\n" + std::string(60, 'x'), ""},
      {"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>", ""},
      {"<!doctype html><script>alert(1)</script>", ""},
      {"RIFF\x20\0\0\0WAVEfmt "s + std::string(20, 'x'), ""},
      {" " + jpeg(), ""},
  };
  for (const auto& [bytes, expected] : table) {
    const auto kind = picture_kind(bytes);
    EXPECT_EQ(kind ? kind->content_type : "", expected) << bytes.substr(0, 12);
  }
}

TEST(PhotoName, IsThatOfTheBytesAndNoOther) {
  const std::string name = photo_name(jpeg(), *picture_kind(jpeg()));
  EXPECT_EQ(name.size(), 68U);
  EXPECT_EQ(name, photo_name(jpeg(), *picture_kind(jpeg())));
  EXPECT_NE(name, photo_name(jpeg("another"), *picture_kind(jpeg())));
  EXPECT_EQ(picture_kind_of_name(name)->content_type, "image/jpeg");
  for (const char* other : {"", "f-12.jpg", "../../town.db", "photo.png"}) EXPECT_FALSE(picture_kind_of_name(other));
  EXPECT_FALSE(picture_kind_of_name(name + ".html"));
  EXPECT_FALSE(picture_kind_of_name(name.substr(0, 64) + ".svg"));
}

/// A town and its folder of pictures.
class PhotosOfATown : public ::testing::Test {
 protected:
  /// The name of a picture that is kept.
  std::string keep(const std::string& bytes) {
    const std::string name = photo_name(bytes, *picture_kind(bytes));
    EXPECT_TRUE(photos.keep(name, bytes));
    return name;
  }
  ThingId with_photo(const std::string& key, const std::string& photo) {
    Thing thing{.key = key};
    thing.photo = photo;
    return *town.registry->put_thing(thing, town.actor);
  }
  bool there(const std::string& name) const { return fs::exists(photos.path(name)); }

  tests::TemporaryFolder folder;
  test::Town town;
  Photos photos{folder.path()};
};

TEST_F(PhotosOfATown, StayWhileAThingHasThem) {
  const std::string lamp = keep(jpeg("a lamp"));
  with_photo("L-1", lamp);
  with_photo("L-2", lamp);
  const std::string old = keep(jpeg("before"));
  std::ofstream(photos.folder() + "/notes.txt") << "somebody's own";
  EXPECT_EQ(*photos.sweep(*town.registry), 1U);
  EXPECT_TRUE(there(lamp));
  EXPECT_FALSE(there(old));
  EXPECT_TRUE(there("notes.txt"));
  ASSERT_TRUE(town.registry->remove_thing(ThingId(1), town.actor));
  EXPECT_EQ(*photos.sweep(*town.registry), 0U);  // the other thing has it still
  ASSERT_TRUE(town.registry->remove_thing(ThingId(2), town.actor));
  EXPECT_EQ(*photos.sweep(*town.registry), 1U);
}

TEST_F(PhotosOfATown, WhatAKillLeftBehindGoes) {
  const std::string kept = keep(jpeg());
  with_photo("L-1", kept);
  const std::string half = photo_name(png(), *picture_kind(png())) + ".new";
  std::ofstream(photos.path(half)) << "half a pic";
  keep(webp());  // on the disk, but killed before the thing named it
  EXPECT_EQ(*photos.sweep(*town.registry), 2U);
  EXPECT_TRUE(there(kept));
  EXPECT_FALSE(there(half));
}

TEST_F(PhotosOfATown, NothingGoesWhileSomebodyCopies) {
  const std::string orphan = keep(jpeg());
  {
    const auto held = photos.hold();
    ASSERT_TRUE(held);
    EXPECT_EQ(*photos.sweep(*town.registry), 0U);
    EXPECT_TRUE(there(orphan));
  }
  EXPECT_EQ(*photos.sweep(*town.registry), 1U);
}

TEST_F(PhotosOfATown, ACopyHasThoseThatAreNamedAndLeavesWhatItHas) {
  const std::string one = keep(jpeg("one")), two = keep(png()), missing = std::string(64, 'a') + ".jpg";
  const std::string to = folder.file("copy");
  std::vector<std::string> names{one, missing};
  std::ranges::sort(names);
  EXPECT_EQ(*copy_photos(photos.folder(), to, names), 1U);
  const auto written = fs::last_write_time(to + "/" + one);
  names = {one, two};
  std::ranges::sort(names);
  EXPECT_EQ(*copy_photos(photos.folder(), to, names), 2U);
  EXPECT_EQ(fs::last_write_time(to + "/" + one), written);
  EXPECT_EQ(*copy_photos(photos.folder(), to, {two}), 1U);
  EXPECT_FALSE(fs::exists(to + "/" + one));
}

TEST_F(PhotosOfATown, ADamagedOneInACopyIsMendedAndNoOtherLinkOfItIsTouched) {
  const std::string name = keep(jpeg()), to = folder.file("copy");
  ASSERT_TRUE(copy_photos(photos.folder(), to, {name}));
  std::fstream(to + "/" + name, std::ios::in | std::ios::out | std::ios::binary).seekp(3).put('\x5a');
  fs::create_hard_link(to + "/" + name, folder.file("older"));
  const auto damaged = *read_file(folder.file("older"));
  EXPECT_EQ(*copy_photos(photos.folder(), to, {name}), 1U);
  std::size_t found = 0;
  EXPECT_TRUE(check_photos(to, found).empty());
  EXPECT_EQ(*read_file(folder.file("older")), damaged);
}

TEST_F(PhotosOfATown, ADamagedOneIsNamed) {
  const std::string name = keep(jpeg());
  keep(png());
  std::size_t found = 0;
  EXPECT_TRUE(check_photos(photos.folder(), found).empty());
  EXPECT_EQ(found, 2U);
  std::ofstream(photos.path(name), std::ios::app) << "!";
  const auto problems = check_photos(photos.folder(), found);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_NE(problems[0].find(name), std::string::npos);
}

TEST_F(PhotosOfATown, ADamagedOneIsMendedByGivingItAgain) {
  const std::string name = keep(jpeg());
  std::ofstream(photos.path(name), std::ios::app) << "!";
  keep(jpeg());
  std::size_t found = 0;
  EXPECT_TRUE(check_photos(photos.folder(), found).empty());
  EXPECT_EQ(found, 1U);
}

TEST_F(PhotosOfATown, OneThatIsGivenManyTimesAtOnceIsKept) {
  std::barrier<> together(2);
  const auto give = [&] {
    for (int i = 0; i < 200; i++) {
      together.arrive_and_wait();
      keep(jpeg(std::to_string(i)));
    }
  };
  std::thread other(give);
  give();
  other.join();
  std::size_t found = 0;
  EXPECT_TRUE(check_photos(photos.folder(), found).empty());
  EXPECT_EQ(found, 200U);
}

TEST_F(PhotosOfATown, NothingIsTakenAwayThatIsJustBeingKept) {
  std::atomic<bool> done = false;
  std::thread other([&] {
    for (int i = 0; i < 200; i++) keep(jpeg(std::to_string(i)));
    done = true;
  });
  while (!done) EXPECT_TRUE(photos.sweep(*town.registry));
  other.join();
}

}  // namespace
}  // namespace qala::registry
