#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <vector>

#include <sodium.h>

#include "audit/chain.h"
#include "audit/key.h"
#include "base/file.h"
#include "base/hex.h"
#include "footage/evidence.h"
#include "footage/evidence_files.h"
#include "footage/hash.h"
#include "footage/manifest.h"

namespace qala::footage {

namespace fs = std::filesystem;

namespace {

constexpr audit::KeyPurpose kPurpose{
    "qala-evidence-key-1",
    "is not a key for evidence: restore it from a backup, or move it away to begin with a new key (publish its "
    "fingerprint then; evidence given out before still verifies by the old one)"};

const std::string kUnfinished = ".new";

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

std::string folder_above(const std::string& folder) { return fs::path(folder).parent_path().string(); }

void remove_folder(const std::string& folder) {
  std::error_code ignored;
  fs::remove_all(folder, ignored);
}

Result<> write_new(const std::string& path, std::string_view bytes) {
  TRY(auto file, File::open(path, File::Mode::create));
  TRY_VOID(file.write_at(0, bytes_of(bytes)));
  return file.sync_data();
}

}  // namespace

std::string fingerprint_of(std::string_view public_key) {
  const std::string hex = sha256(public_key);
  std::string text;
  for (std::size_t at = 0; at < hex.size(); at += 4) text += (at == 0 ? "" : " ") + hex.substr(at, 4);
  return text;
}

Result<EvidenceKey> evidence_key(const std::string& data, Random& random) {
  const std::string path = data + "/evidence.key";
  auto key = audit::load_key(path, kPurpose);
  if (!key && key.error().kind == ErrorKind::not_found) {
    key = audit::make_key(path, random, kPurpose);
    // Another thread or process was faster.
    if (!key && key.error().kind == ErrorKind::conflict) key = audit::load_key(path, kPurpose);
  }
  if (!key) return std::move(key.error());
  const auto text = [](std::span<const std::byte> bytes) {
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  EvidenceKey mine{.secret = text(key->secret), .public_key = text(key->public_key), .fingerprint = {}};
  mine.fingerprint = fingerprint_of(mine.public_key);
  return mine;
}

struct EvidenceWriter::State {
  std::string folder, fresh;
  File video;
  std::uint64_t bytes = 0;
  Hasher whole;
  Parts pieces = {};  ///< of kPieceBytes
  bool finished = false;

  State(std::string name, std::string under_way, File file)
      : folder(std::move(name)), fresh(std::move(under_way)), video(std::move(file)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (!finished) remove_folder(fresh);
  }
};

EvidenceWriter::EvidenceWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
EvidenceWriter::EvidenceWriter(EvidenceWriter&&) noexcept = default;
EvidenceWriter& EvidenceWriter::operator=(EvidenceWriter&&) noexcept = default;
EvidenceWriter::~EvidenceWriter() = default;

Result<EvidenceWriter> EvidenceWriter::begin(const std::string& folder) {
  const std::string fresh = folder + kUnfinished;
  std::error_code ec;
  if (fs::exists(folder, ec)) return fail(ErrorKind::conflict, folder + " is there already");
  remove_folder(fresh);
  fs::create_directories(folder_above(folder), ec);
  if (::mkdir(fresh.c_str(), 0750) != 0) return from_errno(errno, "making the folder " + fresh);
  TRY(auto file, File::open(fresh + "/" + std::string(kVideoFile), File::Mode::create));
  return EvidenceWriter(std::make_unique<State>(folder, fresh, std::move(file)));
}

Result<> EvidenceWriter::write(std::string_view bytes) {
  TRY_VOID(state_->video.write_at(state_->bytes, bytes_of(bytes)));
  state_->whole.add(bytes);
  state_->pieces.cut(bytes, kPieceBytes);
  state_->bytes += bytes.size();
  return {};
}

Result<> EvidenceWriter::finish(const Facts& facts, const Covered& covered, const EvidenceKey& key) {
  Manifest manifest{.facts = facts, .covered = covered, .video_sha256 = state_->whole.take()};
  manifest.covered.bytes = state_->bytes;
  if (manifest.covered.parts.empty()) manifest.covered.parts = std::move(state_->pieces).take();
  manifest.public_key = to_hex(bytes_of(key.public_key));
  const std::string text = write_manifest(manifest);
  std::string signature(crypto_sign_BYTES, '\0');
  crypto_sign_detached(reinterpret_cast<unsigned char*>(signature.data()), nullptr,
                       reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                       reinterpret_cast<const unsigned char*>(key.secret.data()));
  const std::string& fresh = state_->fresh;
  TRY_VOID(state_->video.sync_data());
  TRY_VOID(write_new(fresh + "/" + std::string(kManifestFile), text));
  TRY_VOID(write_new(fresh + "/" + std::string(kSignatureFile), signature));
  TRY_VOID(sync_folder(fresh));
  if (::rename(fresh.c_str(), state_->folder.c_str()) != 0) return from_errno(errno, "renaming " + fresh);
  state_->finished = true;
  return sync_folder(folder_above(state_->folder));
}

Result<> remove_unfinished_evidence(const std::string& all) {
  std::error_code ec;
  std::vector<fs::path> found;
  for (fs::directory_iterator it(all, ec), end; !ec && it != end; it.increment(ec)) {
    if (it->path().extension() == kUnfinished) found.push_back(it->path());
  }
  if (ec && ec != std::errc::no_such_file_or_directory)
    return from_errno(ec.value(), "looking for unfinished evidence in " + all);
  for (const auto& folder : found) {
    fs::remove_all(folder, ec);
    if (ec) return from_errno(ec.value(), "removing unfinished evidence " + folder.string());
  }
  return {};
}

Result<Covered> make_evidence(Library& library, const Facts& facts, const std::string& folder, const EvidenceKey& key) {
  TRY(auto writer, EvidenceWriter::begin(folder));
  TRY(auto covered, library.export_mp4({facts.camera, facts.stream}, facts.from, facts.to,
                                       [&](std::string_view bytes) { return writer.write(bytes); }));
  TRY_VOID(writer.finish(facts, covered, key));
  return covered;
}

}  // namespace qala::footage
