#include "video/worker_room.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include <boost/asio/post.hpp>
#include <fmt/core.h>

#include "base/child.h"
#include "base/log.h"
#include "base/assert.h"
#include "base/process.h"
#include "video/keeping.h"

namespace qala::video {

namespace {

constexpr std::int64_t kBeat = 100'000'000;  ///< ns
constexpr int kBeatsPerSecond = 10;
constexpr std::size_t kMostQuestions = 64, kMostPlaybacks = 64;

/// On Linux a niceness is a thread's.
void be_nice(Worker& worker, int nice) {
  worker.post([nice] { ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), nice); }, "nice");
}

Zone zone_of(const std::string& name) {
  auto zone = Zone::find(name);
  if (zone) return std::move(*zone);
  log::error("zone of the cameras is not known", {{"zone", name}});
  auto utc = Zone::find("UTC");
  QALA_ASSERT(utc.has_value(), "the tz database has UTC");
  return std::move(*utc);
}

}  // namespace

WorkerRoom::WorkerRoom(boost::asio::io_context& io, const Clock& clock, Random& random)
    : io_(io),
      clock_(clock),
      link_(io, *this),
      footage_(clock),
      stills_(1, "stills"),
      analysis_(1, "analysis"),
      playback_(1, "playback"),
      transcode_a_(1, "masks"),
      transcode_b_(1, "masks"),
      services_{.io = io,
                .clock = clock,
                .random = random,
                .link = link_,
                .footage = footage_,
                .stills = stills_,
                .analysis = analysis_,
                .transcoding = {&transcode_a_, &transcode_b_},
                .ffmpeg = find_program("ffmpeg")},
      common_{.zone = zone_of("UTC")},
      recorded_stills_(std::make_shared<RecordedStills>(services_)),
      beat_(io) {
  be_nice(stills_, 5);
  be_nice(playback_, 5);
  be_nice(transcode_a_, 3);
  be_nice(transcode_b_, 3);
  be_nice(analysis_, 15);
}

WorkerRoom::~WorkerRoom() {
  for (Worker* worker : {&stills_, &analysis_, &playback_, &transcode_a_, &transcode_b_}) worker->stop();
  recorded_stills_.reset();
  playbacks_.clear();
  probes_.clear();
  cameras_.clear();
}

Result<> WorkerRoom::start(const std::string& socket) {
  TRY_VOID(link_.connect(socket));
  const Hello hello{
      .protocol = kProtocol, .version = QALA_VERSION, .pid = ::getpid(), .ffmpeg = !services_.ffmpeg.empty()};
  link_.send(Type::hello, 0, print(hello));
  next_beat_ns_ = clock_.monotonic_ns() + kBeat;
  beat();
  return {};
}

void WorkerRoom::stop(const std::string& why) {
  if (!why_.empty()) return;
  why_ = why;
  io_.stop();
}

void WorkerRoom::on_closed(const std::string& why) { stop("serve is gone (" + why + ")"); }

/// Ten times a second: how late is the event loop?
void WorkerRoom::beat() {
  beat_.expires_after(std::chrono::nanoseconds(std::max<std::int64_t>(0, next_beat_ns_ - clock_.monotonic_ns())));
  beat_.async_wait([this](const boost::system::error_code& ec) {
    if (ec) return;
    const std::int64_t now = clock_.monotonic_ns();
    worst_lag_ns_ = std::max(worst_lag_ns_, now - next_beat_ns_);
    next_beat_ns_ = std::max(next_beat_ns_ + kBeat, now);
    if (++beats_ % kBeatsPerSecond == 0) second();
    beat();
  });
}

void WorkerRoom::second() {
  const int before = load_.level();
  services_.load =
      load_.feed({.loop_lag_ms = static_cast<double>(worst_lag_ns_) / 1e6, .disk_queue = footage_.queued()});
  if (services_.load != before)
    log::warn("load of the video worker", {{"level", services_.load}, {"what", load_.words()}});
  const Instant now = clock_.now();
  for (auto& [id, camera] : cameras_) camera->tick(now);
  forget_ended();
  footage_.chores();
  tell_status();
  worst_lag_ns_ = 0;
}

