#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace qala::footage {

/// SHA-256 of what is fed to it; 64 hex digits. OpenSSL's, because videos are large.
class Hasher {
 public:
  Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;
  ~Hasher();

  void add(std::string_view bytes);
  /// And begins anew.
  std::string take();

 private:
  struct State;
  std::unique_ptr<State> state_;
};
std::string sha256(std::string_view bytes);

}  // namespace qala::footage
