#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/frames.h"
#include "base/result.h"
#include "base/time.h"

/// What `qala serve` and its worker `qala-video` say to each other over DATA/video.sock. Pure functions, any thread.
///
///   frame   = length:u32 type:u8 subject:u32 payload        little endian; length counts type, subject and payload
///   subject = the number serve gave to a question or a subscription; 0 where there is none
///
///   serve -> worker                                 worker -> serve
///    1 configure  Configuration (JSON, all of it)    64 hello      Hello (JSON)
///    2 watch      Watch (JSON)                       65 status     Status (JSON), once a second
///    3 unwatch                                       66 init       the init segment
///    4 still      StillWanted (JSON)                 67 fragment   at:i64 flags:u8, then moof and mdat
///    5 probe      ProbeWanted (JSON)                 68 dropped    frames:u32
///    6 play       Play (JSON)                        69 ended      Ended (JSON); nothing follows for this subject
///    7 stop                                          70 picture    at:i64 flags:u8, then a JPEG
///    8 consumed   bytes:u64                          71 answer     JSON: Format for 2 and 6, Probed for 5
///    9 motion     subject: the camera                72 event      Event (JSON)
///   at = wall clock, UTC ms, of the first frame; flags: 1 key (fragment starts with a key frame), 2 masked
///
/// Flow control: what a subscription was sent and serve has not reported as `consumed` is its lag. Live: over
/// kLagLimit it is cut to the newest key frame and gets `dropped` first. Playback waits instead, nothing is left out.
namespace qala::video {

constexpr int kProtocol = 1;
constexpr std::size_t kMaxFrame = 32u << 20;  ///< bytes of a frame; longer ones are refused, the connection with them
constexpr std::size_t kLagLimit = 2u << 20;  ///< of a live subscription
constexpr std::size_t kPlayWindow = 1u << 20;  ///< of a playback
constexpr std::size_t kMediaHead = 9;  ///< at, flags

enum class Type : std::uint8_t {
  configure = 1,
  watch,
  unwatch,
  still,
  probe,
  play,
  stop,
  consumed,
  motion,  ///< something else than the picture says that something moves there
  hello = 64,
  status,
  init,
  fragment,
  dropped,
  ended,
  picture,
  answer,
  event,
};

struct Message {
  Type type = Type::hello;
  std::uint32_t subject = 0;
  std::string_view payload;  ///< valid until the reader is fed again
};

/// Appends one frame.
void append_frame(std::string& out, Type type, std::uint32_t subject, std::string_view payload = {});
void append_media_head(std::string& out, Instant at, bool key, bool masked);
void append_u32(std::string& out, std::uint32_t value);
void append_u64(std::string& out, std::uint64_t value);

struct Media {
  Instant at;
  bool key = false, masked = false;
  std::string_view bytes;
};
Result<Media> parse_media(std::string_view payload);  ///< 67, 70
Result<std::uint32_t> parse_dropped(std::string_view payload);
Result<std::uint64_t> parse_consumed(std::string_view payload);

/// FrameCutter for messages.
class FrameReader {
 public:
  void feed(std::string_view bytes) { frames_.feed(bytes); }
  Result<std::optional<Message>> next();

