#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/system/error_code.hpp>

#include "bridge/setup.h"

namespace qala::bridge {

/// One connection to a broker, plain or TLS. Network thread; whoever calls holds it until what is under way has ended.
class Transport {
 public:
  /// `setup` must outlive it.
  Transport(boost::asio::any_io_executor network, const Setup& setup);
  ~Transport();

  /// Finds the name, connects, and with TLS checks the certificate against the host's name. `denied`: the certificate
  /// is not to be trusted; `invalid`: a file of ours cannot be used; `unavailable`: nobody is there.
  boost::asio::awaitable<Result<>> open();
  boost::asio::awaitable<std::pair<boost::system::error_code, std::size_t>> read_some(char* into, std::size_t size);
  /// All of it, or an error. `bytes` must live until then.
  boost::asio::awaitable<boost::system::error_code> write(std::string_view bytes);
  /// Whatever is under way ends with an error.
  void close();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace qala::bridge
