#include "video/wire.h"

#include <gtest/gtest.h>

namespace qala::video {
namespace {

TEST(VideoWire, CutsABytesStreamIntoMessagesWhereverItIsTorn) {
  std::string bytes;
  append_frame(bytes, Type::watch, 7, "{}");
  append_frame(bytes, Type::unwatch, 8);
  append_frame(bytes, Type::fragment, 0xffffffff, std::string(70'000, 'x'));
  for (const std::size_t step : {std::size_t{1}, std::size_t{3}, std::size_t{1000}, bytes.size()}) {
    FrameReader reader;
    std::vector<std::pair<std::uint32_t, std::size_t>> seen;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
      reader.feed(std::string_view(bytes).substr(at, step));
      for (;;) {
        const auto message = reader.next();
        ASSERT_TRUE(message) << message.error().message;
        if (!*message) break;
        seen.emplace_back((*message)->subject, (*message)->payload.size());
      }
    }
    EXPECT_EQ(seen, (std::vector<std::pair<std::uint32_t, std::size_t>>{{7, 2}, {8, 0}, {0xffffffff, 70'000}})) << step;
  }
}

TEST(VideoWire, RefusesAFrameThatCannotBeOne) {
  for (const std::string& bytes : {std::string("\x04\0\0\0", 4), std::string("\xff\xff\xff\xff", 4)}) {
    FrameReader reader;
    reader.feed(bytes);
    EXPECT_FALSE(reader.next());
  }
}

TEST(VideoWire, KeepsTimeAndFlagsOfAPicture) {
  std::string payload;
  append_media_head(payload, Instant::from_ms(1'795'000'000'123), true, true);
  payload += "moof";
  const auto media = parse_media(payload);
  ASSERT_TRUE(media);
  EXPECT_EQ(media->at.ms(), 1'795'000'000'123);
  EXPECT_TRUE(media->key && media->masked);
  EXPECT_EQ(media->bytes, "moof");
  EXPECT_FALSE(parse_media("short"));
}

Configuration example() {
  Configuration c;
  CameraSetup camera{
      .id = 17,
      .streams = {{"rtsp://10.0.0.7/main", "user", "päss\"word", true}, {"rtsp://10.0.0.7/sub", "", "", false}}};
  camera.record = Record::motion;
  camera.record_sub = true;
  camera.hours = {{.days = 0x1f, .from = 480, .to = 1200}};
  camera.keep = 3;
  camera.masks = {{{0.1, 0.25}, {0.5, 0.25}, {0.5, 0.75}}};
  camera.analyse = false;
  c.cameras = {camera, {.id = 18}};
  c.folder = "/data/footage";
  c.keep = {{.id = 3, .days = 30, .bytes = 1'000'000'000'000}};
  c.zone = "Asia/Almaty";
  c.masked_budget = 6;
  c.analysis_percent = 33;
  return c;
}

TEST(VideoWire, ReadsTheConfigurationItWrote) {
  const auto read = parse_configuration(print(example()));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, example());
}

TEST(VideoWire, ReadsTheStatusItWrote) {
  Status status;
  status.at = Instant::from_ms(5);
  status.load = 2;
  status.record_words = "the disk is full";
  CameraStatus camera;
  camera.id = 4;
  camera.motion = true;
  camera.conditions = {"dark"};
  camera.brightness = 12.5;
  camera.analysed = Instant::from_ms(99);
  camera.analysis = "on";
  StreamStatus stream;
  stream.state = "live";
  stream.fps = 12.5;
  stream.clock_offset_ms = -1500;
  stream.last_frame = Instant::from_ms(7);
  stream.counters.lost = 3;
  stream.counters.bytes = 1ULL << 45;
  camera.streams = {stream};
  status.cameras = {camera};
  const std::string json = print(status);
  const auto read = parse_status(json);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(print(*read), json);
  EXPECT_EQ(read->cameras[0].streams[0].clock_offset_ms, -1500);
}

TEST(VideoWire, ReadsEachSmallMessageItWrote) {
  const std::string play = print(Play{.camera = 2,
                                      .stream = 1,
                                      .from = Instant::from_ms(5),
                                      .to = Instant::from_ms(9),
                                      .masked = false,
                                      .unmasked = true});
  EXPECT_EQ(print(*parse_play(play)), play);
  const std::string watch = print(Watch{.camera = 2, .stream = 1, .masked = false, .unmasked = true});
  EXPECT_EQ(print(*parse_watch(watch)), watch);
  const std::string ended = print(Ended{Why::overloaded, "later", 3});
  EXPECT_EQ(print(*parse_ended(ended)), ended);
  const std::string format =
      print(Format{.way = Way::stills, .codec = "", .audio_codec = "", .width = 640, .height = 360});
  EXPECT_EQ(print(*parse_format(format)), format);
  Probed probed;
  probed.codec = "h264";
  probed.advice = {"h265", "fps_low"};
  probed.picture = std::string("\xff\xd8\x00\x01", 4);
  const auto read = parse_probed(print(probed));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->picture, probed.picture);
  EXPECT_EQ(read->advice, probed.advice);
}

TEST(VideoWire, SaysWhereAConfigurationIsWrong) {
  const auto wrong = [](std::string_view json) {
    const auto read = parse_configuration(json);
    return read ? std::string("taken") : read.error().message;
  };
  EXPECT_EQ(wrong(R"({"cameras":[{"id":1,"masks":[[[0,0],[1,0],[1,2]]]}]})"),
            "configuration.cameras[0].masks[0][2]: a point [x, y] with both in 0..1 is expected");
  EXPECT_EQ(wrong(R"({"cameras":[{"id":1,"record":"sometimes"}]})"),
            "configuration.cameras[0].record: \"sometimes\" is not known");
  EXPECT_EQ(wrong(R"({"cameras":[{}]})"), "a camera without its id");
  EXPECT_EQ(wrong(R"({"cameras":[{"id":1,"streams":[{"url":7}]}]})"),
            "configuration.cameras[0].streams[0].url: a text of at most 4096 bytes is expected");
  EXPECT_NE(wrong("{").find("not JSON"), std::string::npos);
}

}  // namespace
}  // namespace qala::video
