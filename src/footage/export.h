#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "footage/hash.h"
#include "footage/library.h"
#include "footage/spans.h"
#include "media/fragments.h"
#include "media/mp4.h"

namespace qala::footage {

/// One export: first everything is read once, to know the sizes that stand at the beginning of an MP4, and hashed; then
/// it is read again and written. Memory holds some forty bytes a picture and the fragments being written.
class Export {
 public:
  static constexpr std::int64_t kLongest = 24 * Instant::kHour;
  static constexpr std::int64_t kStillMs = 10'000;  ///< longer gaps are as long in the MP4

  static Result<Export> prepare(Library& library, const std::string& folder, StreamId id, Instant from, Instant to);
  Result<Covered> write(const media::Sink& sink) &&;

 private:
  /// Where the samples of a track are.
  struct Samples {
    media::Mp4Track mp4;
    std::vector<std::size_t> first;  ///< of each source, its first sample here
  };
  /// A fragment read again.
  struct Loaded {
    std::size_t source = SIZE_MAX;
    std::vector<media::Sample> samples;
  };

  Export(std::string folder, Instant from, Instant to);
  Result<> take_init(const Piece& piece);
  Result<> take_fragment(const Piece& piece);
  void take_samples(std::size_t track, std::vector<media::Sample>& samples);
  Result<std::string> read(std::size_t track, std::size_t sample);
  Result<> load(std::size_t track, std::size_t source);

  std::string folder_;
  std::int64_t from_ms_, to_ms_;
  std::vector<Samples> tracks_;  ///< video, and audio if there is any
  SpanJoiner spans_;
  Covered covered_;
  // Of the run being taken, whose decode times begin anew: when its first picture was, where that is in the MP4, and
  // its decode time.
  std::int64_t run_ms_ = 0, run_out_ms_ = 0;
  std::optional<std::int64_t> run_dts_;
  std::vector<Loaded> loaded_;
};

/// Consecutive bytes on their way into a file, split by where they came from.
class Parts {
 public:
  /// The next `bytes` bytes come from this source.
  void expect(std::uint32_t source, std::uint64_t bytes);
  void add(std::string_view bytes);
  /// Instead: pieces of this size, from nowhere.
  void cut(std::string_view bytes, std::uint64_t size);
  std::vector<Part> take() &&;

 private:
  void close();

  struct Expected {
    std::uint32_t source = 0;
    std::uint64_t bytes = 0;
  };
  std::deque<Expected> expected_;
  std::vector<Part> parts_;
  Hasher hasher_;
  std::uint32_t source_ = Part::kHead;
  std::uint64_t bytes_ = 0;
};

/// The video's and the audio's samples of a fragment as a cursor hands it out.
Result<std::vector<std::vector<media::Sample>>> split_fragment(std::string_view bytes);
Result<std::vector<Source>> sources_of(Library& library, StreamId id, Instant from, Instant to);

}  // namespace qala::footage
