#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "footage/model.h"
#include "media/format.h"
#include "media/mp4.h"

namespace qala::footage {

/// What a cursor hands out, one at a time.
struct Piece {
  bool init = false;      ///< bytes are an init segment (ftyp moov); what follows needs it
  std::string bytes = {};  ///< else one fragment: moof mdat of the video, and moof mdat of the audio if there is any
  Instant at = {};  ///< wall clock of its first picture; of an init segment: of the fragment that follows
  Duration duration{};  ///< 0 for an init segment
  bool key = false;  ///< begins with a key frame
  bool motion = false;
  std::uint32_t run = 0;
  std::string file = {};  ///< where it lies, from the footage folder; for evidence
  std::uint64_t offset = 0;  ///< in it, of the first byte of `bytes`
};

/// Goes through the footage of one stream. One thread at a time; its Library must outlive it.
class Cursor {
 public:
  virtual ~Cursor() = default;
  /// None: no more is there now. If `to` lies in the future, ask again later: what was recorded since comes then.
  /// A fragment whose bytes are damaged is left out and counted; one being written is not there yet.
  virtual Result<std::optional<Piece>> next() = 0;
  virtual std::uint64_t damaged() const = 0;
};

/// A fragment as it lies in the footage folder.
struct Source {
  std::string file = {};
  std::uint64_t offset = 0, bytes = 0;
  std::string sha256 = {};  ///< of these bytes; 64 hex digits
  Instant at = {};
  Duration duration{};
};
/// Consecutive bytes of an exported MP4 that came from one fragment. Where sound is interleaved a fragment has several.
struct Part {
  static constexpr std::uint32_t kHead = UINT32_MAX;
  std::uint32_t source = kHead;  ///< index in Covered::sources; kHead: what the file begins with
  std::uint64_t bytes = 0;
  std::string sha256 = {};
};

/// What an export really holds.
struct Covered {
  Instant from = {}, to = {};  ///< from the key frame at or before the wished beginning
  std::vector<Span> spans =
      {};  ///< between them nothing is recorded; the picture stands still, for ten seconds at most
  std::vector<Source> sources = {};  ///< in order
  std::vector<Part> parts = {};  ///< all bytes of the MP4, from the first to the last
  std::uint64_t bytes = 0;
  std::uint64_t damaged = 0;  ///< fragments left out because their bytes are not what was written
  media::Track video = {};
  bool sound = false;
};

struct StreamTotals {
  StreamId id = {};
  std::uint64_t files = 0, bytes = 0;
  Instant oldest = {}, newest = {};
  double bytes_per_day = 0;  ///< of the last three days, or of as much as there is; 0 if less than ten minutes
};
struct Totals {
  std::uint64_t files = 0, bytes = 0;
  std::vector<StreamTotals> streams = {};  ///< by camera and stream
  double bytes_per_day = 0;
  std::uint64_t disk_free = 0, disk_total = 0;
  /// Until the disk is full at this rate if nothing is removed; none: nothing is being recorded.
  std::optional<double> days_until_full = {};
  /// How far back the footage will reach in the end if only the disk limits it.
  std::optional<double> days_in_all = {};
};

struct Rebuilt {
  std::uint64_t files = 0, fragments = 0, bytes = 0;
  std::uint64_t torn_tails = 0, torn_bytes = 0;  ///< cut off
  std::uint64_t damaged = 0;  ///< stretches inside files that are not ours or not whole; left out
  std::uint64_t unreadable = 0;  ///< files without a readable beginning; left where they are
};

/// Finds and reads footage, in the process of the recorder or in another, also while it records. Only reads, but for
/// holds, which lie in a database of their own (FOLDER/holds.db): an index that is made anew does not lose them.
/// Any thread; queries wait for each other, cursors do not. A folder without footage is an empty library.
class Library {
 public:
  static Result<std::unique_ptr<Library>> open(const std::string& folder);
  virtual ~Library() = default;

  /// What is recorded of [from, to), cut to it, in order. Gaps are gaps.
  virtual Result<std::vector<Span>> spans(StreamId id, Instant from, Instant to) = 0;

  /// Goes over [from, to), beginning with the key frame at or before `from`; an init segment first and at every change
  /// of run. Where the clock was set back, files come in the order of their beginnings.
  virtual Result<std::unique_ptr<Cursor>> cursor(StreamId id, Instant from, Instant to) = 0;

  /// The key frame at or before `at`, or, if there is none within ten minutes, the first one after it within ten;
  /// none: nothing is recorded there. For stills and thumbnails: decode `sample` with `track`.
  struct KeyFrame {
    Instant at = {};
    media::Track track = {};
    media::Sample sample = {};
  };
  virtual Result<std::optional<KeyFrame>> key_frame(StreamId id, Instant at) = 0;
  /// Times of key frames in [from, to), at most one in `step`; at most 5,000.
  virtual Result<std::vector<Instant>> key_times(StreamId id, Instant from, Instant to, Duration step) = 0;

  /// A plain MP4 of [from, to), not encoded again: begins with the key frame at or before `from`, ends with the picture
  /// before `to`. `not_found` if nothing is recorded there; `conflict` if the format of the picture changes within,
  /// with the time at which (export the parts); `invalid` if it is longer than a day. With sound where it was recorded
  /// throughout. An error of the sink ends it and is handed on.
  virtual Result<Covered> export_mp4(StreamId id, Instant from, Instant to, const media::Sink& sink) = 0;
  /// The fragments behind [from, to) with their hashes, without exporting anything (for a picture that was made anew).
  virtual Result<std::vector<Source>> sources(StreamId id, Instant from, Instant to) = 0;

  /// Reads one row a stream and day; files being written count with what they have.
  virtual Result<Totals> totals(Instant now) = 0;

  /// On the disk when this returns. The footage stays until release() or `until`, and what of it is already due too.
  virtual Result<std::int64_t> hold(const Hold& hold) = 0;
  virtual Result<> release(std::int64_t id) = 0;
  virtual Result<std::vector<Hold>> holds() = 0;
};

/// Makes index.db anew from the files alone; cuts torn ends. `conflict` while a recorder has the folder. Holds stay.
Result<Rebuilt> rebuild(const std::string& folder);

/// Compares the index with the files and every fragment with its checksum; a line for each thing that is wrong. Reads
/// everything: hours for a full disk. Also while it records.
Result<std::vector<std::string>> check(const std::string& folder, std::uint64_t& fragments);

}  // namespace qala::footage
