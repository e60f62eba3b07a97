#include "footage/hash.h"

#include <array>
#include <span>

#include <openssl/evp.h>

#include "audit/chain.h"
#include "base/assert.h"
#include "base/hex.h"

namespace qala::footage {

struct Hasher::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  State() { begin(); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { EVP_MD_CTX_free(context); }
  void begin() { QALA_ASSERT(EVP_DigestInit_ex(context, EVP_sha256(), nullptr) == 1, "OpenSSL always has SHA-256"); }
};

Hasher::Hasher() : state_(std::make_unique<State>()) {}
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;
Hasher::~Hasher() = default;

void Hasher::add(std::string_view bytes) {
  QALA_ASSERT(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1, "hashing memory cannot fail");
}

std::string Hasher::take() {
  std::array<std::byte, 32> hash{};
  QALA_ASSERT(EVP_DigestFinal_ex(state_->context, reinterpret_cast<unsigned char*>(hash.data()), nullptr) == 1,
              "hashing memory cannot fail");
  state_->begin();
  return to_hex(hash);
}

std::string sha256(std::string_view bytes) {
  Hasher hasher;
  hasher.add(bytes);
  return hasher.take();
}

}  // namespace qala::footage
