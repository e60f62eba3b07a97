#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "media/fragments.h"
#include "media/records.h"

/// Writing and reading of boxes (ISO 14496-12 4.2), for the files of this room.
namespace qala::media {

/// Opens a box in `out` and sets its size when it goes out of scope: before `out` is returned or moved.
class OpenBox {
 public:
  OpenBox(std::string& out, std::string_view type) : out_(out), at_(out.size()) {
    put32(out, 0);
    out += type;
  }
  /// A full box: version and flags first.
  OpenBox(std::string& out, std::string_view type, unsigned version, std::uint32_t flags) : OpenBox(out, type) {
    put32(out, version << 24 | flags);
  }
  ~OpenBox() {
    std::string size;
    put32(size, static_cast<std::uint32_t>(out_.size() - at_));
    out_.replace(at_, 4, size);
  }
  OpenBox(const OpenBox&) = delete;
  OpenBox& operator=(const OpenBox&) = delete;

 private:
  std::string& out_;
  std::size_t at_;
};

/// The boxes of one level, one after the other. A torn one ends the walk with failed().
class BoxWalk {
 public:
  explicit BoxWalk(std::string_view bytes) : all_(bytes) {}
  /// False at the end. `type` and `content` are of the next box.
  bool next();
  std::string_view type, content;
  std::size_t at = 0;  ///< where the box begins
  bool failed() const { return failed_; }

 private:
  std::string_view all_;
  std::size_t next_ = 0;
  bool failed_ = false;
};

/// Content of the first box of this type.
std::optional<std::string_view> find_box(std::string_view bytes, std::string_view type);
/// The same down a path: {"mdia", "minf"}.
std::optional<std::string_view> find_box(std::string_view bytes, std::initializer_list<std::string_view> path);

/// Big-endian numbers from the front; reading beyond the end gives zeros and sets failed().
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}
  std::uint32_t u8() { return need(1) ? byte_at(bytes_, at_++) : 0; }
  std::uint32_t u16() { return u8() << 8 | u8(); }
  std::uint32_t u32() {
    const auto high = u16();
    return high << 16 | u16();
  }
  std::uint64_t u64() {
    const std::uint64_t high = u32();
    return high << 32 | u32();
  }
  void skip(std::size_t count) {
    if (need(count)) at_ += count;
  }
  std::size_t left() const { return bytes_.size() - at_; }
  std::string_view rest() const { return bytes_.substr(at_); }
  bool failed() const { return failed_; }

 private:
  bool need(std::size_t count) {
    if (left() >= count) return true;
    failed_ = true;
    at_ = bytes_.size();
    return false;
  }
  std::string_view bytes_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

/// What is the same in an init segment and in a plain file.
void put_file_type(std::string& out, std::string_view brand);
struct TrackTimes {
  std::uint64_t movie_duration = 0;  ///< in movie_clock
  std::uint64_t media_duration = 0;  ///< in the track's clock
  std::uint64_t empty_first = 0;     ///< in movie_clock: how much later than the others it begins
  std::uint64_t media_start = 0;     ///< in the track's clock: where showing begins
};
constexpr std::uint32_t kMovieClock = 90'000;
void put_movie_header(std::string& out, std::uint64_t duration, std::uint32_t next_track);
/// `tables`: stts and the like, ready; empty: those of a fragmented file.
void put_track(std::string& out, const Track& track, std::uint32_t id, const TrackTimes& times,
               std::string_view tables);

/// One trak box, as far as we use it.
struct ParsedTrack {
  std::uint32_t id = 0;
  Track track;
  std::string_view tables;  ///< content of stbl
};
/// Empty: a track of another kind. Error: one of ours that is broken.
Result<std::optional<ParsedTrack>> parse_track(std::string_view trak);

}  // namespace qala::media
