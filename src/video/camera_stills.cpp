// Stills of a camera: the newest key frame of the stream that suits the wish.
#include <algorithm>

#include <fmt/core.h>

#include "video/camera.h"

namespace qala::video {

namespace {
constexpr std::uint32_t kSmall = 720;  ///< up to this width the sub-stream is good enough
}

Stream* Camera::still_source(const StillWanted& wanted) {
  const auto usable = [](const std::unique_ptr<Stream>& stream) { return stream && !stream->undecodable(); };
  const bool small = wanted.width > 0 && wanted.width <= kSmall;
  auto& first = streams_[small ? 1 : 0];
  auto& second = streams_[small ? 0 : 1];
  // A large picture is worth no connection of its own while a small one is there.
  if (usable(first) && (first->live() || !usable(second) || !second->live())) return first.get();
  return usable(second) ? second.get() : nullptr;
}

void Camera::still(const StillWanted& wanted, OnStill done) {
  if (!setup_.masks.empty() && !wanted.masked && !wanted.unmasked) {
    return done(fail(ErrorKind::denied, fmt::format("camera {} has masks", id_)), {}, false, Why::masked);
  }
  if (services_.load >= kStillsRest) {
    return done(fail(ErrorKind::unavailable, "too much to do: no stills for now"), {}, false, Why::overloaded);
  }
  stills_.push_back({wanted, std::move(done), services_.clock.monotonic_ns() + kStillPatience});
  answer_stills();
  needs(services_.clock.now());
}

bool Camera::make_still(const WaitingStill& still) {
  Stream* source = still_source(still.wanted);
  if (!source) {
    still.done(
        fail(ErrorKind::unavailable, "H.265 pictures are not decoded here: give the camera a sub-stream of H.264"), {},
        false, Why::unsupported);
    return true;
  }
  if (!source->decodable() || !source->newest().has_key()) {
    if (services_.clock.monotonic_ns() < still.until_ns) return false;
    still.done(fail(ErrorKind::unavailable, "the camera sends no picture"), {}, false, Why::no_picture);
    return true;
  }
  const auto masks = still.wanted.unmasked ? std::vector<Polygon>{} : setup_.masks;
  const std::uint32_t width = still.wanted.width > 0 ? std::max<std::uint32_t>(16, still.wanted.width) : 8192;
  run_then(
      services_, services_.stills, weak_from_this(),
      [track = *source->track(), sample = source->newest().since_key().front(), masks, width] {
        return video::make_still(track, sample, masks, {width, 8192});
      },
      [done = still.done, masks, unmasked = still.wanted.unmasked, at = source->newest().times().front()](
          Camera& camera, Result<std::string> jpeg) {
        // Masks that were drawn meanwhile hold for this picture too.
        if (!unmasked && masks != camera.setup_.masks) {
          return done(fail(ErrorKind::conflict, "the masks have just changed: ask again"), {}, false, Why::failed);
        }
        const Why why = jpeg ? Why::finished : Why::failed;
        done(std::move(jpeg), at, !masks.empty(), why);
      },
      "still");
  return true;
}

void Camera::answer_stills() {
  std::vector<WaitingStill> waiting = std::exchange(stills_, {});
  for (WaitingStill& still : waiting) {
    if (!make_still(still)) stills_.push_back(std::move(still));
  }
}

}  // namespace qala::video
