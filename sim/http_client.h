#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sim/socket.h"

namespace qala::sim {

struct HttpAnswer {
  int status = 0;
  std::string body;
  bool ok() const { return status >= 200 && status < 300; }
};

/// A blocking HTTP/1.1 client with one kept connection. After a failure the next request connects anew; nothing is
/// repeated by itself, because only the caller knows whether that is safe. Not thread-safe.
class HttpClient {
 public:
  explicit HttpClient(Endpoint server, std::chrono::milliseconds wait = std::chrono::seconds(30))
      : server_(std::move(server)), wait_(wait) {}

  /// `authorization` is the whole value ("Bearer T", "Token T"), empty for none.
  Result<HttpAnswer> request(std::string_view method, std::string_view path, std::string_view authorization,
                             std::string_view type, std::string_view body);
  Result<HttpAnswer> get(std::string_view path, std::string_view authorization) {
    return request("GET", path, authorization, "", "");
  }

 private:
  Result<HttpAnswer> exchange(std::string_view head, std::string_view body);
  Result<HttpAnswer> receive();

  Endpoint server_;
  std::chrono::milliseconds wait_;
  Socket socket_;
  std::string input_;
};

/// What a response begins with, as far as the client needs it. Pure.
struct ResponseHead {
  int status = 0;
  std::size_t size = 0;               ///< of the head, in bytes
  std::optional<std::size_t> length;  ///< Content-Length
  bool chunked = false;
  bool closes = false;
};
/// Nothing until the whole head is there; an error if it is not HTTP.
Result<std::optional<ResponseHead>> parse_response_head(std::string_view input);

/// Takes the chunks from `input`. True when the last one was there; what belongs to it is removed from `input`.
Result<bool> take_chunks(std::string& input, std::string& body);

}  // namespace qala::sim
