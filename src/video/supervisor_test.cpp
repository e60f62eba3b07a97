// The supervisor with the real qala-video, a camera on loopback and real sockets.
#include "video/supervisor.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "footage/library.h"
#include "media/fragments.h"
#include "temporary_folder.h"
#include "video/decoder.h"
#include "video/test_camera.h"

namespace qala::video {
namespace {

using tests::TestCamera;

constexpr auto kPatience = std::chrono::seconds(60);
const Polygon kSquare{{0.25, 0.25}, {0.5, 0.25}, {0.5, 0.5}, {0.25, 0.5}};

/// Keeps what a browser would be sent. `slow`: takes nothing.
class Viewer final : public Sink {
 public:
  void on_format(const Format& format) override {
    formats.push_back(format);
    samples.clear();
  }
  void on_init(std::string_view segment) override {
    init = segment;
    took(segment.size());
  }
  void on_fragment(Instant at, bool key, std::string_view bytes) override {
    if (fragments++ == 0) EXPECT_TRUE(key) << "it begins with a key frame";
    newest = at;
    received += bytes.size();
    if (keep) {
      const auto read = media::read_fragment(bytes);
      if (read) samples.insert(samples.end(), read->begin(), read->end());
    }
    took(bytes.size());
  }
  void on_picture(Instant, std::string_view jpeg) override {
    pictures++;
    last_picture = jpeg;
    took(jpeg.size());
  }
  void on_dropped(std::uint32_t frames) override { dropped += frames; }
  void on_interrupted() override { interruptions++; }
  void on_ended(const Ended& how) override { ended = how; }

  bool slow = false, keep = false;
  std::vector<Format> formats;
  std::string init, last_picture;
  std::vector<media::Sample> samples;
  std::uint64_t fragments = 0, pictures = 0, dropped = 0, received = 0;
  int interruptions = 0;
  std::optional<Ended> ended;
  std::optional<Instant> newest;
  std::unique_ptr<Subscription> subscription;

 private:
  void took(std::uint64_t bytes) {
    if (!slow && subscription) subscription->consumed(bytes);
  }
};

class VideoSupervisor : public testing::Test, public Supervisor::Listener {
 protected:
  void begin(Supervisor::Options options = {}) {
    options.socket = folder_.file("video.sock");
    supervisor_ = Supervisor::make(io_, clock_, options, this);
    const auto started = supervisor_->start();
    ASSERT_TRUE(started) << started.error().message;
  }
  ~VideoSupervisor() override {
    supervisor_.reset();
    io_.poll();
  }

  bool until(const std::function<bool()>& done, std::chrono::seconds patience = kPatience) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!done()) {
      if (std::chrono::steady_clock::now() > end) return false;
      io_.restart();
      io_.run_one_for(std::chrono::milliseconds(50));
    }
    return true;
  }

  template <class T>
  Result<T> wait_for(boost::asio::awaitable<Result<T>> work) {
    std::optional<Result<T>> result;
    boost::asio::co_spawn(
        io_,
        [&result, work = std::move(work)]() mutable -> boost::asio::awaitable<void> {
          result = co_await std::move(work);
        },
        boost::asio::detached);
    EXPECT_TRUE(until([&] { return result.has_value(); }));
    return std::move(*result);
  }

  CameraSetup camera(std::uint32_t id, const TestCamera& source) const {
    CameraSetup out;
    out.id = id;
    out.streams = {{.url = source.url(), .user = "", .password = "", .udp = false}};
    out.record = Record::never;
    return out;
  }
  void configure(std::vector<CameraSetup> cameras, int masked_budget = 4) {
    Configuration configuration;
    configuration.cameras = std::move(cameras);
    configuration.folder = folder_.file("footage");
    configuration.masked_budget = masked_budget;
    configuration.pre_seconds = 2;
    configuration.post_seconds = 2;
    configuration.late_ms = 600'000;  // the machine of the tests is slow: nothing gives way
    supervisor_->configure(std::move(configuration));
  }
  void watch(Viewer& viewer, const Watch& what) { viewer.subscription = supervisor_->watch(what, viewer); }
  const CameraStatus* status(std::uint32_t id) const {
    if (!status_) return nullptr;
    const auto found = std::ranges::find(status_->cameras, id, &CameraStatus::id);
    return found == status_->cameras.end() ? nullptr : &*found;
  }

