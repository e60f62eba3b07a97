#include "video/recording.h"

#include <algorithm>
#include <iterator>
#include <utility>

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
  waiting_.clear();  // of another run: other decode times, perhaps another format
  waiting_bytes_ = 0;
  flushed_ = 0;
  begun_ = true;
  clock_ = std::max(1u, video.clock);
  writer_.begin(id_, video, audio, at);
}

void Recording::coming(const media::Sample& sample, Instant at, Newest& newest) {
  const auto all = newest.all();
  if (all.empty()) {
    flushed_ = 0;
    return;
  }
  if (newest.full(sample)) {
    take(newest, at, &sample);
    if (!sample.key) newest.go_on_without_key();
    return;
  }
  const std::int64_t age = (at - newest.all_times()[std::min(flushed_, all.size() - 1)]).count();
  if (sample.key && (age >= kLeast || age < 0 || flushed_ > 0)) return take(newest, at, &sample);
  if (age < kMost || !wanted()) return;
  // No key frame for long. What is there is written; lookers who come still need it, so it stays here too.
  if (!newest.has_key()) return take(newest, at, &sample);
  const Instant from = newest.all_times()[flushed_];
  const bool moved = moved_within(from, at);
  if (policy_.record == Record::motion && !moved) return;  // what moves later cannot be decoded without it
  Stretch stretch{.id = id_,
                  .at = from,
                  .video = {all.begin() + static_cast<std::ptrdiff_t>(flushed_), all.end()},
                  .audio = std::exchange(audio_, {}),
                  .motion = moved};
  stands_until(stretch.video.back(), sample, clock_);
  flushed_ = all.size();
  write(std::move(stretch));
}

void Recording::take(Newest& newest, Instant until, const media::Sample* next) {
  const std::size_t end = newest.all().size();
  const Instant at = newest.all_times()[std::min(flushed_, end - 1)];
  std::vector<media::Sample> samples = newest.cut(end);
  if (next) stands_until(samples.back(), *next, clock_);
  const std::size_t written = std::exchange(flushed_, 0);
  auto audio = std::exchange(audio_, {});
  if (!wanted() || !begun_ || written >= samples.size()) return;
  samples.erase(samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(written));
  const bool moved = moved_within(at, until);
  Stretch stretch{.id = id_, .at = at, .video = std::move(samples), .audio = std::move(audio), .motion = moved};
  if (policy_.record == Record::always || moved) return write(std::move(stretch));
  waiting_bytes_ += stretch.bytes();
  waiting_.emplace_back(std::move(stretch), until);
  forget(until - policy_.pre, false);
}

/// Of what waits, that which ended before `from` or is too much: whole groups of pictures, because the rest of one is
/// of no use. `all`: what follows begins with a key frame, so nothing is needed for that.
void Recording::forget(Instant from, bool all) {
  while (!waiting_.empty()) {
    const auto next =
        std::find_if(waiting_.begin() + 1, waiting_.end(), [](const auto& one) { return one.first.video.front().key; });
    const bool old = (all || next != waiting_.end()) && std::prev(next)->second < from;
    if (!old && waiting_bytes_ <= kMostWaiting) return;
    for (auto one = waiting_.begin(); one != next; ++one) waiting_bytes_ -= one->first.bytes();
    waiting_.erase(waiting_.begin(), next);
  }
}

void Recording::write(Stretch stretch) {
  if (motion_from_) forget(*motion_from_ - policy_.pre, stretch.video.front().key);
  for (auto& [before, until] : waiting_) writer_.append(std::move(before));
  waiting_.clear();
  waiting_bytes_ = 0;
  last_written_ = stretch.at;
  writer_.append(std::move(stretch));
}

void Recording::audio(media::Sample sample) {
  constexpr std::size_t kMostAudio = 20'000;
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
  if (!newest.all().empty()) take(newest, at, nullptr);
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
