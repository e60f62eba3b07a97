#include "video/analysis.h"

#include <algorithm>

#include "base/process.h"

namespace qala::video {

Result<Picture> KeyFrameDecoders::decode(const media::Track& track, const media::Sample& key_frame) {
  const auto found = std::ranges::find(made_, track.config, &Made::config);
  Made made;
  if (found != made_.end()) {
    made = std::move(*found);
    made_.erase(found);
  } else {
    TRY(made.decoder, Decoder::make(track));
    made.config = track.config;
  }
  auto picture = made.decoder->decode(key_frame);
  if (!picture) return picture.error();  // and a decoder that stumbled is not used again
  made_.push_front(std::move(made));
  if (made_.size() > kMost) made_.pop_back();
  if (!*picture) return fail(ErrorKind::corrupt, "a key frame gave no picture");
  return std::move(**picture);
}

Analysis::Seen Analysis::look(KeyFrameDecoders& decoders, const media::Track& track, const media::Sample& key_frame,
                              Instant at) {
  const std::int64_t began = thread_cpu_ns();
  const auto picture = decoders.decode(track, key_frame);
  Seen seen;
  if (picture) seen = look(*picture, at);
  else seen.words = picture.error().message;
  seen.at = at;
  seen.cost_ns = thread_cpu_ns() - began;
  return seen;
}

Analysis::Seen Analysis::look(const Picture& picture, Instant at) {
  Seen seen;
  seen.at = at;
  seen.decoded = true;
  seen.motion = Motion::is_motion(motion_.feed(to_grey(picture, Motion::kWidth, Motion::kHeight)));
  seen.changes = conditions_.feed(to_grey(picture, Conditions::kWidth, Conditions::kHeight), at);
  seen.brightness = conditions_.brightness();
  for (std::size_t i = 0; i < kConditions; i++) {
    if (conditions_.on(static_cast<Condition>(i))) seen.conditions.push_back(static_cast<Condition>(i));
  }
  return seen;
}

}  // namespace qala::video
