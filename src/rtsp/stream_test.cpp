#include "rtsp/stream.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "media/bits.h"
#include "media_files.h"
#include "rtsp/test_packets.h"

namespace qala::rtsp {
namespace {

using media::Codec;
using testing::Packetiser;
using testing::sender_report;
using tests::Clip;
using tests::clip_of;
using tests::real_clip;
using tests::small_clip;
using Which = Stream::Which;

class Seen : public Watcher {
 public:
  void on_state(State, Reason, std::string_view) override {}
  void on_format(const media::Track& pictures, const media::Track* sound) override {
    formats.push_back(pictures);
    has_audio = sound != nullptr;
  }
  void on_frame(Frame&& frame) override { (frame.track == 1 ? video : audio).push_back(std::move(frame)); }
  std::vector<media::Track> formats;
  std::vector<Frame> video, audio;
  bool has_audio = false;
};

SdpMedia offer(Codec codec, const std::vector<std::string>& sets = {}) {
  SdpMedia out;
  out.codec = codec;
  out.payload_type = 96;
  out.parameter_sets = sets;
  return out;
}

Clip clip(Codec codec) { return clip_of(small_clip(codec == Codec::h264 ? "h264_b_frames.mp4" : "h265.mp4"), codec); }

std::vector<std::string> sets_of(const Clip& clip) {
  const auto sets = media::parameter_sets(clip.track);
  EXPECT_TRUE(sets);
  return sets ? *sets : std::vector<std::string>();
}

/// A stream, its clock, and a camera that sends clips to it.
class StreamTest : public ::testing::Test {
 protected:
  void open(const SdpMedia& video, std::optional<SdpMedia> audio = {}) {
    stream.emplace(Sdp{.control = {}, .video = video, .audio = std::move(audio)}, feed, seen, clock);
  }
  std::uint32_t timestamp_of(const Clip& c, const media::Sample& sample) const {
    return first_timestamp + static_cast<std::uint32_t>((sample.dts + sample.composition) * 90'000 / c.track.clock);
  }
  /// The frames of a clip, each after the time it takes.
  void send(const Clip& c, Packetiser& packetiser, std::size_t first, std::size_t count, bool sets_in_band = true) {
    for (std::size_t i = first; i < first + count; i++) {
      clock.advance(std::chrono::milliseconds(100));
      const auto& sample = c.samples[i];
      const auto sets = sample.key && sets_in_band ? sets_of(c) : std::vector<std::string>();
      for (const auto& packet : packetiser.video(sample.data, timestamp_of(c, sample), sets)) give(packet);
    }
  }
  void give(const std::string& packet) { stream->rtp(Which::video, packet, clock.monotonic_ns()); }
  void expect_good_times() const {
    for (std::size_t i = 1; i < seen.video.size(); i++) {
      if (seen.video[i].run != seen.video[i - 1].run) {
        EXPECT_EQ(seen.video[i].sample.dts, 0);
        EXPECT_TRUE(seen.video[i].sample.key);
        continue;
      }
      EXPECT_GT(seen.video[i].sample.dts, seen.video[i - 1].sample.dts) << i;
      EXPECT_GE(seen.video[i].at, seen.video[i - 1].at) << i;
    }
  }

  FakeClock clock;
  Feed feed;
  Seen seen;
  std::optional<Stream> stream;
  std::uint32_t first_timestamp = 0xffff'0000;  // wraps soon
};

TEST_F(StreamTest, GivesTheFramesThatWereSent) {
  for (const auto codec : {Codec::h264, Codec::h265}) {
    const auto c = clip(codec);
    for (const std::size_t mtu : {1'400u, 100u, 7u}) {
      for (const bool pack : {false, true}) {
        seen = {};
        feed = {};
        open(offer(codec));
        Packetiser packetiser(codec, 96, mtu);
        packetiser.pack_small = pack;
        send(c, packetiser, 0, c.samples.size());
        ASSERT_EQ(seen.video.size(), c.samples.size()) << mtu;
        for (std::size_t i = 0; i < c.samples.size(); i++) {
          const auto& sample = seen.video[i].sample;
          ASSERT_EQ(sample.data, c.samples[i].data) << i;
          EXPECT_EQ(sample.key, c.samples[i].key);
          EXPECT_EQ(sample.dts, c.samples[i].dts * 90'000 / c.track.clock) << "decoding order, with B pictures";
          EXPECT_GE(sample.composition, 0);
        }
        ASSERT_EQ(seen.formats.size(), 1u);
        EXPECT_EQ(seen.formats[0].width, c.track.width);
        EXPECT_EQ(seen.formats[0].codec_string, c.track.codec_string);
        expect_good_times();
        EXPECT_EQ(feed.counters.lost + feed.counters.dropped_frames + feed.counters.restamped, 0u);
        EXPECT_EQ(feed.counters.bad_packets, 0u);
      }
    }
  }
}

TEST_F(StreamTest, GivesTheFramesOfRealClips) {
  for (const std::string name : {"car-detection.mp4", "bottle-detection.mp4", "man_head_pose.mp4"}) {
    const auto file = real_clip(name);
    if (file.empty()) GTEST_SKIP() << "no shared test data";
    const auto c = clip_of(file, Codec::h264);
    seen = {};
    open(offer(Codec::h264));
    Packetiser packetiser(Codec::h264);
    send(c, packetiser, 0, c.samples.size());
    ASSERT_EQ(seen.video.size(), c.samples.size());
    for (std::size_t i = 0; i < c.samples.size(); i++) {
      // Delimiters and parameter sets do not travel with the frames.
      ASSERT_LE(seen.video[i].sample.data.size(), c.samples[i].data.size()) << name << i;
      ASSERT_TRUE(c.samples[i].data.ends_with(seen.video[i].sample.data.substr(4)) || i == 0) << name << i;
    }
    expect_good_times();
    EXPECT_EQ(feed.counters.restamped, 0u) << name;
  }
}

TEST_F(StreamTest, UnitsWithoutMarkersEndWhereTheTimestampChanges) {
  const auto c = clip(Codec::h264);
  open(offer(Codec::h264));
  Packetiser packetiser(Codec::h264);
  packetiser.markers = false;
  send(c, packetiser, 0, c.samples.size());
  EXPECT_EQ(seen.video.size(), c.samples.size() - 1) << "all but the last, which may go on";
}

TEST_F(StreamTest, AnyLossLeavesOnlyWholeFramesThatCanBeDecoded) {
  const auto h264 = clip(Codec::h264);
  const auto h265 = clip(Codec::h265);
  EXPECT_TRUE(rc::check([&] {
    const bool first = *rc::gen::arbitrary<bool>();
    const auto& c = first ? h264 : h265;
    const auto codec = c.track.codec;
    const auto mtu = *rc::gen::inRange<std::size_t>(50, 1'500);
    const auto loss = *rc::gen::inRange(1, 30);  // percent
    const bool in_band = *rc::gen::arbitrary<bool>();
    const auto seed = *rc::gen::arbitrary<std::uint32_t>();
    seen = {};
    feed = {};
    open(offer(codec, in_band ? std::vector<std::string>() : sets_of(c)));
    Packetiser packetiser(codec, 96, mtu);
    packetiser.pack_small = *rc::gen::arbitrary<bool>();
    SeededRandom random(seed);
    std::uint64_t lost = 0;
    bool any = false;
    for (int round = 0; round < 2; round++) {
      for (const auto& sample : c.samples) {
        clock.advance(std::chrono::milliseconds(100));
        const auto sets = sample.key && in_band ? sets_of(c) : std::vector<std::string>();
        const auto timestamp = timestamp_of(c, sample) + static_cast<std::uint32_t>(round) * 180'000;
        for (const auto& packet : packetiser.video(sample.data, timestamp, sets)) {
          // The first always comes: of those before it nobody can know.
          if (random.next() % 100 < static_cast<std::uint64_t>(loss) && any) {
            lost++;
            continue;
          }
          any = true;
          stream->rtp(Which::video, packet, clock.monotonic_ns());
        }
      }
    }
    RC_ASSERT(feed.counters.lost <= lost);  // those after the last that came are not known to be lost
    // Each frame is one that was sent, and stands on its key frame without a gap between.
    std::size_t at = c.samples.size() * 2;
    for (const auto& frame : seen.video) {
      std::size_t i = at == c.samples.size() * 2 ? 0 : at + 1;
      if (frame.sample.key) {
        while (i < c.samples.size() * 2 && c.samples[i % c.samples.size()].data != frame.sample.data) i++;
      }
      RC_ASSERT(i < c.samples.size() * 2);
      RC_ASSERT(c.samples[i % c.samples.size()].data == frame.sample.data);
      at = i;
    }
    for (std::size_t i = 1; i < seen.video.size(); i++) {
      RC_ASSERT(seen.video[i].run != seen.video[i - 1].run || seen.video[i].sample.dts > seen.video[i - 1].sample.dts);
    }
  }));
}

TEST_F(StreamTest, ALostPacketDropsToTheNextKeyFrameAndIsCounted) {
  const auto c = clip(Codec::h264);
  open(offer(Codec::h264));
  Packetiser packetiser(Codec::h264, 96, 200);
  send(c, packetiser, 0, 3);
  packetiser.sequence++;
  send(c, packetiser, 3, 17);
  EXPECT_EQ(seen.video.size(), 3u + 10u);
  EXPECT_TRUE(seen.video[3].sample.key);
  EXPECT_EQ(seen.video[3].sample.data, c.samples[10].data);
  EXPECT_EQ(seen.video[3].run, seen.video[2].run) << "a gap of the run, no new one";
  EXPECT_EQ(seen.video[3].sample.dts, c.samples[10].dts * 90'000 / c.track.clock);
  EXPECT_EQ(feed.counters.lost, 1u);
  EXPECT_EQ(feed.counters.dropped_frames, 7u);
}

TEST_F(StreamTest, PacketsThatComeTwiceAreIgnored) {
  const auto c = clip(Codec::h264);
  open(offer(Codec::h264));
  Packetiser packetiser(Codec::h264);
  for (const auto& sample : c.samples) {
    for (const auto& packet : packetiser.video(sample.data, timestamp_of(c, sample), sets_of(c))) {
      give(packet);
      give(packet);
    }
  }
  EXPECT_EQ(seen.video.size(), c.samples.size());
  EXPECT_EQ(feed.counters.reordered, feed.counters.packets);
}

TEST_F(StreamTest, AChangeOfResolutionIsANewFormatAndANewRun) {
  const auto before = clip(Codec::h264);
  auto file = real_clip("man_head_pose.mp4");
  if (file.empty()) GTEST_SKIP() << "no shared test data";
  const auto after = clip_of(file, Codec::h264);
  open(offer(Codec::h264, sets_of(before)));
  Packetiser packetiser(Codec::h264);
  send(before, packetiser, 0, 10, false);
  first_timestamp += 90'000;
  send(after, packetiser, 0, 5);
  ASSERT_EQ(seen.formats.size(), 2u);
  EXPECT_EQ(seen.formats[1].width, 480u);
  ASSERT_EQ(seen.video.size(), 15u);
  EXPECT_EQ(seen.video[10].run, seen.video[9].run + 1);
  EXPECT_EQ(feed.counters.format_changes, 1u);
  expect_good_times();
}

TEST_F(StreamTest, ParameterSetsThatChangeWithoutAKeyFrameStopTheFramesUntilOne) {
  const auto c = clip(Codec::h264);
  open(offer(Codec::h264));
  Packetiser packetiser(Codec::h264);
  send(c, packetiser, 0, 3);
  auto other = sets_of(c)[1];
  other.back() = static_cast<char>(other.back() ^ 0x40);
  for (const auto& packet : packetiser.video(c.samples[3].data, timestamp_of(c, c.samples[3]), {other})) give(packet);
  send(c, packetiser, 4, 8);
  EXPECT_EQ(seen.video.size(), 3u + 2u);
  EXPECT_TRUE(seen.video[3].sample.key);
}

TEST_F(StreamTest, ParameterSetsInAPacketOfTheirOwnBelongToTheNextKeyFrame) {
  const auto c = clip(Codec::h264);
  open(offer(Codec::h264));
  Packetiser packetiser(Codec::h264);
  for (const auto& nal : sets_of(c)) give(packetiser.rtp(nal, timestamp_of(c, c.samples[0]), true));
  send(c, packetiser, 0, 3, false);
  EXPECT_EQ(seen.formats.size(), 1u);
  EXPECT_EQ(seen.video.size(), 3u);
}

TEST_F(StreamTest, WithoutParameterSetsThereAreNoFramesAndAReason) {
  const auto c = clip(Codec::h264);
  open(offer(Codec::h264));
  Packetiser packetiser(Codec::h264);
  send(c, packetiser, 0, 3, false);
  EXPECT_TRUE(seen.video.empty());
  EXPECT_TRUE(stream->waiting_since_ns());
  EXPECT_FALSE(stream->trouble().empty());
}

TEST_F(StreamTest, AJumpOfHoursKeepsTheRunAndIsCounted) {
  for (const std::uint32_t jump : {90'000u * 7'200u, ~(90'000u * 7'200u)}) {
    const auto c = clip(Codec::h264);
    seen = {};
    feed = {};
    open(offer(Codec::h264));
    Packetiser packetiser(Codec::h264);
    send(c, packetiser, 0, 10);
    first_timestamp += jump;
    send(c, packetiser, 10, 10);
    ASSERT_EQ(seen.video.size(), 20u);
    EXPECT_EQ(seen.video.back().run, 1u);
    EXPECT_EQ(feed.counters.restamped, 3u) << "then the new timeline is taken";
    expect_good_times();
    const auto span = seen.video.back().sample.dts - seen.video.front().sample.dts;
    EXPECT_NEAR(static_cast<double>(span), 1.9 * 90'000, 0.3 * 90'000);
  }
}

TEST_F(StreamTest, OneWrongTimestampIsOneRestampedFrame) {
  const auto c = clip(Codec::h265);
  open(offer(Codec::h265));
  Packetiser packetiser(Codec::h265);
  send(c, packetiser, 0, 10);
  first_timestamp += 90'000 * 3'600;
  send(c, packetiser, 10, 1);
  first_timestamp -= 90'000 * 3'600;
  send(c, packetiser, 11, 9);
  EXPECT_EQ(seen.video.size(), 20u);
  EXPECT_EQ(feed.counters.restamped, 1u);
  expect_good_times();
}

TEST_F(StreamTest, AnotherSenderBeginsANewRun) {
  const auto c = clip(Codec::h264);
  open(offer(Codec::h264));
  Packetiser packetiser(Codec::h264);
  send(c, packetiser, 0, 5);
  packetiser.source++;
  first_timestamp = 5;
  send(c, packetiser, 10, 10);
  ASSERT_EQ(seen.video.size(), 15u);
  EXPECT_EQ(seen.video[5].run, 2u);
  EXPECT_EQ(seen.formats.size(), 1u) << "the format is the same";
  expect_good_times();
}

/// The same SPS cut off before its VUI: it then says nothing of reordering.
std::string without_usability_information(const std::string& sps) {
  const auto whole = media::parse_h264_sps(sps);
  std::string bits;
  for (const char c : media::unescape(sps)) {
    for (int i = 7; i >= 0; i--) bits.push_back(static_cast<unsigned char>(c) >> i & 1 ? '1' : '0');
  }
  for (std::size_t at = 40; at < bits.size(); at++) {
    auto cut = bits.substr(0, at) + "01";  // no VUI; the stop bit
    cut.resize((cut.size() + 7) / 8 * 8, '0');
    std::string bytes;
    for (std::size_t i = 0; i < cut.size(); i += 8) {
      bytes.push_back(static_cast<char>(std::stoi(cut.substr(i, 8), nullptr, 2)));
    }
    const auto parsed = media::parse_h264_sps(bytes);
    if (parsed && parsed->width == whole->width && parsed->height == whole->height && parsed->reorder == -1)
      return bytes;
  }
  return {};
}

TEST_F(StreamTest, ReorderingThatTheCameraDidNotAnnounceIsLearned) {
  auto c = clip(Codec::h264);
  auto sets = sets_of(c);
  sets[0] = without_usability_information(sets[0]);
  open(offer(Codec::h264, sets));
  Packetiser packetiser(Codec::h264);
  send(c, packetiser, 0, 20, false);
  send(c, packetiser, 10, 10, false);
  ASSERT_FALSE(seen.video.empty());
  expect_good_times();
  EXPECT_GE(feed.learned_depth, 1u);
  seen = {};
  open(offer(Codec::h264, sets));
  packetiser.sequence = 5;
  send(c, packetiser, 0, 20, false);
  EXPECT_EQ(seen.video.size(), 20u) << "the next connection knows it from the start";
  EXPECT_EQ(feed.counters.restamped, 0u);
}

TEST_F(StreamTest, AStepOfTheLocalClockBeginsANewRun) {
  const auto c = clip(Codec::h264);
  open(offer(Codec::h264));
  Packetiser packetiser(Codec::h264);
  send(c, packetiser, 0, 5);
  clock.set(clock.now() - std::chrono::hours(1));
  send(c, packetiser, 5, 15);
  ASSERT_EQ(seen.video.size(), 20u);
  EXPECT_EQ(seen.video[10].run, 2u) << "at the key frame after it";
  EXPECT_LT(seen.video[10].at, seen.video[9].at);
}

TEST_F(StreamTest, CameraTimeIsWhatItsReportsSay) {
  const auto c = clip(Codec::h264);
  open(offer(Codec::h264));
  Packetiser packetiser(Codec::h264);
  send(c, packetiser, 0, 1);
  EXPECT_FALSE(seen.video[0].camera_time);
  const auto noon = Instant::from_ms(1'768'651'200'123);
  stream->rtcp(Which::video, sender_report(0x1234, noon.ms(), timestamp_of(c, c.samples[1])), clock.monotonic_ns());
  send(c, packetiser, 1, 1);
  ASSERT_TRUE(seen.video[1].camera_time);
  EXPECT_NEAR(static_cast<double>(seen.video[1].camera_time->ns), static_cast<double>(noon.ns), 1e6);
}

TEST_F(StreamTest, ACameraWithoutAClockHasNoCameraTime) {
  const auto c = clip(Codec::h264);
  open(offer(Codec::h264));
  Packetiser packetiser(Codec::h264);
  stream->rtcp(Which::video, sender_report(0x1234, 5'000, 0), clock.monotonic_ns());
  send(c, packetiser, 0, 1);
  EXPECT_FALSE(seen.video[0].camera_time);
}

SdpMedia aac_offer() {
  SdpMedia out;
  out.codec = Codec::aac;
  out.payload_type = 97;
  out.clock = 16'000;
  out.aac_config = std::string("\x14\x08", 2);
  return out;
}

TEST_F(StreamTest, SoundLiesBesideThePictures) {
  const auto file = small_clip("h264_b_frames.mp4");
  const auto c = clip_of(file, Codec::h264);
  const auto sound = clip_of(file, Codec::aac);
  open(offer(Codec::h264), aac_offer());
  Packetiser video(Codec::h264);
  Packetiser audio(Codec::aac, 97);
  stream->rtp(Which::audio, audio.audio(sound.samples[0].data, 77), clock.monotonic_ns());
  EXPECT_TRUE(seen.audio.empty()) << "not before the first picture";
  send(c, video, 0, 1);
  clock.advance(std::chrono::milliseconds(500));
  for (std::uint32_t i = 1; i < 10; i++) {
    stream->rtp(Which::audio, audio.audio(sound.samples[i].data, 77 + 1'024 * i), clock.monotonic_ns());
    clock.advance(std::chrono::milliseconds(64));
  }
  ASSERT_EQ(seen.audio.size(), 9u);
  EXPECT_TRUE(seen.has_audio);
  EXPECT_EQ(seen.audio[0].sample.dts, 8'000) << "half a second after the first picture";
  EXPECT_EQ(seen.audio[1].sample.dts, 8'000 + 1'024);
  EXPECT_EQ(seen.audio[0].sample.duration, 1'024u);
  EXPECT_EQ(seen.audio[3].sample.data, sound.samples[4].data);
  EXPECT_EQ(seen.audio[0].run, seen.video[0].run);
}

TEST_F(StreamTest, TheCamerasClockPlacesTheSoundWhenItKnowsBoth) {
  const auto file = small_clip("h264_b_frames.mp4");
  const auto c = clip_of(file, Codec::h264);
  open(offer(Codec::h264), aac_offer());
  Packetiser video(Codec::h264);
  Packetiser audio(Codec::aac, 97);
  stream->rtcp(Which::video, sender_report(0x1234, 1'768'651'200'000, timestamp_of(c, c.samples[0])), 0);
  stream->rtcp(Which::audio, sender_report(0x1234, 1'768'651'200'000, 50), 0);
  send(c, video, 0, 1);
  clock.advance(std::chrono::milliseconds(700));  // late by half a second
  stream->rtp(Which::audio, audio.audio("x", 50 + 3'200), clock.monotonic_ns());
  ASSERT_EQ(seen.audio.size(), 1u);
  EXPECT_EQ(seen.audio[0].sample.dts, 3'200);
}

TEST_F(StreamTest, SeveralFramesOfSoundInAPacketAndOneInSeveral) {
  const auto c = clip(Codec::h264);
  open(offer(Codec::h264), aac_offer());
  Packetiser video(Codec::h264);
  send(c, video, 0, 1);
  Packetiser audio(Codec::aac, 97);
  std::string two;
  put16(two, 32);
  put16(two, 2 << 3);
  put16(two, 3 << 3);
  stream->rtp(Which::audio, audio.rtp(two + "abcde", 0, true), clock.monotonic_ns());
  std::string part;
  put16(part, 16);
  put16(part, 6 << 3);
  stream->rtp(Which::audio, audio.rtp(part + "fgh", 2'048, false), clock.monotonic_ns());
  stream->rtp(Which::audio, audio.rtp(part + "ijk", 2'048, true), clock.monotonic_ns());
  ASSERT_EQ(seen.audio.size(), 3u);
  EXPECT_EQ(seen.audio[0].sample.data, "ab");
  EXPECT_EQ(seen.audio[1].sample.data, "cde");
  EXPECT_EQ(seen.audio[1].sample.dts - seen.audio[0].sample.dts, 1'024);
  EXPECT_EQ(seen.audio[2].sample.data, "fghijk");
}

TEST_F(StreamTest, TelephoneSoundLastsAsLongAsItHasSamples) {
  const auto c = clip(Codec::h264);
  SdpMedia telephone;
  telephone.codec = Codec::pcma;
  telephone.payload_type = 8;
  telephone.clock = 8'000;
  open(offer(Codec::h264), telephone);
  Packetiser video(Codec::h264);
  send(c, video, 0, 1);
  Packetiser audio(Codec::pcma, 8);
  for (std::uint32_t i = 0; i < 3; i++) {
    stream->rtp(Which::audio, audio.audio(std::string(160, 'x'), i * 160), clock.monotonic_ns());
  }
  ASSERT_EQ(seen.audio.size(), 3u);
  EXPECT_EQ(seen.audio[2].sample.duration, 160u);
  EXPECT_EQ(seen.audio[2].sample.dts - seen.audio[0].sample.dts, 320);
}

TEST_F(StreamTest, AnyBytesAreTakenOrCounted) {
  const auto c = clip(Codec::h264);
  EXPECT_TRUE(rc::check([&] {
    const auto codec = *rc::gen::arbitrary<bool>() ? Codec::h264 : Codec::h265;
    seen = {};
    open(offer(codec, sets_of(clip(codec))), aac_offer());
    Packetiser packetiser(codec);
    const auto payloads =
        *rc::gen::container<std::vector<std::string>>(rc::gen::container<std::string>(rc::gen::arbitrary<char>()));
    for (const auto& payload : payloads) {
      stream->rtp(Which::video, packetiser.rtp(payload, *rc::gen::inRange(0u, 10'000u), *rc::gen::arbitrary<bool>()),
                  clock.monotonic_ns());
      stream->rtp(Which::audio, payload, clock.monotonic_ns());
      stream->rtcp(Which::video, payload, clock.monotonic_ns());
    }
  }));
}

}  // namespace
}  // namespace qala::rtsp
