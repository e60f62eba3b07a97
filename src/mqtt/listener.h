#pragma once

#include <functional>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include "base/result.h"
#include "mqtt/options.h"

namespace qala::mqtt {

/// Accepts connections at one address and hands each over as a non-blocking socket with its peer's name.
class Listener {
 public:
  using OnAccept = std::function<void(int socket, std::string peer)>;
  static Result<std::unique_ptr<Listener>> open(boost::asio::io_context& io, const Endpoint& at, OnAccept on_accept);
  virtual ~Listener() = default;
  virtual Endpoint endpoint() const = 0;
  virtual void close() = 0;
};

}  // namespace qala::mqtt
