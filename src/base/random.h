#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace qala {

/// Where unpredictable bytes come from. Tests hand in a seeded one.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::byte> out) = 0;
  std::uint64_t next();
  /// `bytes` random bytes as base64url without padding: 32 bytes give 43 characters.
  std::string token(std::size_t bytes);
  /// RFC 4122, version 4.
  std::string uuid();
};

/// The system's generator, by libsodium. Thread-safe.
class SystemRandom final : public Random {
 public:
  SystemRandom();
  void fill(std::span<std::byte> out) override;
};

/// splitmix64: the same seed gives the same bytes. For tests and the simulator only.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<std::byte> out) override;

 private:
  std::uint64_t state_;
};

}  // namespace qala