 private:
  FrameCutter frames_{kMaxFrame};
};

// ---- serve -> worker

struct Point {
  double x = 0, y = 0;  ///< 0..1 of the picture, from its upper left corner
  friend bool operator==(const Point&, const Point&) = default;
};
using Polygon = std::vector<Point>;  ///< 3..64 points, closed by itself; inside by the non-zero rule

struct StreamSetup {
  std::string url = {}, user = {}, password = {};
  bool udp = false;
  friend bool operator==(const StreamSetup&, const StreamSetup&) = default;
};

enum class Record : std::uint8_t { never, motion, always };
std::string_view name_of(Record);

/// Weekly hours in which a camera records, in the town's zone. None: at all hours.
struct Hours {
  std::uint8_t days = 0x7f;  ///< bit 0 Monday … bit 6 Sunday
  std::uint16_t from = 0, to = 24 * 60;  ///< minutes of the day; to <= from ends on the next day
  friend bool operator==(const Hours&, const Hours&) = default;
};

struct CameraSetup {
  std::uint32_t id = 0;
  std::vector<StreamSetup> streams = {};  ///< 0 main, 1 sub; at most two
  Record record = Record::always;
  bool record_sub = false;  ///< the sub-stream too
  std::vector<Hours> hours = {};
  std::uint32_t keep = 0;  ///< which Keep holds for it
  std::vector<Polygon> masks = {};  ///< at most 32
  bool analyse = true;  ///< motion, camera health, brightness
  friend bool operator==(const CameraSetup&, const CameraSetup&) = default;
};

/// How long a group of cameras keeps its recordings; 0: no limit of that kind.
struct Keep {
  std::uint32_t id = 0;  ///< 0: for what cameras recorded that are not in the list any more, each by itself
  std::int64_t days = 0, bytes = 0;
  friend bool operator==(const Keep&, const Keep&) = default;
};

struct Configuration {
  std::vector<CameraSetup> cameras;
  std::string folder;  ///< DATA/footage; empty: nothing is recorded
  std::vector<Keep> keep;
  std::string zone = "UTC";  ///< of Hours
  int masked_budget = 4;  ///< masked transcodes at a time; the others get stills
  int analysis_percent = 15;  ///< of a core, for looking at pictures
  int pre_seconds = 5;  ///< record: motion keeps this much from before
  int post_seconds = 20;  ///< and this much after the last motion
  int late_ms = 250;  ///< when the worker's event loop is later than that, work gives way (Status::load)
  friend bool operator==(const Configuration&, const Configuration&) = default;
};

/// `masked` (the default) shows a camera with masks through them, others as they are, and follows when masks change.
/// Without it a camera with masks is refused (Why::masked), unless `unmasked`: serve has checked who may.
struct Watch {
  std::uint32_t camera = 0;
  std::uint8_t stream = 0;
  bool masked = true, unmasked = false;
};
struct StillWanted {
  std::uint32_t camera = 0;
  bool masked = true, unmasked = false;
  std::uint32_t width = 0;  ///< of the JPEG, at most; 0: as it comes
  std::optional<Instant> at = {};  ///< of the recording: its key frame at or shortly before; none: what is now
};
struct Play {
  std::uint32_t camera = 0;
  std::uint8_t stream = 0;
  Instant from = {}, to = {};
  bool masked = true, unmasked = false;
};
using ProbeWanted = StreamSetup;

// ---- worker -> serve

struct Hello {
  int protocol = kProtocol;
  std::string version;
  std::int64_t pid = 0;
  bool ffmpeg = false;  ///< found, so that other addresses than rtsp:// can be had
};

/// Why a subscription ended or a question failed.
enum class Why : std::uint8_t {
  finished,  ///< playback reached its end
  not_found,  ///< no such camera, stream or recording
  masked,  ///< the camera has masks, and the request neither takes them nor may lift them
  unsupported,  ///< the picture cannot be decoded (H.265), so it can be neither masked nor shown as a still
  no_picture,  ///< the camera sends nothing
  overloaded,  ///< given way by the rule of overload
  removed,  ///< the camera went out of the configuration, or its stream changed
  refused,  ///< the request made no sense
  failed,  ///< said in words
  lost,  ///< the worker died; never on the wire
};
std::string_view name_of(Why);
struct Ended {
  Why why = Why::failed;
  std::string words;
  std::uint64_t damaged = 0;  ///< play(): fragments, and pictures to be masked, left out because they are not whole
};

/// How a subscription is served.
enum class Way : std::uint8_t { plain, transcoded, stills };  ///< transcoded, stills: masked
std::string_view name_of(Way);
/// Before the first init segment or picture, and again whenever it changes.
struct Format {
  Way way = Way::plain;
  std::string codec = {};  ///< RFC 6381, for MediaSource ("avc1.64001F"); empty with stills
  std::string audio_codec = {};  ///< empty: no sound
  std::uint32_t width = 0, height = 0;
};

struct Probed {
  std::string codec, audio;  ///< "h264"; "aac" or empty
  std::uint32_t width = 0, height = 0;
  double fps = 0, kbit = 0, key_distance_s = 0;
  std::vector<std::string> advice;  ///< codes: "key_distance_long", "h265", "rate_high", "audio_unsupported" …
  std::string picture;  ///< JPEG bytes (base64 on the wire); empty if it cannot be decoded
};

struct StreamCounters {
  std::uint64_t bytes = 0, packets = 0, lost = 0, reordered = 0, frames = 0, key_frames = 0, dropped_frames = 0,
                restamped = 0, format_changes = 0, reconnects = 0, bad_packets = 0;
};
struct StreamStatus {
  std::string state = "off";  ///< "live", "lost", "waiting", "off" (not wanted now)
  std::string reason, words;  ///< rtsp::Reason by name ("none" when live); what happened, for people
  std::string codec;  ///< RFC 6381; empty before the first format
  std::string audio_codec;
  std::uint32_t width = 0, height = 0;
  double fps = 0, kbit = 0, key_distance_s = 0;
  std::optional<Instant> last_frame, since;  ///< since: the state's
  std::optional<std::int64_t> clock_offset_ms;  ///< camera's clock (RTCP) minus ours
  bool recording = false;  ///< is being written now
  std::uint32_t lookers = 0;
  StreamCounters counters;
};
struct CameraStatus {
  std::uint32_t id = 0;
  std::vector<StreamStatus> streams;
  bool motion = false;
  std::vector<std::string> conditions;  ///< "covered", "moved", "blurred", "dark", "frozen", "overexposed"
  std::optional<double> brightness;  ///< mean of the newest analysed picture, 0..100
  std::optional<Instant> analysed;  ///< when; none: not analysed (off, H.265, overload)
  std::string analysis;  ///< "on", "off", "unsupported", "overload"
};
/// Levels of Status::load: what rests, each with those before it. Recording never does.
constexpr int kAnalysisRests = 1, kStillsRest = 2, kLiveRests = 3;

struct Status {
  Instant at;
  std::vector<CameraStatus> cameras;
  int load = 0;  ///< 0: all is done
  std::string load_words;
  int masked_now = 0, masked_budget = 0, lookers = 0;
  double analysis_every_s = 0;  ///< a camera that always records is looked at so often; 0: not yet known
  double loop_lag_ms = 0, decode_lag_ms = 0;
  std::uint64_t dropped_frames = 0;  ///< cut from lookers that lagged
  std::uint64_t record_errors = 0, record_dropped = 0;
  std::string record_words;  ///< the newest trouble with recording; empty: none
  std::uint64_t resident = 0;  ///< bytes
};

struct Event {
  std::uint32_t camera = 0;
  std::string kind;  ///< "motion", or one of CameraStatus::conditions
  bool on = true;  ///< begun or over
  Instant at;
};

std::string print(const Configuration&);
std::string print(const Watch&);
std::string print(const StillWanted&);
std::string print(const StreamSetup&);
std::string print(const Play&);
std::string print(const Hello&);
std::string print(const Ended&);
std::string print(const Format&);
std::string print(const Probed&);
std::string print(const Status&);
std::string print(const Event&);

/// What is missing takes the default of the struct; what is of the wrong kind or beyond its bounds is `invalid`, with
/// its place. Unknown keys are skipped.
Result<Configuration> parse_configuration(std::string_view json);
Result<Watch> parse_watch(std::string_view json);
Result<StillWanted> parse_still(std::string_view json);
Result<ProbeWanted> parse_probe(std::string_view json);
Result<Play> parse_play(std::string_view json);
Result<Hello> parse_hello(std::string_view json);
Result<Ended> parse_ended(std::string_view json);
Result<Format> parse_format(std::string_view json);
Result<Probed> parse_probed(std::string_view json);
Result<Status> parse_status(std::string_view json);
Result<Event> parse_event(std::string_view json);

}  // namespace qala::video
