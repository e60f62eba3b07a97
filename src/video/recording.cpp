#include "video/recording.h"

#include <algorithm>

namespace qala::video {

void Recording::policy(const RecordPolicy& policy) {
  if (begun_ && wanted() && policy.record == Record::never) writer_.end(id_);
  policy_ = policy;
  if (policy.record == Record::motion) return;
  waiting_.clear();
  waiting_bytes_ = 0;
}

void Recording::begin(const media::Track& video, const media::Track* audio, Instant at) {
  audio_.clear();
  flushed_ = 0;
  begun_ = true;
  writer_.begin(id_, video, audio, at);
}

void Recording::coming(const media::Sample& sample, Instant at, Newest& newest) {
  const auto all = newest.all();
  if (all.empty()) {
    flushed_ = 0;
    return;
  }
  if (flushed_ > all.size()) flushed_ = 0;
  const std::int64_t age = (at - newest.all_times()[std::min(flushed_, all.size() - 1)]).count();
  if (sample.key && (age >= kLeast || age < 0 || flushed_ > 0)) return take(newest, all.size(), at);
  if (age < kMost || !wanted()) return;
  // No key frame for long. What is there is written; lookers who come still need it, so it stays here too.
  Stretch stretch{.id = id_,
                  .at = newest.all_times()[flushed_],
                  .video = {all.begin() + static_cast<std::ptrdiff_t>(flushed_), all.end()},
                  .audio = std::move(audio_),
                  .motion = false};
  audio_.clear();
  flushed_ = all.size();
  stretch.motion = moved_within(stretch.at, at);
  write(std::move(stretch));
}

void Recording::take(Newest& newest, std::size_t end, Instant until) {
  const Instant at = newest.all_times()[std::min(flushed_, end - 1)];
  std::vector<media::Sample> samples = newest.cut(end);
  const std::size_t written = std::exchange(flushed_, 0);
  auto audio = std::exchange(audio_, {});
  if (!wanted() || !begun_ || written >= samples.size()) return;
  samples.erase(samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(written));
  const bool moved = moved_within(at, until);
  Stretch stretch{.id = id_, .at = at, .video = std::move(samples), .audio = std::move(audio), .motion = moved};
  if (policy_.record == Record::always || moved) return write(std::move(stretch));
  waiting_bytes_ += stretch.bytes();
  waiting_.emplace_back(std::move(stretch), until);
  while (!waiting_.empty() && (waiting_bytes_ > kMostWaiting || waiting_.front().second < until - policy_.pre)) {
    waiting_bytes_ -= waiting_.front().first.bytes();
    waiting_.pop_front();
  }
}

void Recording::write(Stretch stretch) {
  if (policy_.record == Record::motion && !stretch.motion) return;
  for (auto& [before, until] : waiting_) writer_.append(std::move(before));
  waiting_.clear();
  waiting_bytes_ = 0;
  last_written_ = stretch.at;
  writer_.append(std::move(stretch));
}

void Recording::audio(media::Sample sample) {
  constexpr std::size_t kMostAudio = 4'000;
  if (begun_ && wanted() && audio_.size() < kMostAudio) audio_.push_back(std::move(sample));
}

/// Motion lasts from its first picture until `post` after its last one.
bool Recording::moved_within(Instant from, Instant to) const {
  if (!motion_from_ || !motion_to_) return false;
  const Duration post = policy_.record == Record::motion ? policy_.post : lasts_;
  return *motion_from_ <= to && *motion_to_ + post >= from;
}

void Recording::motion(Instant at, Duration lasts) {
  lasts_ = lasts;
  const Duration apart = std::max<Duration>(policy_.post, lasts + std::chrono::seconds(3));
  if (!motion_to_ || at > *motion_to_ + apart || at < *motion_to_ - apart) motion_from_ = at;
  motion_to_ = at;
}

void Recording::finish(Newest& newest, Instant at) {
  if (!newest.all().empty()) take(newest, newest.all().size(), at);
  newest.clear();
  flushed_ = 0;
}

void Recording::end() {
  if (std::exchange(begun_, false)) writer_.end(id_);
  waiting_.clear();
  waiting_bytes_ = 0;
  audio_.clear();
}

bool Recording::active(Instant now) const {
  if (!begun_ || policy_.record == Record::never) return false;
  return policy_.record == Record::always || moved_within(now, now);
}

}  // namespace qala::video
