#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.h"

namespace qala::http {

/// By the name's ending; "application/octet-stream" if unknown.
std::string_view content_type_of(std::string_view path);

/// Whether a name carries a build hash ("index-DiwrgTd4.js"): its content never changes.
bool is_hashed_name(std::string_view path);

/// A regular file ready to be sent.
struct FoundFile {
  File file;
  std::uint64_t size = 0;
  std::string etag;     ///< strong, quoted; changes with size, time or inode
  bool gzip = false;    ///< this is the packed neighbour
  bool varies = false;  ///< a packed neighbour exists
  bool hashed = false;
};

/// Opens `path`, or `path.gz` if it exists and `gzip` is welcome. `not_found` also for folders and devices.
Result<FoundFile> open_file(const std::string& path, bool gzip);

/// The file that `relative` ("assets/a.js", decoded) names below `folder`; a folder's index.html. `not_found` for dot
/// names and for links that lead out of the folder.
Result<FoundFile> open_below(const std::string& folder, std::string_view relative, bool gzip);
/// The path that open_below would open, without the packed neighbour.
Result<std::string> path_below(const std::string& folder, std::string_view relative);

struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};
enum class RangeKind { whole, part, unsatisfiable };

/// Reads a Range header against a size. Several ranges, other units and nonsense: whole, as the standard allows.
RangeKind parse_range(std::string_view header, std::uint64_t size, ByteRange& out);

/// Whether an If-None-Match list names this entity tag (weakly compared) or is `*`.
bool none_match_hits(std::string_view header, std::string_view etag);

}  // namespace qala::http
