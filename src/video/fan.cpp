#include "video/fan.h"

#include <algorithm>
#include <cmath>

#include "media/fragments.h"

namespace qala::video {

void Looker::format(const Format& format, Shared init) {
  has_format = true;
  next.reset();
  link_.send(Type::answer, subject_, print(format));
  if (!init) return;
  lag_ += init->size();
  link_.send(Type::init, subject_, std::move(init));
}

void Looker::fragment(Instant at, bool key, bool masked, const Shared& bytes) {
  lag_ += bytes->size();
  link_.send_media(Type::fragment, subject_, at, key, masked, bytes);
}

void Looker::picture(Instant at, const Shared& jpeg) {
  lag_ += jpeg->size();
  link_.send_media(Type::picture, subject_, at, true, true, jpeg);
}

void Looker::dropped(std::uint64_t frames) {
  std::string payload;
  append_u32(payload, static_cast<std::uint32_t>(std::min<std::uint64_t>(frames, UINT32_MAX)));
  link_.send(Type::dropped, subject_, payload);
}

void Looker::ended(Why why, std::string_view words, std::uint64_t damaged) {
  link_.send(Type::ended, subject_, print(Ended{why, std::string(words), damaged}));
}

bool Looker::behind() {
  behind_ = lag_ > (behind_ ? kLagLimit / 2 : kLagLimit) || link_.full();
  return behind_;
}

void Fan::add(Looker& looker) {
  lookers_.push_back(&looker);
  looker.next.reset();
  if (!init_) return;
  looker.format(format_, init_);
  deliver(looker);
}

void Fan::remove(Looker& looker) { std::erase(lookers_, &looker); }

void Fan::format(const media::Track& video, const media::Track* audio) {
  if (audio && audio->codec != media::Codec::aac) audio = nullptr;
  format_ = {.way = masked_ ? Way::transcoded : Way::plain,
             .codec = video.codec_string,
             .audio_codec = audio ? audio->codec_string : std::string(),
             .width = video.width,
             .height = video.height};
  clock_ = std::max<std::uint32_t>(1, video.clock);
  audio_clock_ = audio ? audio->clock : 0;
  init_ = std::make_shared<const std::string>(media::init_segment(video, audio));
  made_.reset();
  for (Looker* looker : lookers_) looker->format(format_, init_);
}

void Fan::run(Instant at, std::int64_t first_dts) {
  if (!epoch_) epoch_ = at;
  const double seconds = std::chrono::duration<double>(at - *epoch_).count();
  offset_ = std::max(last_end_, static_cast<std::int64_t>(std::llround(seconds * clock_))) - first_dts;
  made_.reset();
}

void Fan::pushed() {
  const auto samples = newest_.since_key();
  if (samples.empty()) return;
  const media::Sample& sample = samples.back();
  last_end_ = std::max(last_end_, sample.dts + offset_ + std::int64_t{sample.duration});
  for (Looker* looker : lookers_) deliver(*looker);
}

Shared Fan::muxed(std::size_t from) {
  const std::uint64_t first = newest_.first_serial() + from;
  if (made_ && made_from_ == first && made_to_ == newest_.next_serial()) return made_;
  const auto samples = newest_.since_key().subspan(from);
  for (media::Sample& sample : samples) sample.dts += offset_;
  made_ = std::make_shared<const std::string>(media::fragment(++sequence_, 1, samples));
  for (media::Sample& sample : samples) sample.dts -= offset_;
  made_from_ = first;
  made_to_ = newest_.next_serial();
  return made_;
}

void Fan::deliver(Looker& looker) {
  if (!init_ || !newest_.has_key() || looker.behind()) return;
  const std::uint64_t first = newest_.first_serial();
  std::uint64_t from = looker.next.value_or(first);
  if (from >= newest_.next_serial()) return;
  if (from < first) {
    looker.dropped(first - from);
    frames_dropped_ += first - from;
    from = first;
  }
  const auto at = static_cast<std::size_t>(from - first);
  looker.fragment(newest_.times()[at], newest_.since_key()[at].key, masked_, muxed(at));
  looker.next = newest_.next_serial();
}

void Fan::audio(const media::Sample& sample, Instant at) {
  if (audio_clock_ == 0 || lookers_.empty()) return;
  media::Sample moved = sample;
  moved.dts = std::max(audio_end_, sample.dts + offset_ * std::int64_t{audio_clock_} / std::int64_t{clock_});
  audio_end_ = moved.dts + std::int64_t{moved.duration};
  Shared bytes;
  for (Looker* looker : lookers_) {
    // Sound does not wait: who is behind with the pictures hears nothing of what it missed.
    if (!looker->next || looker->behind()) continue;
    if (!bytes) bytes = std::make_shared<const std::string>(media::fragment(++sequence_, 2, std::span(&moved, 1)));
    looker->fragment(at, false, masked_, bytes);
  }
}

void Fan::interrupt() {
  init_.reset();
  made_.reset();
  for (Looker* looker : lookers_) looker->has_format = false;
}

}  // namespace qala::video