  void on_status(const Status& status) override {
    status_ = status;
    statuses_++;
  }
  void on_event(const Event& event) override { events_.push_back(event); }
  void on_worker(const WorkerHealth& health) override { healths_.push_back(health); }

  ::qala::tests::TemporaryFolder folder_;
  boost::asio::io_context io_{1};
  SystemClock clock_;
  std::optional<Status> status_;
  int statuses_ = 0;
  std::vector<Event> events_;
  std::vector<WorkerHealth> healths_;
  std::unique_ptr<Supervisor> supervisor_;
};

TEST_F(VideoSupervisor, TellsTheStatusAndKeepsTheSocketToItself) {
  TestCamera source;
  begin();
  configure({camera(1, source)});
  ASSERT_TRUE(until([&] { return status(1) != nullptr; }));
  struct stat facts{};
  ASSERT_EQ(::stat(folder_.file("video.sock").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600U);
  EXPECT_TRUE(supervisor_->health().running);
  ASSERT_TRUE(until([&] { return status(1)->streams.at(0).state == "live" && status(1)->streams[0].fps > 5; }));
  EXPECT_EQ(status(1)->streams[0].width, 320U);
  EXPECT_EQ(supervisor_->status()->cameras.size(), 1U);
}

TEST_F(VideoSupervisor, ShowsLivePicturesFromTheNewestKeyFrameOn) {
  TestCamera source;
  begin();
  configure({camera(1, source)});
  Viewer viewer;
  viewer.keep = true;
  watch(viewer, {.camera = 1});
  ASSERT_TRUE(until([&] { return viewer.samples.size() > 15; }));
  EXPECT_EQ(viewer.formats.at(0).way, Way::plain);
  const auto track = media::read_init(viewer.init);
  ASSERT_TRUE(track);
  EXPECT_EQ(track->codec_string, viewer.formats[0].codec);
  auto decoder = Decoder::make(*track);
  ASSERT_TRUE(decoder);
  std::int64_t last = -1;
  for (const media::Sample& sample : viewer.samples) {
    EXPECT_GT(sample.dts, last);
    last = sample.dts;
    const auto picture = (*decoder)->decode(sample);
    ASSERT_TRUE(picture && *picture);
  }
  // Who comes later has a picture at once: what is there since the newest key frame.
  Viewer second;
  second.keep = true;
  watch(second, {.camera = 1});
  ASSERT_TRUE(until([&] { return !second.samples.empty(); }));
  EXPECT_TRUE(second.samples[0].key);
}

TEST_F(VideoSupervisor, IsBackAfterItsWorkerWasKilledAndGoesOn) {
  TestCamera source;
  begin();
  configure({camera(1, source)});
  Viewer viewer;
  watch(viewer, {.camera = 1});
  ASSERT_TRUE(until([&] { return viewer.fragments > 3; }));
  ASSERT_EQ(::kill(static_cast<pid_t>(supervisor_->health().pid), SIGKILL), 0);
  ASSERT_TRUE(until([&] { return viewer.interruptions == 1; }));
  EXPECT_FALSE(supervisor_->health().running);
  const std::uint64_t before = viewer.fragments;
  ASSERT_TRUE(until([&] { return viewer.fragments > before + 3; })) << "the subscription goes on by itself";
  EXPECT_EQ(viewer.formats.size(), 2U);
  EXPECT_EQ(supervisor_->health().restarts, 1U);
  EXPECT_TRUE(supervisor_->health().running);
  EXPECT_FALSE(viewer.ended);
}

TEST_F(VideoSupervisor, SaysWhatIsWrongWhenTheProgramIsMissing) {
  begin({.program = "/nowhere/qala-video"});
  ASSERT_TRUE(until([&] { return !healths_.empty(); }));
  EXPECT_NE(supervisor_->health().words.find("/nowhere/qala-video"), std::string::npos);
  const auto still = wait_for(supervisor_->still({.camera = 1}, std::chrono::seconds(1)));
  ASSERT_FALSE(still);
  EXPECT_EQ(still.error().kind, ErrorKind::unavailable);
}

TEST_F(VideoSupervisor, StopsItsWorker) {
  TestCamera source;
  begin();
  configure({camera(1, source)});
  ASSERT_TRUE(until([&] { return status_.has_value(); }));
  const auto pid = static_cast<pid_t>(supervisor_->health().pid);
  ASSERT_GT(pid, 0);
  bool done = false;
  boost::asio::co_spawn(
      io_, [&]() -> boost::asio::awaitable<void> { co_await supervisor_->stop(); },
      [&](std::exception_ptr) { done = true; });
  ASSERT_TRUE(until([&] { return done; }));
  EXPECT_NE(::kill(pid, 0), 0);
  EXPECT_FALSE(std::filesystem::exists(folder_.file("video.sock")));
}

TEST_F(VideoSupervisor, ASlowViewerDelaysNobodyAndIsToldWhatItMissed) {
  TestCamera source({.width = 640, .height = 480, .fps = 10, .kbit = 8'000});
  begin();
  configure({camera(1, source)});
  Viewer slow, fast;
  slow.slow = true;
  watch(slow, {.camera = 1});
  watch(fast, {.camera = 1});
  ASSERT_TRUE(until([&] { return fast.received > kLagLimit * 3 / 2; }));
  EXPECT_EQ(fast.dropped, 0U);
  EXPECT_LT(slow.received, kLagLimit * 5 / 4) << "it is cut, not queued for";
  const std::uint64_t had = slow.fragments;
  const Instant fast_at = *fast.newest;
  slow.slow = false;
  slow.subscription->consumed(slow.received);
  ASSERT_TRUE(until([&] { return slow.dropped > 0 && slow.fragments > had; }));
  EXPECT_GE(*slow.newest, fast_at - std::chrono::milliseconds(1'500)) << "it goes on with the newest key frame";
  EXPECT_FALSE(slow.ended);
}

/// What a viewer decodes behind the mask: how far it is from flat, at worst.
int worst_behind(const Viewer& viewer, std::size_t& pictures, int& beside) {
  const auto track = media::read_init(viewer.init);
  EXPECT_TRUE(track);
  auto decoder = Decoder::make(*track);
  EXPECT_TRUE(decoder);
  int worst = 0;
  for (const media::Sample& sample : viewer.samples) {
    const auto picture = (*decoder)->decode(sample);
    EXPECT_TRUE(picture);
    if (!picture || !*picture) continue;
    pictures++;
    int least = 255, most = 0, right_least = 255, right_most = 0;
    const Picture& p = **picture;
    for (std::uint32_t y = p.height / 4; y < p.height / 2; y++) {
      for (std::uint32_t x = 0; x < p.width; x++) {
        const int value = p.y[y * std::size_t{p.width} + x];
        if (x >= p.width / 4 && x < p.width / 2) {
          least = std::min(least, value);
          most = std::max(most, value);
        } else if (x > p.width * 3 / 4) {
          right_least = std::min(right_least, value);
          right_most = std::max(right_most, value);
        }
      }
    }
    worst = std::max(worst, most - least);
    beside = std::max(beside, right_most - right_least);
  }
  return worst;
}

TEST_F(VideoSupervisor, NothingBehindAMaskLeavesTheWorker) {
  TestCamera source;
  source.moving = true;
  begin();
  CameraSetup setup = camera(1, source);
  setup.masks = {kSquare};
  configure({setup});
  Viewer viewer;
  viewer.keep = true;
  watch(viewer, {.camera = 1});
  ASSERT_TRUE(until([&] { return viewer.samples.size() > 25; }));
  EXPECT_EQ(viewer.formats.at(0).way, Way::transcoded);
  std::size_t pictures = 0;
  int beside = 0;
  EXPECT_LE(worst_behind(viewer, pictures, beside), 6);
  EXPECT_GT(pictures, 20U);
  EXPECT_GT(beside, 60);
  EXPECT_EQ(status_->masked_now, 1);

  Viewer plain;
  watch(plain, {.camera = 1, .masked = false});
  ASSERT_TRUE(until([&] { return plain.ended.has_value(); }));
  EXPECT_EQ(plain.ended->why, Why::masked);
  EXPECT_EQ(plain.fragments, 0U);

  Viewer lifted;
  watch(lifted, {.camera = 1, .masked = false, .unmasked = true});
  ASSERT_TRUE(until([&] { return lifted.fragments > 2; }));
  EXPECT_EQ(lifted.formats.at(0).way, Way::plain);

  const auto still = wait_for(supervisor_->still({.camera = 1}, std::chrono::seconds(30)));
  ASSERT_TRUE(still) << still.error().message;
  EXPECT_TRUE(still->masked);
  const auto refused = wait_for(supervisor_->still({.camera = 1, .masked = false}, std::chrono::seconds(30)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::denied);
}

TEST_F(VideoSupervisor, AMaskDrawnWhileSomebodyLooksHoldsForTheNextPicture) {
  TestCamera source;
  begin();
  configure({camera(1, source)});
  Viewer viewer;
  viewer.keep = true;
  watch(viewer, {.camera = 1});
  ASSERT_TRUE(until([&] { return viewer.samples.size() > 5; }));
  CameraSetup setup = camera(1, source);
  setup.masks = {kSquare};
  configure({setup});
  // The format says from where on: nothing plain comes after it, and what came before it was asked for before.
  ASSERT_TRUE(until([&] { return viewer.formats.size() == 2 && viewer.samples.size() > 12; }));
  EXPECT_EQ(viewer.formats[1].way, Way::transcoded);
  std::size_t pictures = 0;
  int beside = 0;
  EXPECT_LE(worst_behind(viewer, pictures, beside), 6);
  EXPECT_GT(pictures, 8U);
  configure({camera(1, source)});
  ASSERT_TRUE(until([&] { return viewer.formats.size() == 3; })) << "lifted in the configuration: plain again";
  EXPECT_EQ(viewer.formats[2].way, Way::plain);
}

TEST_F(VideoSupervisor, BeyondTheBudgetMaskedCamerasAreStillsOnceASecond) {
  TestCamera source;
  begin();
  CameraSetup setup = camera(1, source);
  setup.masks = {kSquare};
  configure({setup}, 0);
  Viewer viewer;
  watch(viewer, {.camera = 1});
  ASSERT_TRUE(until([&] { return viewer.pictures > 1; }));
  EXPECT_EQ(viewer.formats.at(0).way, Way::stills);
  EXPECT_EQ(viewer.fragments, 0U);
  EXPECT_TRUE(viewer.last_picture.starts_with("\xff\xd8"));
}

TEST_F(VideoSupervisor, AnsweringAStillItConnectsToACameraThatNobodyWatches) {
  TestCamera source;
  begin();
  CameraSetup setup = camera(1, source);
  setup.analyse = false;
  configure({setup});
  ASSERT_TRUE(until([&] { return status(1) != nullptr; }));
  EXPECT_EQ(source.connections, 0);
  const auto still = wait_for(supervisor_->still({.camera = 1, .width = 160}, std::chrono::seconds(30)));
  ASSERT_TRUE(still) << still.error().message;
  EXPECT_FALSE(still->masked);
  EXPECT_TRUE(still->jpeg.starts_with("\xff\xd8"));
  const auto none = wait_for(supervisor_->still({.camera = 9}, std::chrono::seconds(30)));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, ErrorKind::not_found);
}

TEST_F(VideoSupervisor, ProbesAnAddress) {
  TestCamera source;
  begin();
  configure({});
  ASSERT_TRUE(until([&] { return status_.has_value(); }));
  const auto probed = wait_for(
      supervisor_->probe({.url = source.url(), .user = "", .password = "", .udp = false}, std::chrono::seconds(50)));
  ASSERT_TRUE(probed) << probed.error().message;
  EXPECT_EQ(probed->codec, "h264");
  EXPECT_EQ(probed->width, 320U);
  EXPECT_NEAR(probed->fps, 10, 3);
  EXPECT_NEAR(probed->key_distance_s, 1, 0.3);
  EXPECT_TRUE(probed->picture.starts_with("\xff\xd8"));
  EXPECT_EQ(probed->advice, std::vector<std::string>{"picture_small"});
}

TEST_F(VideoSupervisor, RecordsAlwaysOrNeverAndPlaysItBack) {
  TestCamera source;
  begin();
  CameraSetup always = camera(1, source), never = camera(2, source), masked = camera(3, source);
  always.record = Record::always;
  masked.record = Record::always;
  masked.masks = {kSquare};
  configure({always, never, masked});
  Viewer live;
  watch(live, {.camera = 2});
  const Instant from = clock_.now();
  ASSERT_TRUE(until([&] { return live.newest && *live.newest - from > std::chrono::seconds(5); }));
  const auto library = footage::Library::open(folder_.file("footage"));
  ASSERT_TRUE(library) << library.error().message;
  const auto recorded = [&](std::uint32_t id) {
    const auto spans = (*library)->spans({id, 0}, from, clock_.now() + std::chrono::hours(1));
    EXPECT_TRUE(spans);
    std::int64_t sum = 0;
    for (const auto& span : *spans) sum += (span.to - span.from).count();
    return sum / Instant::kSecond;
  };
  ASSERT_TRUE(until([&] { return recorded(1) >= 3 && recorded(3) >= 3; }));
  EXPECT_EQ(recorded(2), 0);

  Viewer playback;
  playback.keep = true;
  playback.subscription = supervisor_->play({.camera = 1, .stream = 0, .from = from, .to = clock_.now()}, playback);
  ASSERT_TRUE(until([&] { return playback.ended.has_value(); }));
  EXPECT_EQ(playback.ended->why, Why::finished) << playback.ended->words;
  EXPECT_GT(playback.samples.size(), 15U);

  Viewer through_masks;
  through_masks.keep = true;
  through_masks.subscription =
      supervisor_->play({.camera = 3, .stream = 0, .from = from, .to = clock_.now()}, through_masks);
  ASSERT_TRUE(until([&] { return through_masks.ended.has_value(); }));
  EXPECT_EQ(through_masks.ended->why, Why::finished) << through_masks.ended->words;
  std::size_t pictures = 0;
  int beside = 0;
  EXPECT_LE(worst_behind(through_masks, pictures, beside), 6);
  EXPECT_GT(pictures, 15U);
}

TEST_F(VideoSupervisor, RecordsOnMotion) {
  TestCamera source;
  begin();
  CameraSetup setup = camera(1, source);
  setup.record = Record::motion;
  configure({setup});
  ASSERT_TRUE(
      until([&] { return status(1) && status(1)->analysed && status(1)->streams.at(0).counters.key_frames > 8; }));
  EXPECT_FALSE(status(1)->motion);
  EXPECT_FALSE(status(1)->streams[0].recording);
  source.moving = true;
  ASSERT_TRUE(until([&] { return status(1)->motion && status(1)->streams[0].recording; }));
  EXPECT_TRUE(std::ranges::any_of(
      events_, [](const Event& event) { return event.kind == "motion" && event.on && event.camera == 1; }));
  ASSERT_TRUE(until([&] {
    const auto library = footage::Library::open(folder_.file("footage"));
    if (!library) return false;
    const auto spans = (*library)->spans({1, 0}, Instant{}, clock_.now() + std::chrono::hours(1));
    return spans && std::ranges::any_of(*spans, &footage::Span::motion);
  }));
}

TEST_F(VideoSupervisor, SaysThatAnOddAddressNeedsFfmpeg) {
  begin();
  CameraSetup setup;
  setup.id = 1;
  setup.streams = {{.url = "http://127.0.0.1:9/video", .user = "", .password = "", .udp = false}};
  configure({setup});
  ASSERT_TRUE(until([&] { return status(1) && status(1)->streams.at(0).state == "lost"; }));
  EXPECT_NE(status(1)->streams[0].words.find("ffmpeg"), std::string::npos);
}

}  // namespace
}  // namespace qala::video