void WorkerRoom::tell_status() {
  Status status;
  status.at = clock_.now();
  for (const auto& [id, camera] : cameras_) {
    status.cameras.push_back(camera->status());
    status.lookers += static_cast<int>(camera->lookers());
    status.dropped_frames += camera->frames_dropped();
  }
  status.load = load_.level();
  status.load_words = load_.words();
  status.masked_now = services_.masked_now;
  status.masked_budget = services_.masked_budget;
  status.analysis_every_s = static_cast<double>(services_.analysis_budget.interval()) / 1e9;
  status.loop_lag_ms = static_cast<double>(worst_lag_ns_) / 1e6;
  status.decode_lag_ms = static_cast<double>(std::max(analysis_.take_longest().ns, stills_.take_longest().ns)) / 1e6;
  status.record_errors = footage_.errors();
  status.record_dropped = footage_.dropped();
  status.record_words = footage_.words();
  status.resident = process_facts().resident;
  link_.send(Type::status, 0, print(status));
}

void WorkerRoom::refuse(std::uint32_t subject, Why why, std::string_view words) {
  link_.send(Type::ended, subject, print(Ended{.why = why, .words = std::string(words)}));
}

Camera* WorkerRoom::find(std::uint32_t camera) const {
  const auto found = cameras_.find(camera);
  return found == cameras_.end() ? nullptr : found->second.get();
}

void WorkerRoom::on_message(const Message& message) {
  switch (message.type) {
    case Type::configure: return configure(message.payload);
    case Type::watch: return watch(message.subject, message.payload);
    case Type::unwatch: return unwatch(message.subject);
    case Type::still: return still(message.subject, message.payload);
    case Type::probe: return probe(message.subject, message.payload);
    case Type::play: return play(message.subject, message.payload);
    case Type::stop: return stop("");
    case Type::consumed: return consumed(message.subject, message.payload);
    case Type::motion:
      if (Camera* camera = find(message.subject)) camera->noticed(clock_.now());
      return;
    default: log::warn("unknown message from serve", {{"type", static_cast<int>(message.type)}});
  }
}

void WorkerRoom::configure(std::string_view json) {
  auto parsed = parse_configuration(json);
  if (!parsed) return log::error("cameras' configuration", {{"what", parsed.error().message}});
  configuration_ = std::move(*parsed);
  common_.zone = zone_of(configuration_.zone);
  common_.pre = std::chrono::seconds(configuration_.pre_seconds);
  common_.post = std::chrono::seconds(configuration_.post_seconds);
  services_.masked_budget = configuration_.masked_budget;
  services_.analysis_budget.share(configuration_.analysis_percent);
  load_.late_from(configuration_.late_ms);
  footage_.open(configuration_.folder, retention_of(configuration_));
  std::set<std::uint32_t> there;
  for (const CameraSetup& setup : configuration_.cameras) there.insert(setup.id);
  for (auto at = cameras_.begin(); at != cameras_.end();) {
    if (there.contains(at->first)) {
      ++at;
      continue;
    }
    at->second->end_all(Why::removed, "the camera was removed");
    for (auto& [subject, watching] : watchings_) {
      if (watching->watch.camera == at->first) at->second->remove(*watching);
    }
    at = cameras_.erase(at);
  }
  for (const CameraSetup& setup : configuration_.cameras) {
    auto& camera = cameras_[setup.id];
    const bool fresh = !camera;
    if (fresh) camera = std::make_shared<Camera>(services_, decoders_, common_, setup.id);
    const bool masks_changed = !fresh && camera->current_setup().masks != setup.masks;
    if (masks_changed) {
      for (auto& [subject, playback] : std::map(playbacks_)) {
        if (playback->camera() == setup.id && !playback->unmasked())
          playback->end(Why::removed, "the masks have changed");
      }
    }
    camera->setup(setup);
  }
  forget_ended();
}

void WorkerRoom::forget_ended() {
  for (auto at = watchings_.begin(); at != watchings_.end();) {
    if (!at->second->ended) {
      ++at;
      continue;
    }
    if (Camera* camera = find(at->second->watch.camera)) camera->remove(*at->second);
    at = watchings_.erase(at);
  }
}

void WorkerRoom::watch(std::uint32_t subject, std::string_view json) {
  const auto wanted = parse_watch(json);
  if (!wanted) return refuse(subject, Why::refused, wanted.error().message);
  if (watchings_.contains(subject)) return refuse(subject, Why::refused, "this number is taken");
  Camera* camera = find(wanted->camera);
  if (!camera) return refuse(subject, Why::not_found, fmt::format("there is no camera {}", wanted->camera));
  auto& watching = watchings_[subject] = std::make_unique<Watching>(link_, subject, *wanted);
  camera->add(*watching);
  if (watching->ended) forget_ended();
}

