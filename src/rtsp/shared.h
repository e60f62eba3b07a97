#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace qala::rtsp {

class Ticked {
 public:
  virtual ~Ticked() = default;
  virtual void tick() = 0;
};

/// What all clients of one io_context have in common: the buffer that sockets are read into, and one timer. A service
/// of the io_context, so that it is as old as that.
class Shared final : public boost::asio::execution_context::service {
 public:
  using key_type = Shared;
  inline static boost::asio::execution_context::id id;  // NOLINT: Asio finds it by this name

  explicit Shared(boost::asio::execution_context& context);
  static Shared& of(boost::asio::io_context& io) { return boost::asio::use_service<Shared>(io); }

  /// Larger than the largest RTSP message and the largest interleaved packet together.
  static constexpr std::size_t kBuffer = 512 * 1024;
  std::span<char> buffer() { return {buffer_.get(), kBuffer}; }

  /// tick() is called every `every` (the least of all) from now on. Not from within add().
  void add(Ticked& client, std::chrono::milliseconds every);
  void remove(Ticked& client);

 private:
  void shutdown() override;
  void arm();

  std::unique_ptr<char[]> buffer_;
  std::vector<Ticked*> clients_;  // null: removed during a round
  std::size_t count_ = 0;
  std::optional<boost::asio::steady_timer> timer_;
  std::chrono::milliseconds every_{100};
  bool armed_ = false;
};

}  // namespace qala::rtsp
