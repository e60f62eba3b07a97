#include "video/camera.h"

#include <algorithm>

#include <fmt/core.h>

#include "video/hours.h"

namespace qala::video {

namespace {
constexpr std::uint8_t kMain = 0, kSub = 1;
}

Camera::Camera(Services& services, KeyFrameDecoders& decoders, const Common& common, std::uint32_t id)
    : services_(services), decoders_(decoders), common_(common), id_(id) {
  setup_.id = id;
}

Camera::~Camera() {
  services_.analysis_budget.forget(id_);
  masked_.reset();
  for (auto& stream : streams_) stream.reset();
}

void Camera::setup(const CameraSetup& setup) {
  const bool masks_changed = setup.masks != setup_.masks;
  // First of all nobody sees what the new masks cover.
  if (masks_changed) {
    for (auto& [subject, watching] : watchers_) unplace(*watching);
  }
  setup_ = setup;
  for (std::uint8_t i = 0; i < 2; i++) {
    if (i < setup.streams.size()) {
      if (streams_[i]) streams_[i]->setup(setup.streams[i]);
      else
        streams_[i] = std::make_unique<Stream>(services_, footage::StreamId{id_, i}, setup.streams[i],
                                               static_cast<Stream::User&>(*this));
      continue;
    }
    if (!streams_[i]) continue;
    for (auto& [subject, watching] : watchers_) {
      if (watching->watch.stream == i) end(*watching, Why::removed, "this camera has no such stream any more");
    }
    if (masked_from_ == streams_[i].get()) {
      masked_from_ = nullptr;
      if (masked_) masked_->pause();
    }
    streams_[i].reset();
  }
  if (masks_changed) {
    masked_from_ = nullptr;
    if (masked_) masked_->pause();
    for (auto& [subject, watching] : watchers_) {
      if (!watching->ended) place(*watching);
    }
  }
  begin_masked();
  tick(services_.clock.now());
}

void Camera::add(Watching& watching) {
  watchers_[watching.looker.subject()] = &watching;
  if (watching.watch.stream >= setup_.streams.size()) {
    return end(watching, Why::not_found, fmt::format("camera {} has no stream {}", id_, watching.watch.stream));
  }
  place(watching);
  needs(services_.clock.now());
}

void Camera::place(Watching& watching) {
  const Watch& watch = watching.watch;
  if (services_.load >= kLiveRests && (watch.stream == kSub || through_masks(watch))) {
    return end(watching, Why::overloaded, "too much to do: no live sub-streams for now");
  }
  if (!through_masks(watch)) return streams_[watch.stream]->fan().add(watching.looker);
  if (!watch.masked) return end(watching, Why::masked, fmt::format("camera {} has masks", id_));
  if (!masked_source()) {
    return end(watching, Why::unsupported,
               "this camera sends no H.264, which alone can be masked: give it a sub-stream of H.264");
  }
  if (!masked_) masked_ = std::make_shared<MaskedView>(services_);
  masked_->add(watching.looker);
  begin_masked();
}

void Camera::unplace(Watching& watching) {
  for (auto& stream : streams_) {
    if (stream) stream->fan().remove(watching.looker);
  }
  if (masked_) masked_->remove(watching.looker);
}

void Camera::end(Watching& watching, Why why, std::string_view words) {
  if (std::exchange(watching.ended, true)) return;
  unplace(watching);
  watching.looker.ended(why, words);
}

void Camera::remove(Watching& watching) {
  unplace(watching);
  watchers_.erase(watching.looker.subject());
  if (masked_ && masked_->empty()) {
    masked_.reset();
    masked_from_ = nullptr;
  }
}

void Camera::caught_up(Watching& watching) {
  if (watching.ended || watching.watch.stream >= setup_.streams.size()) return;
  if (through_masks(watching.watch)) {
    if (masked_) masked_->caught_up(watching.looker);
    return;
  }
  streams_[watching.watch.stream]->fan().caught_up(watching.looker);
}

void Camera::end_all(Why why, std::string_view words) {
  for (auto& [subject, watching] : watchers_) end(*watching, why, words);
  for (WaitingStill& still : std::exchange(stills_, {}))
    still.done(fail(ErrorKind::not_found, std::string(words)), {}, false, why);
}

Stream* Camera::masked_source() {
  for (const std::uint8_t i : {kSub, kMain}) {
    if (streams_[i] && !streams_[i]->undecodable()) return streams_[i].get();
  }
  return nullptr;
}

/// Joins the masked view with its source, as soon as that one's format is known.
void Camera::begin_masked() {
  if (!masked_ || masked_->empty()) return;
  Stream* source = masked_source();
  if (!source || !source->decodable() || masked_from_ == source) return;
  masked_from_ = source;
  masked_->begin(*source->track(), source->newest(), setup_.masks);
}

void Camera::on_format(Stream& stream) {
  if (masked_from_ == &stream) {
    masked_from_ = nullptr;
    if (masked_) masked_->pause();
  }
  if (masked_ && !masked_source()) {
    for (auto& [subject, watching] : watchers_) {
      if (through_masks(watching->watch))
        end(*watching, Why::unsupported, "this camera sends H.265, which cannot be masked");
    }
  }
  begin_masked();
}

void Camera::on_picture(Stream& stream, bool key) {
  if (masked_ && masked_from_ == &stream) masked_->pushed();
  if (!key) return;
  if (!stills_.empty()) answer_stills();
  if (&stream == analysed()) analyse(stream);
}

Stream* Camera::analysed() {
  if (streams_[kSub] && !streams_[kSub]->undecodable()) return streams_[kSub].get();
  if (streams_[kMain] && !streams_[kMain]->undecodable()) return streams_[kMain].get();
  return nullptr;
}

void Camera::analyse(Stream& stream) {
  const bool wanted = setup_.analyse || setup_.record == Record::motion;
  if (!wanted || services_.load >= kAnalysisRests || analysing_ || !stream.decodable()) return;
  const std::int64_t now = services_.clock.monotonic_ns();
  const bool urgent = setup_.record == Record::motion;
  const std::int64_t pause = urgent ? AnalysisBudget::kLeast : services_.analysis_budget.interval();
  if (analysed_ns_ != 0 && now - analysed_ns_ < pause) return;
  analysed_ns_ = now;
  analysing_ = true;
  run_then(
      services_, services_.analysis, weak_from_this(),
      [analysis = analysis_, &decoders = decoders_, track = *stream.track(),
       sample = stream.newest().since_key().front(),
       at = stream.newest().times().front()] { return analysis->look(decoders, track, sample, at); },
      [](Camera& camera, const Analysis::Seen& seen) { camera.seen(seen); }, "analysis");
}

void Camera::seen(const Analysis::Seen& seen) {
  analysing_ = false;
  services_.analysis_budget.spent(id_, seen.cost_ns, setup_.record == Record::motion);
  analysis_words_ = seen.words;
  if (!seen.decoded) return;
  if (setup_.analyse) {
    analysed_at_ = seen.at;
    brightness_ = seen.brightness;
    conditions_ = seen.conditions;
    for (const Conditions::Change& change : seen.changes) tell(name_of(change.condition), change.on, seen.at);
  }
  // Until the next look nobody knows better.
  if (seen.motion) noticed(seen.at, Duration(services_.analysis_budget.interval() - AnalysisBudget::kLeast));
}

void Camera::noticed(Instant at, Duration lasts) {
  motion_at_ = std::max(motion_at_.value_or(at), at);
  for (auto& stream : streams_) {
    if (stream) stream->recording().motion(at, lasts);
  }
  if (!std::exchange(motion_, true)) tell("motion", true, at);
}

void Camera::tell(std::string_view kind, bool on, Instant at) {
  services_.link.send(Type::event, 0, print(Event{.camera = id_, .kind = std::string(kind), .on = on, .at = at}));
}

RecordPolicy Camera::policy(Instant now, std::uint8_t stream) const {
  RecordPolicy out{.record = setup_.record, .pre = common_.pre, .post = common_.post};
  // Where motion cannot be seen (H.265, overload), everything is kept.
  const bool blind = services_.load >= kAnalysisRests ||
                     std::ranges::all_of(streams_, [](const auto& s) { return !s || s->undecodable(); });
  if (out.record == Record::motion && blind) out.record = Record::always;
  if (stream == kSub && !setup_.record_sub) out.record = Record::never;
  if (setup_.hours.empty()) return out;
  const std::int64_t local = (now + common_.zone.offset(now)).seconds();
  const auto day = static_cast<int>(((common_.zone.local_day(now) + 3) % 7 + 7) % 7);  // 1970-01-01 was a Thursday
  const auto minute = static_cast<int>((local % 86'400 + 86'400) % 86'400 / 60);
  if (!within(setup_.hours, day, minute)) out.record = Record::never;
  return out;
}

/// Main always when it records; else only while somebody wants something of it.
void Camera::needs(Instant now) {
  std::array<bool, 2> needed{};
  for (std::uint8_t i = 0; i < 2; i++) {
    if (!streams_[i]) continue;
    const RecordPolicy policy = this->policy(now, i);
    streams_[i]->recording().policy(policy);
    needed[i] = policy.record != Record::never || !streams_[i]->fan().empty();
  }
  const auto need = [&](const Stream* stream) {
    for (std::uint8_t i = 0; i < 2; i++) {
      if (stream && stream == streams_[i].get()) needed[i] = true;
    }
  };
  if (masked_ && !masked_->empty()) need(masked_source());
  if ((setup_.analyse && services_.load < kAnalysisRests) || setup_.record == Record::motion) need(analysed());
  for (const WaitingStill& still : stills_) need(still_source(still.wanted));
  for (std::uint8_t i = 0; i < 2; i++) {
    if (streams_[i]) streams_[i]->need(needed[i]);
  }
}

void Camera::tick(Instant now) {
  for (auto& stream : streams_) {
    if (stream) stream->tick();
  }
  if (services_.load >= kLiveRests) {
    for (auto& [subject, watching] : watchers_) {
      if (!watching->ended && (watching->watch.stream == kSub || through_masks(watching->watch))) {
        end(*watching, Why::overloaded, "too much to do: no live sub-streams for now");
      }
    }
  }
  if (masked_) masked_->tick();
  if (motion_ && motion_at_ && (now - *motion_at_).count() > kMotionLasts + services_.analysis_budget.interval()) {
    motion_ = false;
    tell("motion", false, *motion_at_);
  }
  answer_stills();
  needs(now);
}

std::uint64_t Camera::frames_dropped() const {
  std::uint64_t sum = masked_ ? masked_->frames_dropped() : 0;
  for (const auto& stream : streams_) sum += stream ? stream->fan().frames_dropped() : 0;
  return sum;
}

CameraStatus Camera::status() const {
  CameraStatus out;
  out.id = id_;
  for (const auto& stream : streams_) {
    if (stream) out.streams.push_back(stream->status());
  }
  for (const auto& [subject, watching] : watchers_) {
    if (!watching->ended && through_masks(watching->watch) && watching->watch.stream < out.streams.size()) {
      out.streams[watching->watch.stream].lookers++;
    }
  }
  out.motion = motion_;
  for (const Condition condition : conditions_) out.conditions.emplace_back(name_of(condition));
  const bool unsupported =
      std::ranges::all_of(streams_, [](const auto& stream) { return !stream || stream->undecodable(); });
  out.analysis = !setup_.analyse                    ? "off"
                 : unsupported                      ? "unsupported"
                 : services_.load >= kAnalysisRests ? "overload"
                                                    : "on";
  if (out.analysis != "on") return out;
  out.brightness = brightness_;
  out.analysed = analysed_at_;
  return out;
}

}  // namespace qala::video
