#include "video/footage_writer.h"

#include <algorithm>
#include <chrono>

#include "base/log.h"

namespace qala::video {

void stands_until(media::Sample& last, const media::Sample& next, std::uint32_t clock) {
  constexpr std::int64_t kLongestSeconds = 10;
  const std::int64_t step = next.dts - last.dts;
  if (step > 0 && step <= std::int64_t{clock} * kLongestSeconds) last.duration = static_cast<std::uint32_t>(step);
}

std::size_t Stretch::bytes() const {
  std::size_t sum = 0;
  for (const media::Sample& sample : video) sum += sample.data.size();
  for (const media::Sample& sample : audio) sum += sample.data.size();
  return sum;
}

struct FootageWriter::Format {
  media::Track video;
  std::optional<media::Track> audio;
};

struct FootageWriter::Inside {
  std::string folder;
  footage::Retention retention;
  std::unique_ptr<footage::Recorder> recorder;
  std::map<footage::StreamId, Format> formats;
  std::int64_t tried_ns = 0;
};

/// What waited for motion may be longer than the minute that a fragment can last.
std::vector<Stretch> FootageWriter::in_parts(Stretch stretch, const Format& format) {
  constexpr std::int64_t kPartMs = 10'000;
  const auto ms_of = [](const media::Sample& sample, const media::Track& track) {
    return sample.dts * 1'000 / std::max<std::int64_t>(1, track.clock);
  };
  std::vector<Stretch> parts;
  std::vector<std::int64_t> begins;
  for (media::Sample& sample : stretch.video) {
    const std::int64_t ms = ms_of(sample, format.video);
    if (parts.empty() || ms - begins.back() >= kPartMs) {
      if (!parts.empty()) stands_until(parts.back().video.back(), sample, format.video.clock);
      begins.push_back(ms);
      const auto at = stretch.at + std::chrono::milliseconds(ms - begins.front());
      parts.push_back({.id = stretch.id, .at = at, .video = {}, .audio = {}, .motion = stretch.motion});
    }
    parts.back().video.push_back(std::move(sample));
  }
  std::size_t part = 0;
  for (media::Sample& sample : stretch.audio) {
    if (!format.audio || parts.empty()) break;
    while (part + 1 < parts.size() && ms_of(sample, *format.audio) >= begins[part + 1]) part++;
    parts[part].audio.push_back(std::move(sample));
  }
  return parts;
}

FootageWriter::FootageWriter(const Clock& clock)
    : clock_(clock), inside_(std::make_unique<Inside>()), thread_(1, "footage") {}

FootageWriter::~FootageWriter() {
  thread_.stop();
  inside_.reset();
}

std::string FootageWriter::words() const {
  const std::lock_guard lock(mutex_);
  const std::int64_t now = clock_.monotonic_ns();
  const auto wrong = std::ranges::find_if(told_, [now](const auto& one) { return one.second.until_ns > now; });
  return wrong == told_.end() ? std::string() : wrong->second.words;
}

void FootageWriter::trouble(const Cause& cause, const std::string& words) {
  const std::lock_guard lock(mutex_);
  const std::int64_t now = clock_.monotonic_ns();
  Told& told = told_[cause];
  if (words != told.words || told.until_ns <= now) log::error("recording", {{"what", words}});
  told = {.words = words, .until_ns = now + kTold};
}

void FootageWriter::well(const Cause& cause) {
  const std::lock_guard lock(mutex_);
  told_.erase(cause);
}

void FootageWriter::open(std::string folder, footage::Retention retention) {
  thread_.post([this, folder = std::move(folder), retention = std::move(retention)] {
    Inside& in = *inside_;
    in.retention = retention;
    if (in.recorder && in.folder == folder) return in.recorder->retain(retention);
    in.recorder.reset();
    in.folder = folder;
    {
      const std::lock_guard lock(mutex_);
      told_.clear();
    }
    if (folder.empty()) return;
    in.tried_ns = clock_.monotonic_ns();
    auto opened = footage::Recorder::open(folder, clock_);
    if (!opened) return trouble({Trouble::opening, {}}, opened.error().message);
    in.recorder = std::move(*opened);
    in.recorder->retain(retention);
  });
}

void FootageWriter::begin(footage::StreamId id, const media::Track& video, const media::Track* audio, Instant at) {
  std::optional<media::Track> sound;
  if (audio) sound = *audio;
  thread_.post([this, id, video, sound = std::move(sound), at] {
    inside_->formats[id] = {video, sound};
    if (!inside_->recorder) return;
    if (const auto begun = inside_->recorder->begin(id, video, at, sound ? &*sound : nullptr); !begun) {
      errors_++;
      trouble({Trouble::writing, id}, begun.error().message);
    }
  });
}

void FootageWriter::append(Stretch stretch) {
  const std::size_t bytes = stretch.bytes();
  if (queued_ + bytes > kMostQueued) {
    dropped_++;
    return trouble({Trouble::slow, {}}, "the disk is too slow: pictures were not recorded");
  }
  queued_ += bytes;
  thread_.post([this, bytes, stretch = std::make_shared<Stretch>(std::move(stretch))] {
    Inside& in = *inside_;
    queued_ -= bytes;
    if (!in.recorder) {
      if (!in.folder.empty()) dropped_++;
      return;
    }
    const auto format = in.formats.find(stretch->id);
    if (format == in.formats.end()) return;
    for (const Stretch& part : in_parts(std::move(*stretch), format->second)) write(part, format->second);
  });
}

void FootageWriter::write(const Stretch& stretch, const Format& format) {
  Inside& in = *inside_;
  const auto append = [&] {
    return in.recorder->append(stretch.id, stretch.at, stretch.video, stretch.motion, stretch.audio);
  };
  auto done = append();
  if (!done && done.error().kind == ErrorKind::conflict) {
    // The recorder was opened after this run began.
    done = in.recorder->begin(stretch.id, format.video, stretch.at, format.audio ? &*format.audio : nullptr);
    if (done) done = append();
  }
  if (done) return well({Trouble::writing, stretch.id});
  if (done.error().kind == ErrorKind::unavailable) {  // waits for a key frame
    dropped_++;
    return;
  }
  errors_++;
  trouble({Trouble::writing, stretch.id}, done.error().message);
}

void FootageWriter::end(footage::StreamId id) {
  thread_.post([this, id] {
    well({Trouble::writing, id});
    if (inside_->recorder) inside_->recorder->end(id);
  });
}

void FootageWriter::chores() {
  if (chores_waiting_.exchange(true)) return;
  thread_.post([this] {
    chores_waiting_ = false;
    Inside& in = *inside_;
    if (in.recorder) {
      if (const auto done = in.recorder->sync(); !done) {
        errors_++;
        trouble({Trouble::syncing, {}}, done.error().message);
      }
      return;
    }
    if (in.folder.empty() || clock_.monotonic_ns() - in.tried_ns < kRetry) return;
    in.tried_ns = clock_.monotonic_ns();
    auto opened = footage::Recorder::open(in.folder, clock_);
    if (!opened) return trouble({Trouble::opening, {}}, opened.error().message);
    in.recorder = std::move(*opened);
    in.recorder->retain(in.retention);
    well({Trouble::opening, {}});
  });
}

}  // namespace qala::video
