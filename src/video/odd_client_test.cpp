#include "video/odd_client.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include <fmt/core.h>

#include "media/fragments.h"
#include "media_files.h"
#include "temporary_folder.h"

namespace qala::video {
namespace {

using namespace std::chrono_literals;

class Seen final : public rtsp::Watcher {
 public:
  struct Told {
    rtsp::State state;
    rtsp::Reason reason;
  };
  void on_state(rtsp::State state, rtsp::Reason reason, std::string_view) override { told.push_back({state, reason}); }
  void on_format(const media::Track&, const media::Track*) override {}
  void on_frame(rtsp::Frame&&) override { frames++; }
  std::vector<Told> told;
  int frames = 0;
};

struct NoUser final : Link::User {
  void on_message(const Message&) override {}
  void on_closed(const std::string&) override {}
};

/// In the place of ffmpeg stands a program that writes what ffmpeg would, as far as the test lets it: the bytes of a
/// file, then those that the test puts into a pipe. Its number is in the file `pid`.
class OddClientTest : public ::testing::Test {
 protected:
  OddClientTest() {
    EXPECT_EQ(::mkfifo(folder.file("more").c_str(), 0600), 0);
    more = ::open(folder.file("more").c_str(), O_RDWR | O_CLOEXEC);
    std::ofstream(folder.file("ffmpeg")) << fmt::format(
        "#!/bin/sh\necho $$ >'{0}/pid'\nexec cat '{0}/first' '{0}/more'\n", folder.path());
    std::filesystem::permissions(folder.file("ffmpeg"), std::filesystem::perms::owner_all);
    services.ffmpeg = folder.file("ffmpeg");
  }
  ~OddClientTest() override {
    client.reset();
    ::close(more);
  }
  void start(const std::string& first) {
    std::ofstream(folder.file("first"), std::ios::binary) << first;
    client = make_client(services, {.url = "http://127.0.0.1:1/live", .user = "", .password = ""}, seen);
    client->start();
  }
  std::string group() const { return media::fragment(1, 1, clip.samples); }
  /// The deadline is for broken programs only.
  template <class Condition>
  void until(Condition&& condition, std::string_view what) {
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (!condition()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "waited for: " << what;
      io.restart();
      io.run_one_for(20ms);
    }
  }
  pid_t child() const {
    pid_t pid = 0;
    std::ifstream(folder.file("pid")) >> pid;
    return pid;
  }

  qala::tests::TemporaryFolder folder;
  boost::asio::io_context io;
  FakeClock clock;
  SeededRandom random{1};
  NoUser nobody;
  Link link{io, nobody};
  FootageWriter footage{clock};
  Worker stills{1, "stills"}, analysis{1, "analysis"};
  Services services{.io = io,
                    .clock = clock,
                    .random = random,
                    .link = link,
                    .footage = footage,
                    .stills = stills,
                    .analysis = analysis,
                    .transcoding = {},
                    .ffmpeg = ""};
  qala::tests::Clip clip = qala::tests::clip_of(qala::tests::small_clip("h264_b_frames.mp4"), media::Codec::h264);
  Seen seen;
  std::unique_ptr<rtsp::Client> client;
  int more = -1;
};

TEST_F(OddClientTest, SilenceIsStalledThenTriedAgain) {
  start(media::init_segment(clip.track) + group());
  until([&] { return seen.frames > 0; }, "frames");
  const auto first = child();
  clock.advance(6s);
  until([&] { return client->state() == rtsp::State::stalled; }, "stalled");
  EXPECT_EQ(seen.told.back().reason, rtsp::Reason::no_data);
  const auto bytes = group();
  ASSERT_EQ(::write(more, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  until([&] { return client->state() == rtsp::State::playing; }, "playing again");
  clock.advance(11s);
  until([&] { return client->state() == rtsp::State::waiting; }, "waiting");
  EXPECT_EQ(seen.told.back().reason, rtsp::Reason::no_data);
  EXPECT_EQ(::kill(first, 0), -1) << "the silent one is ended";
  until([&] { return client->state() == rtsp::State::playing; }, "another try");
  EXPECT_NE(child(), first);
  EXPECT_EQ(client->counters().reconnects, 1u);
}

TEST_F(OddClientTest, AnAddressThatNeverBeginsIsTriedAgain) {
  start("");
  until([&] { return child() != 0; }, "the program");
  clock.advance(12s);
  io.restart();
  io.run_for(1500ms);  // it is looked at once a second
  EXPECT_EQ(client->state(), rtsp::State::connecting) << "what is slow to begin is waited for";
  clock.advance(9s);
  until([&] { return client->state() == rtsp::State::waiting; }, "waiting");
  EXPECT_EQ(seen.told.back().reason, rtsp::Reason::no_data);
}

TEST_F(OddClientTest, WhatEndsIsTriedAgain) {
  start("");
  until([&] { return child() != 0; }, "the program");
  ::kill(child(), SIGTERM);
  until([&] { return client->state() == rtsp::State::waiting; }, "waiting");
  EXPECT_EQ(seen.told.back().reason, rtsp::Reason::closed);
}

}  // namespace
}  // namespace qala::video
