#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "footage/evidence.h"

namespace qala::footage {

/// Everything that manifest.json says. Grammar: docs/formats/evidence.md.
struct Manifest {
  Facts facts = {};
  Covered covered = {};  ///< parts describe all bytes of the video
  std::string video_sha256 = {};
  std::string public_key = {};  ///< 64 hex digits
};

std::string write_manifest(const Manifest& manifest);

/// The closing checksum says whether these are the bytes that write_manifest() made. It keeps out mistakes, not people:
/// for them there is the signature.
bool has_its_checksum(std::string_view text);
/// Hostile input: clear errors, bounded. `invalid`: not a manifest, or one of a newer version.
Result<Manifest> read_manifest(std::string_view text);

constexpr std::size_t kLargestManifest = 256U << 20;
constexpr std::uint64_t kPieceBytes = 1U << 20;  ///< of a video that was encoded again

}  // namespace qala::footage
