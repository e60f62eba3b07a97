#include "access/factor_key.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include <sodium.h>

#include "base/file.h"

namespace qala::access {

namespace {

constexpr std::size_t kNonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTag = crypto_aead_xchacha20poly1305_ietf_ABYTES;

unsigned char* raw(std::vector<std::byte>& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }
const unsigned char* raw(std::span<const std::byte> bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace

Result<> FactorKey::load(Random* maker) {
  if (loaded_) return {};
  std::error_code ec;
  if (path_.empty() || (!std::filesystem::exists(path_, ec) && maker)) {
    if (!maker) return fail(ErrorKind::unavailable, "there is no key for second factors");
    maker->fill(std::as_writable_bytes(std::span(key_)));
    if (!path_.empty()) {
      const ::mode_t before = ::umask(0077);
      const auto written = write_file_atomically(path_, std::as_bytes(std::span(key_)));
      ::umask(before);
      if (!written) return written;
    }
    loaded_ = true;
    return {};
  }
  auto bytes = read_file(path_);
  if (!bytes || bytes->size() != key_.size()) {
    return fail(ErrorKind::unavailable, path_ +
                                            ": the key of second factors is not there, or is not one: restore it "
                                            "from a backup, or reset each user's second factor");
  }
  std::ranges::transform(*bytes, key_.begin(), [](std::byte b) { return std::to_integer<unsigned char>(b); });
  loaded_ = true;
  return {};
}

Result<std::vector<std::byte>> FactorKey::seal(std::span<const std::byte> secret, UserId user, Random& random,
                                               bool make) {
  TRY_VOID(load(make ? &random : nullptr));
  std::vector<std::byte> out(kNonce + secret.size() + kTag);
  random.fill(std::span(out).first(kNonce));
  const std::string whose = "user " + std::to_string(user.value);
  unsigned long long length = 0;
  crypto_aead_xchacha20poly1305_ietf_encrypt(raw(out) + kNonce, &length, raw(secret), secret.size(),
                                             reinterpret_cast<const unsigned char*>(whose.data()), whose.size(),
                                             nullptr, raw(out), key_.data());
  return out;
}

Result<std::vector<std::byte>> FactorKey::open(std::span<const std::byte> sealed, UserId user) {
  TRY_VOID(load(nullptr));
  if (sealed.size() <= kNonce + kTag) return fail(ErrorKind::corrupt, "the second factor of a user cannot be read");
  std::vector<std::byte> out(sealed.size() - kNonce - kTag);
  const std::string whose = "user " + std::to_string(user.value);
  unsigned long long length = 0;
  const auto box = sealed.subspan(kNonce);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(raw(out), &length, nullptr, raw(box), box.size(),
                                                 reinterpret_cast<const unsigned char*>(whose.data()), whose.size(),
                                                 raw(sealed), key_.data()) != 0) {
    return fail(ErrorKind::corrupt, "the second factor of " + whose + " was sealed under another key");
  }
  return out;
}

}  // namespace qala::access
