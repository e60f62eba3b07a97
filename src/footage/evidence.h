#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "footage/library.h"
#include "footage/model.h"

namespace qala::footage {

/// With what evidence is signed: Ed25519, in DATA/evidence.key (0600), made at first use. Its fingerprint is to be
/// published by the town (printed, on its page), so that who gets evidence can tell whose it is.
struct EvidenceKey {
  std::string secret = {};       ///< 64 bytes
  std::string public_key = {};   ///< 32 bytes
  std::string fingerprint = {};  ///< SHA-256 of the public key in hex, in groups of four
};
/// Makes the key if there is none. `corrupt`: the file is not one of ours.
Result<EvidenceKey> evidence_key(const std::string& data, Random& random);

/// What is said about a video that leaves the house.
struct Facts {
  std::uint32_t camera = 0;
  std::string camera_key = {}, camera_name = {};  ///< of the thing
  std::uint8_t stream = kMain;
  Instant from = {}, to = {};                                ///< that was asked for
  std::optional<std::int64_t> clock_offset_ms = {};     ///< camera's clock minus ours then; none: not known
  std::string operator_name = {}, case_number = {}, reason = {};
  Instant exported = {};
  std::string program = {};      ///< "qala 0.2.0"
  bool masked = false;      ///< private windows are covered, so the picture was encoded again
};

/// Makes evidence in a folder: video.mp4, manifest.json, manifest.sig (docs/formats/evidence.md). The bytes are written
/// to FOLDER.new, which gets its name when all three are on the disk; one that was not finished is removed.
/// Any one thread at a time.
class EvidenceWriter {
 public:
  /// `conflict` if the folder is there already.
  static Result<EvidenceWriter> begin(const std::string& folder);
  EvidenceWriter(EvidenceWriter&&) noexcept;
  EvidenceWriter& operator=(EvidenceWriter&&) noexcept;
  ~EvidenceWriter();

  /// Bytes of video.mp4, in order.
  Result<> write(std::string_view bytes);
  /// `covered`: what the video really holds and from which fragments it was made; `parts` empty
  /// where it was encoded again (the manifest then hashes the video in pieces of 1 MiB).
  Result<> finish(const Facts& facts, const Covered& covered, const EvidenceKey& key);

 private:
  struct State;
  explicit EvidenceWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// What a process that was killed left half made in `all`, the folder of all evidence. While nobody makes any.
Result<> remove_unfinished_evidence(const std::string& all);

/// The usual way: exports [facts.from, facts.to) as it was recorded and makes evidence of it.
Result<Covered> make_evidence(Library& library, const Facts& facts, const std::string& folder, const EvidenceKey& key);

/// What verify_evidence() found.
struct EvidenceVerdict {
  bool ok = false;
  /// A line for each thing that is changed or missing, English: the signature, the manifest, the video and, where it
  /// can be told, the first fragment that differs with its time and its bytes.
  std::vector<std::string> changed = {};
  std::string fingerprint = {};  ///< of the key the manifest names; compare it with the one the town has published
  /// From the manifest, true only if it is the signed one.
  Facts facts = {};
  Instant covers_from = {}, covers_to = {};
  std::vector<Span> spans = {};
  std::uint64_t video_bytes = 0, fragments = 0;
};
/// Needs nothing but the folder. An error only if something cannot be read at all (`not_found`: one of the three is
/// missing; `invalid`: not evidence, or of a newer version).
Result<EvidenceVerdict> verify_evidence(const std::string& folder);

}  // namespace qala::footage
