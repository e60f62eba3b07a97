#include "audit/key.h"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>

#include <sodium.h>

#include "base/file.h"
#include "base/hex.h"

namespace qala::audit {

namespace {

using Seed = std::array<std::byte, 32>;

SigningKey key_of(const Seed& seed) {
  SigningKey key;
  crypto_sign_seed_keypair(reinterpret_cast<unsigned char*>(key.public_key.data()),
                           reinterpret_cast<unsigned char*>(key.secret.data()),
                           reinterpret_cast<const unsigned char*>(seed.data()));
  return key;
}

/// Never readable by others, not even for a moment.
Result<> write_private(const std::string& path, std::string_view text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return from_errno(errno, "creating " + path);
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  const int code = errno;
  ::close(fd);
  if (written) return {};
  ::unlink(path.c_str());
  return from_errno(code, "writing " + path);
}

}  // namespace

Result<SigningKey> make_key(const std::string& path, Random& random, const KeyPurpose& purpose) {
  Seed seed;
  random.fill(seed);
  TRY_VOID(write_private(path, std::string(purpose.mark) + " " + to_hex(seed) + "\n"));
  const auto slash = path.rfind('/');
  TRY_VOID(sync_folder(slash == std::string::npos ? "." : path.substr(0, slash)));
  return key_of(seed);
}

Result<SigningKey> load_key(const std::string& path, const KeyPurpose& purpose) {
  TRY(const auto bytes, read_file(path));
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  Seed seed;
  const std::string mark = std::string(purpose.mark) + " ";
  if (!text.starts_with(mark) || !from_hex(text.substr(mark.size()), seed))
    return fail(ErrorKind::corrupt, path + " " + std::string(purpose.not_ours));
  return key_of(seed);
}

}  // namespace qala::audit
