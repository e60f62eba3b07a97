#include <algorithm>
#include <array>

#include <sodium.h>

#include "audit/chain.h"
#include "base/file.h"
#include "footage/evidence.h"
#include "footage/evidence_files.h"
#include "footage/hash.h"
#include "footage/manifest.h"

namespace qala::footage {

namespace {

Result<std::string> read_small(const std::string& folder, std::string_view name, std::uint64_t most) {
  const std::string path = folder + "/" + std::string(name);
  TRY(const auto file, File::open(path, File::Mode::read));
  TRY(const auto size, file.size());
  if (size > most) return fail(ErrorKind::invalid, path + " is too large to be what it is called");
  std::string text(size, '\0');
  TRY_VOID(file.read_at(0, std::as_writable_bytes(std::span(text))));
  return text;
}

bool is_signed(std::string_view text, std::string_view signature, std::string_view public_key) {
  const auto raw = [](std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); };
  return signature.size() == crypto_sign_BYTES && public_key.size() == crypto_sign_PUBLICKEYBYTES &&
         crypto_sign_verify_detached(raw(signature), raw(text), text.size(), raw(public_key)) == 0;
}

/// Compares a video with what its manifest says of it, once through.
class VideoCheck {
 public:
  VideoCheck(const File& file, std::uint64_t size, const Manifest& manifest)
      : file_(file), size_(size), manifest_(manifest) {}

  /// What is wrong, a line each.
  Result<std::vector<std::string>> run() {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < manifest_.covered.parts.size(); at++) {
      const auto& part = manifest_.covered.parts[at];
      if (position_ + part.bytes > size_) {
        lines.push_back("video.mp4 is shorter than it was: " + std::to_string(size_) + " of " +
                        std::to_string(manifest_.covered.bytes) + " bytes");
        if (different_ == 0) return lines;
        break;
      }
      TRY(const auto hash, pass(part.bytes));
      if (hash != part.sha256 && different_++ == 0) first_ = describe(at, position_ - part.bytes);
    }
    if (size_ > manifest_.covered.bytes)
      lines.push_back("video.mp4 is longer than it was: " + std::to_string(size_ - manifest_.covered.bytes) +
                      " bytes were added at its end");
    if (different_ > 0)
      lines.insert(lines.begin(),
                   "video.mp4 is changed: " + first_ +
                       (different_ > 1 ? ", and " + std::to_string(different_ - 1) + " more parts" : ""));
    if (lines.empty() && whole_.take() != manifest_.video_sha256)
      lines.push_back("video.mp4 is not the one with this SHA-256, although its parts are");
    return lines;
  }

 private:
  Result<std::string> pass(std::uint64_t bytes) {
    Hasher part;
    while (bytes > 0) {
      buffer_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(bytes, 1 << 20)));
      TRY_VOID(file_.read_at(position_, std::as_writable_bytes(std::span(buffer_))));
      part.add(buffer_);
      whole_.add(buffer_);
      position_ += buffer_.size();
      bytes -= buffer_.size();
    }
    return part.take();
  }

  std::string describe(std::size_t at, std::uint64_t begin) const {
    const auto& part = manifest_.covered.parts[at];
    const std::string where = "bytes " + std::to_string(begin) + " to " + std::to_string(begin + part.bytes - 1);
    if (part.source != Part::kHead) {
      const auto& source = manifest_.covered.sources[part.source];
      return "first in fragment " + std::to_string(part.source + 1) + " of " +
             std::to_string(manifest_.covered.sources.size()) + ", " + to_iso(source.at) + " to " +
             to_iso(source.at + source.duration) + " (" + where + ")";
    }
    if (at == 0 && manifest_.covered.parts.size() > 1 && manifest_.covered.parts[1].source != Part::kHead)
      return "first in its beginning, which says where each picture is and when (" + where + ")";
    return "first in " + where;
  }

  const File& file_;
  std::uint64_t size_;
  const Manifest& manifest_;
  std::uint64_t position_ = 0;
  std::size_t different_ = 0;
  std::string first_, buffer_;
  Hasher whole_;
};

void take_facts(EvidenceVerdict& verdict, const Manifest& manifest) {
  verdict.facts = manifest.facts;
  verdict.covers_from = manifest.covered.from;
  verdict.covers_to = manifest.covered.to;
  verdict.spans = manifest.covered.spans;
  verdict.video_bytes = manifest.covered.bytes;
  verdict.fragments = manifest.covered.sources.size();
}

}  // namespace

Result<EvidenceVerdict> verify_evidence(const std::string& folder) {
  TRY(const auto text, read_small(folder, kManifestFile, kLargestManifest));
  TRY(const auto signature, read_small(folder, kSignatureFile, 4096));
  TRY(const auto video, File::open(folder + "/" + std::string(kVideoFile), File::Mode::read));
  TRY(const auto size, video.size());

  EvidenceVerdict verdict;
  const bool as_written = has_its_checksum(text);
  const auto manifest = read_manifest(text);
  if (!as_written) verdict.changed.push_back("manifest.json is changed: its checksum does not fit");
  if (!manifest) {
    if (as_written) return manifest.error();
    verdict.changed.push_back("video.mp4 cannot be judged: " + manifest.error().message);
    return verdict;
  }
  std::array<std::byte, 32> key{};
  if (!audit::from_hex(manifest->public_key, key)) {
    if (as_written) return fail(ErrorKind::invalid, "manifest.json has no or an odd \"public_key\"");
    verdict.changed.push_back("manifest.sig cannot be judged: the manifest names no key");
    return verdict;
  }
  const std::string_view public_key(reinterpret_cast<const char*>(key.data()), key.size());
  verdict.fingerprint = fingerprint_of(public_key);
  take_facts(verdict, *manifest);
  if (as_written && !is_signed(text, signature, public_key))
    verdict.changed.push_back(
        "manifest.sig is not the signature of this manifest by the key that it names: one of the two was replaced");
  if (!as_written) {
    verdict.changed.push_back("video.mp4 cannot be judged: what it must be is written in the manifest");
    return verdict;
  }
  TRY(auto lines, VideoCheck(video, size, *manifest).run());
  std::ranges::move(lines, std::back_inserter(verdict.changed));
  verdict.ok = verdict.changed.empty();
  return verdict;
}

}  // namespace qala::footage