void WorkerRoom::unwatch(std::uint32_t subject) {
  if (const auto found = watchings_.find(subject); found != watchings_.end()) {
    if (Camera* camera = find(found->second->watch.camera)) camera->remove(*found->second);
    watchings_.erase(found);
  }
  playbacks_.erase(subject);
  if (const auto found = probes_.find(subject); found != probes_.end()) {
    found->second->stop();
    probes_.erase(found);
  }
}

void WorkerRoom::still(std::uint32_t subject, std::string_view json) {
  const auto wanted = parse_still(json);
  if (!wanted) return refuse(subject, Why::refused, wanted.error().message);
  Camera* camera = find(wanted->camera);
  if (!camera) return refuse(subject, Why::not_found, fmt::format("there is no camera {}", wanted->camera));
  if (wanted->at) return recorded_still(subject, *wanted, camera->current_setup().masks);
  camera->still(*wanted, [this, subject](Result<std::string> jpeg, Instant at, bool masked, Why why) {
    if (!jpeg) return refuse(subject, why, jpeg.error().message);
    link_.send_media(Type::picture, subject, at, true, masked, std::make_shared<const std::string>(std::move(*jpeg)));
  });
}

void WorkerRoom::recorded_still(std::uint32_t subject, const StillWanted& wanted, const std::vector<Polygon>& masks) {
  if (configuration_.folder.empty()) return refuse(subject, Why::not_found, "nothing is recorded here");
  if (!masks.empty() && !wanted.masked && !wanted.unmasked) {
    return refuse(subject, Why::masked, fmt::format("camera {} has masks", wanted.camera));
  }
  const auto covered = wanted.unmasked ? std::vector<Polygon>{} : masks;
  recorded_stills_->ask(configuration_.folder, wanted, covered, [this, subject, wanted, covered](RecordedStill still) {
    if (!still.jpeg) return refuse(subject, still.why, still.jpeg.error().message);
    // Masks that were drawn meanwhile hold for this picture too.
    const Camera* camera = find(wanted.camera);
    if (!camera || (!wanted.unmasked && camera->current_setup().masks != covered)) {
      return refuse(subject, Why::failed, "the masks have just changed: ask again");
    }
    link_.send_media(Type::picture, subject, still.at, true, !covered.empty(),
                     std::make_shared<const std::string>(std::move(*still.jpeg)));
  });
}

void WorkerRoom::probe(std::uint32_t subject, std::string_view json) {
  const auto wanted = parse_probe(json);
  if (!wanted) return refuse(subject, Why::refused, wanted.error().message);
  if (probes_.size() >= kMostQuestions) return refuse(subject, Why::overloaded, "too many questions at a time");
  const auto probe = probes_[subject] = std::make_shared<Probe>(services_, *wanted);
  probe->start([this, subject](Result<Probed> found) {
    if (found) link_.send(Type::answer, subject, print(*found));
    else refuse(subject, Why::no_picture, found.error().message);
    boost::asio::post(io_, [this, subject] { probes_.erase(subject); });
  });
}

void WorkerRoom::play(std::uint32_t subject, std::string_view json) {
  const auto wanted = parse_play(json);
  if (!wanted) return refuse(subject, Why::refused, wanted.error().message);
  if (playbacks_.size() >= kMostPlaybacks) return refuse(subject, Why::overloaded, "too many playbacks at a time");
  if (configuration_.folder.empty()) return refuse(subject, Why::not_found, "nothing is recorded here");
  Camera* camera = find(wanted->camera);
  if (!camera) return refuse(subject, Why::not_found, fmt::format("there is no camera {}", wanted->camera));
  auto masks = wanted->unmasked ? std::vector<Polygon>{} : camera->current_setup().masks;
  if (!masks.empty() && !wanted->masked) {
    return refuse(subject, Why::masked, fmt::format("camera {} has masks", wanted->camera));
  }
  const auto playback = playbacks_[subject] =
      std::make_shared<Playback>(services_, playback_, subject, *wanted, std::move(masks));
  playback->start(configuration_.folder,
                  [this, subject] { boost::asio::post(io_, [this, subject] { playbacks_.erase(subject); }); });
}

void WorkerRoom::consumed(std::uint32_t subject, std::string_view payload) {
  const auto bytes = parse_consumed(payload);
  if (!bytes) return log::warn("consumed", {{"what", bytes.error().message}});
  if (const auto found = watchings_.find(subject); found != watchings_.end()) {
    found->second->looker.consumed(*bytes);
    if (Camera* camera = find(found->second->watch.camera)) camera->caught_up(*found->second);
    return;
  }
  if (const auto found = playbacks_.find(subject); found != playbacks_.end()) found->second->consumed(*bytes);
}

}  // namespace qala::video
