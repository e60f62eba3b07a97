#include "app/camera_service.h"

#include <algorithm>
#include <cmath>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "base/log.h"
#include "footage/evidence.h"
#include "onvif/device.h"

namespace qala::app {

namespace asio = boost::asio;

namespace {

constexpr std::int64_t kEvery = Instant::kMinute;  ///< readings when nothing changes
/// A camera that was just added, or whose worker just began, has so long to send its first picture.
constexpr std::int64_t kFirstPicture = 15 * Instant::kSecond;

video::StreamSetup setup_of(const cameras::Source& source) {
  return {.url = source.url, .user = source.user, .password = source.password, .udp = source.udp};
}

video::Record record_of(cameras::Recording recording) {
  switch (recording) {
    case cameras::Recording::always: return video::Record::always;
    case cameras::Recording::motion: return video::Record::motion;
    case cameras::Recording::never: return video::Record::never;
  }
  return video::Record::always;
}

/// The stream that says whether the camera is there.
const video::StreamStatus* first_stream(const video::CameraStatus& camera) {
  return camera.streams.empty() ? nullptr : &camera.streams.front();
}

}  // namespace

Result<std::unique_ptr<CameraService>> CameraService::open(const Config& config, DataFolder& folder, const Zone& zone,
                                                           asio::io_context& network) {
  std::unique_ptr<CameraService> self(new CameraService(config, folder, zone, network));
  TRY(self->cameras_, cameras::Cameras::open(*folder.town, folder.clock, *folder.audit_sink));
  TRY(self->looks_, cameras::Looks::open(*folder.town, folder.clock, *folder.audit_sink));
  TRY(self->library_, footage::Library::open(self->footage()));
  self->post_ = std::make_unique<onvif::CurlPost>();
  self->events_ = std::make_unique<CameraEvents>(network, *self->post_, folder.clock, folder.random, *self);
  video::Supervisor::Options options;
  options.socket = folder.path + "/video.sock";
  self->supervisor_ = video::Supervisor::make(network, folder.clock, std::move(options), self.get());
  return self;
}

std::string CameraService::footage() const { return config_.footage_folder(folder_.path); }

api::CameraRooms CameraService::rooms() {
  return {.cameras = *cameras_,
          .looks = *looks_,
          .video = *supervisor_,
          .library = *library_,
          .post = *post_,
          .events = [this](cameras::CameraId camera) { return events_->health(camera); },
          .wake = [this] { configure(true); },
          .town_database = folder_.town_path()};
}

Result<> CameraService::start(ingest::Intake& intake, Worker& writer) {
  if (const auto done = footage::remove_unfinished_evidence(folder_.path + "/evidence"); !done)
    log::warn("unfinished evidence stays", {{"why", done.error().message}});
  intake_ = &intake;
  writer_ = &writer;
  cameras_->on_change([this] { asio::post(network_, [this] { configure(); }); });
  configure();
  return {};
}

asio::awaitable<void> CameraService::stop() {
  cameras_->on_change({});
  events_->stop();
  post_->stop();
  if (started_) co_await supervisor_->stop();
  started_ = false;
}

void CameraService::configure(bool also_without) {
  events_->configure(cameras_->all());
  if (!started_ && cameras_->all()->empty() && !also_without) return;
  if (!started_) {
    if (auto done = supervisor_->start(); !done) {
      log::error("the worker for cameras cannot be started", {{"why", done.error().message}});
      return;
    }
    started_ = true;
  }
  supervisor_->configure(configuration());
}

video::Configuration CameraService::configuration() const {
  video::Configuration out;
  out.folder = footage();
  out.zone = zone_.name();
  out.masked_budget = static_cast<int>(config_.video_masked_at_once);
  out.analysis_percent = static_cast<int>(std::max<std::int64_t>(1, config_.video_analysis_percent));
  const auto all = cameras_->all();
  const auto kept = cameras_->groups();
  std::map<std::string, std::uint32_t> groups;
  const auto keep = [&](std::uint32_t id, std::int64_t days, std::int64_t gb) {
    out.keep.push_back({.id = id, .days = days, .bytes = gb * 1'000'000'000});
  };
  keep(0, config_.video_keep_days, config_.video_keep_gb);
  const auto keep_of = [&](const cameras::Camera& camera) {
    const std::string name =
        camera.group.empty() ? "camera " + std::to_string(camera.id.value) : "group " + camera.group;
    const auto [at, fresh] = groups.try_emplace(name, static_cast<std::uint32_t>(groups.size() + 1));
    if (!fresh) return at->second;
    const auto set = std::ranges::find(*kept, camera.group, &cameras::Group::name);
    if (set != kept->end()) keep(at->second, set->keep_days, set->keep_gb);
    else keep(at->second, config_.video_keep_days, config_.video_keep_gb);
    return at->second;
  };
  for (const auto& camera : *all) {
    video::CameraSetup setup;
    setup.id = camera.id.value;
    if (!camera.off) setup.streams.push_back(setup_of(camera.main));
    if (!camera.off && !camera.sub.url.empty()) setup.streams.push_back(setup_of(camera.sub));
    setup.record = record_of(camera.recording);
    setup.analyse = config_.video_analysis_percent > 0;
    setup.keep = keep_of(camera);
    for (const auto& mask : camera.masks) {
      video::Polygon polygon;
      for (const auto& corner : mask.corners) polygon.push_back({corner.x, corner.y});
      setup.masks.push_back(std::move(polygon));
    }
    out.cameras.push_back(std::move(setup));
  }
  return out;
}

void CameraService::on_status(const video::Status& status) {
  const Instant now = folder_.clock.now();
  const auto all = cameras_->all();
  const auto find = [&all](std::uint32_t id) {
    const auto at = std::ranges::lower_bound(*all, cameras::CameraId(id), {}, &cameras::Camera::id);
    return at == all->end() || at->id != cameras::CameraId(id) ? nullptr : &*at;
  };
  for (const auto& camera : status.cameras) {
    if (const auto* known = find(camera.id)) sense(camera, *known, now);
  }
  std::erase_if(told_, [&](const auto& one) { return !find(one.first); });
}

void CameraService::sense(const video::CameraStatus& camera, const cameras::Camera& known, Instant now) {
  const auto* stream = first_stream(camera);
  if (!stream || stream->state == "off") return;
  const auto [at, fresh] = told_.try_emplace(camera.id);
  Told& told = at->second;
  if (fresh) told.asked = now;
  const bool online = stream->state == "live";
  if (!online) seek(*stream, known, now);
  if (!online && told.at.ns == 0 && now.ns - told.asked.ns < kFirstPicture) return;
  const std::size_t faults = camera.conditions.size();
  if (told.at.ns != 0 && online == told.online && faults == told.faults && now.ns - told.at.ns < kEvery) return;
  told.online = online;
  told.faults = faults;
  told.at = now;
  readings::Batch batch;
  put(batch, known.thing, "video_online", online ? 1 : 0, now);
  if (online) put(batch, known.thing, "video_bitrate", std::round(stream->kbit), now);
  if (camera.analysed) put(batch, known.thing, "picture_faults", static_cast<double>(faults), now);
  if (camera.brightness) put(batch, known.thing, "picture_brightness", std::round(*camera.brightness), now);
  submit(std::move(batch));
}

/// Three attempts to connect are over after twelve seconds (rtsp/client.h), which is when it is asked first.
void CameraService::seek(const video::StreamStatus& stream, const cameras::Camera& known, Instant now) {
  constexpr std::int64_t kThreeAttempts = 12 * Instant::kSecond, kAgain = 2 * Instant::kMinute;
  if (stream.state != "lost" || !stream.since || now.ns - stream.since->ns < kThreeAttempts) return;
  const bool may = !known.control.url.empty() && !known.control.profile.empty() &&
                   cameras::host_of(known.control.url) == cameras::host_of(known.main.url);
  Told& told = told_[known.id.value];
  if (!may || now.ns - told.sought.ns < kAgain) return;
  told.sought = now;
  asio::co_spawn(network_, ask_address(known), asio::detached);
}

asio::awaitable<void> CameraService::ask_address(cameras::Camera camera) {
  auto at = onvif::Address::parse(camera.control.url);
  if (!at) co_return;
  auto [user, password] = cameras::control_account(camera);
  onvif::Device device(*post_, folder_.clock, folder_.random,
                       {.at = std::move(*at), .user = std::move(user), .password = std::move(password)});
  const auto url = co_await device.stream_address(camera.control.profile);
  if (!url || *url == camera.main.url) co_return;
  const auto changed = co_await run_on(*writer_, [&]() -> Result<> {
    auto now = cameras_->find(camera.id);
    if (!now || now->main != camera.main || now->control != camera.control) return {};
    now->main.url = *url;
    TRY([[maybe_unused]] const auto done, cameras_->change(std::move(*now), {"system", "onvif"}));
    return {};
  });
  log::info("a camera's stream has another address", {{"camera", camera.id.value}, {"taken", changed.has_value()}});
}

/// What the camera says itself: kept as any reading, and a reason to record.
void CameraService::noticed(const cameras::Camera& camera, std::optional<bool> motion, std::optional<bool> input) {
  if (motion.value_or(false) && started_) supervisor_->motion(camera.id.value);
  Noticed& told = noticed_[camera.id.value];
  readings::Batch batch;
  const Instant now = folder_.clock.now();
  if (motion && motion != told.motion) put(batch, camera.thing, "motion", *motion ? 1 : 0, now);
  if (input && input != told.input) put(batch, camera.thing, "digital_input", *input ? 1 : 0, now);
  told = {.motion = motion, .input = input};
  submit(std::move(batch));
}

void CameraService::submit(readings::Batch batch) {
  if (batch.rows.empty()) return;
  ingest::Submission submission;
  submission.source.name = "cameras";
  submission.batch = std::move(batch);
  submission.done = [](const auto&) {};
  intake_->submit(std::move(submission));
}

void CameraService::put(readings::Batch& batch, ThingId thing, std::string_view key, double value, Instant now) {
  DatastreamId id;
  folder_.registry->read([&](const registry::Registry::View& view) {
    if (const auto* stream = view.datastream(thing, key)) id = stream->id;
  });
  if (!id) return;
  batch.rows.push_back(
      {.datastream = id, .type = readings::ValueType::decimal, .time = now.ns, .bits = std::llround(value)});
}

void CameraService::on_event(const video::Event& event) {
  log::debug("camera", {{"camera", event.camera}, {"what", event.kind}, {"on", event.on}});
}

void CameraService::on_worker(const video::WorkerHealth& health) {
  if (!health.running)
    told_.clear();  // a picture that is away for that reason is the worker's trouble, not the camera's
  if (health.running) log::info("cameras are watched", {{"restarts", health.restarts}});
  else if (started_) log::error("the worker for cameras is not there", {{"why", health.words}});
}

void CameraService::fill(api::ServiceHealth& into) const {
  auto& video = into.video;
  const auto all = cameras_->all();
  video.cameras = all->size();
  video.off = static_cast<std::uint64_t>(std::ranges::count(*all, true, &cameras::Camera::off));
  video.wanted = video.cameras > video.off;
  for (const auto& camera : *all) {
    const auto health = events_->health(camera.id);
    video.listened += health ? 1 : 0;
    video.deaf += health && (health->state == "lost" || health->state == "denied") ? 1 : 0;
  }
  if (!started_) return;
  const auto health = supervisor_->health();
  video.running = health.running;
  video.restarts = health.restarts;
  video.words = health.words;
  const auto status = supervisor_->status();
  if (!status || !health.running) return;
  for (const auto& camera : status->cameras) {
    const auto* stream = first_stream(camera);
    if (!stream || stream->state == "off") continue;
    if (stream->state == "live") video.live++;
    else if (stream->state == "lost") video.lost++;
    if (stream->recording) video.recording++;
  }
  video.load = status->load;
  video.record_words = status->record_words;
  video.record_errors = status->record_errors;
  video.resident = status->resident;
  video.lookers = static_cast<std::uint64_t>(std::max(0, status->lookers));
}

}  // namespace qala::app
