#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "footage/library.h"
#include "video/services.h"
#include "video/wire.h"

namespace qala::video {

/// What became of a question.
struct RecordedStill {
  Result<std::string> jpeg = fail(ErrorKind::internal, "");
  Instant at = {};  ///< of the picture
  Why why = Why::finished;
};

/// Pictures of what was recorded, one key frame each: for thumbnails along a line of time. Found, decoded, covered and
/// made small on the thread of stills; the rest is the io_context's. Bounded: of more than kMost that wait, and while
/// the worker has no time for stills at all, the next is refused (Why::overloaded). Held by a shared_ptr.
class RecordedStills : public std::enable_shared_from_this<RecordedStills> {
 public:
  static constexpr std::size_t kMost = 12;
  /// A key frame that lies further from the wish is not what was asked for: a gap is a gap.
  static constexpr std::int64_t kWithin = 30 * Instant::kSecond;

  explicit RecordedStills(Services& services) : services_(services) {}
  /// `masks` are covered. `done` is not called once this is gone.
  void ask(const std::string& folder, const StillWanted& wanted, std::vector<Polygon> masks,
           std::function<void(RecordedStill)> done);

 private:
  /// On the thread of stills.
  struct Shelf {
    std::string folder;
    std::unique_ptr<footage::Library> library;
    RecordedStill make(const std::string& from, const StillWanted& wanted, const std::vector<Polygon>& masks);
  };
  Services& services_;
  std::shared_ptr<Shelf> shelf_ = std::make_shared<Shelf>();
  std::size_t waiting_ = 0;
};

}  // namespace qala::video
