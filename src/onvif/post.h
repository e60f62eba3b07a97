#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "base/result.h"

namespace qala::onvif {

/// A SOAP message on its way to a device.
struct Letter {
  std::string url = {};     ///< http or https
  std::string action = {};  ///< of SOAP
  std::string body = {};
  std::string user = {}, password = {};  ///< not empty: HTTP Digest, and never anything weaker
  std::chrono::milliseconds deadline{5'000};
};
struct Reply {
  unsigned status = 0;
  std::string body = {};
};

/// Who brings letters. Any answer with a status is a Reply; `unavailable`, `timeout` where none came, `full` where it
/// was too long, `cancelled` at the end of the program.
class Post {
 public:
  virtual ~Post() = default;
  /// Comes back to the caller's executor. Must not outlive the Post.
  virtual boost::asio::awaitable<Result<Reply>> send(Letter letter) = 0;
};

/// libcurl on a thread of its own, many letters at once. No redirects, no proxies, no cookies; of an answer at most
/// Limits::kAnswer. Certificates are not checked: cameras sign their own.
class CurlPost final : public Post {
 public:
  CurlPost();
  ~CurlPost() override;
  boost::asio::awaitable<Result<Reply>> send(Letter letter) override;
  /// Cuts off what is under way (`cancelled`). Nothing is sent afterwards.
  void stop();

  static constexpr std::size_t kAtOnce = 400, kMostWaiting = 2000;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace qala::onvif
