// Packets of a camera to frames. First byte: codec (1: H.265), decoding order numbers (2). Then packets: which (0
// video, 1 sound, 2 control, 3: time goes by), length (2, big-endian), bytes. What comes out keeps the promises: a run
// begins with a key frame at 0, dts grow, the wall clock does not go back.
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "rtsp/stream.h"

using namespace qala;
using namespace qala::rtsp;

namespace {

class Judge : public Watcher {
 public:
  void on_state(State, Reason, std::string_view) override {}
  void on_format(const media::Track& video, const media::Track*) override { known_ = video.width > 0; }
  void on_frame(Frame&& frame) override {
    auto& last = last_[frame.track - 1];
    if (!known_ || frame.sample.dts < 0) std::abort();
    if (frame.track == 1 && frame.run != last.run && (!frame.sample.key || frame.sample.dts != 0)) std::abort();
    if (frame.run == last.run && (frame.sample.dts <= last.dts || frame.at < last.at)) std::abort();
    if (frame.run < last.run) std::abort();
    last = {frame.run, frame.sample.dts, frame.at};
  }

 private:
  struct Last {
    std::uint32_t run = 0;
    std::int64_t dts = 0;
    Instant at;
  };
  bool known_ = false;
  Last last_[2];
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (bytes.empty()) return 0;
  Sdp sdp;
  sdp.video.codec = bytes[0] & 1 ? media::Codec::h265 : media::Codec::h264;
  sdp.video.payload_type = 96;
  sdp.video.decoding_order_numbers = (bytes[0] & 2) != 0;
  SdpMedia audio;
  audio.codec = media::Codec::aac;
  audio.payload_type = 97;
  audio.clock = 16'000;
  audio.aac_config = std::string("\x14\x08", 2);
  sdp.audio = audio;
  bytes.remove_prefix(1);
  FakeClock clock;
  Feed feed;
  Judge judge;
  Stream stream(sdp, feed, judge, clock);
  while (bytes.size() >= 3) {
    const auto which = static_cast<std::uint8_t>(bytes[0]) & 3u;
    const std::size_t length = static_cast<std::uint8_t>(bytes[1]) << 8 | static_cast<std::uint8_t>(bytes[2]);
    const auto packet = bytes.substr(3, length);
    if (which == 3) clock.advance(std::chrono::milliseconds(length));
    else if (which == 2) stream.rtcp(Stream::Which::video, packet, clock.monotonic_ns());
    else stream.rtp(which == 0 ? Stream::Which::video : Stream::Which::audio, packet, clock.monotonic_ns());
    bytes.remove_prefix(which == 3 ? 3 : 3 + packet.size());
  }
  (void)stream.report(Stream::Which::video, 1, clock.monotonic_ns());
  return 0;
}
