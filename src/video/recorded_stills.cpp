#include "video/recorded_stills.h"

#include <algorithm>
#include <cstdlib>

#include "video/masked_view.h"

namespace qala::video {

RecordedStill RecordedStills::Shelf::make(const std::string& from, const StillWanted& wanted,
                                          const std::vector<Polygon>& masks) {
  RecordedStill out{.why = Why::failed};
  if (!library || folder != from) {
    auto opened = footage::Library::open(from);
    if (!opened) {
      out.jpeg = opened.error();
      return out;
    }
    library = std::move(*opened);
    folder = from;
  }
  const auto frame = library->key_frame({wanted.camera, footage::kMain}, *wanted.at);
  if (!frame) {
    out.jpeg = frame.error();
    return out;
  }
  if (!*frame || std::abs(((*frame)->at - *wanted.at).count()) > kWithin) {
    out.jpeg = fail(ErrorKind::not_found, "nothing is recorded there");
    out.why = Why::not_found;
    return out;
  }
  out.at = (*frame)->at;
  if ((*frame)->track.codec != media::Codec::h264) {
    out.jpeg = fail(ErrorKind::unavailable, "this recording is H.265, which is not decoded here");
    out.why = Why::unsupported;
    return out;
  }
  const std::uint32_t width = wanted.width > 0 ? std::max<std::uint32_t>(16, wanted.width) : 8192;
  out.jpeg = make_still((*frame)->track, (*frame)->sample, masks, {width, 8192});
  if (out.jpeg) out.why = Why::finished;
  return out;
}

void RecordedStills::ask(const std::string& folder, const StillWanted& wanted, std::vector<Polygon> masks,
                         std::function<void(RecordedStill)> done) {
  if (services_.load >= kStillsRest || waiting_ >= kMost) {
    return done({.jpeg = fail(ErrorKind::unavailable, "too much to do: ask again"), .at = {}, .why = Why::overloaded});
  }
  waiting_++;
  run_then(
      services_, services_.stills, weak_from_this(),
      [shelf = shelf_, folder, wanted, masks = std::move(masks)] { return shelf->make(folder, wanted, masks); },
      [done = std::move(done)](RecordedStills& stills, RecordedStill still) {
        stills.waiting_--;
        done(std::move(still));
      },
      "recorded still");
}

}  // namespace qala::video
