#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/result.h"
#include "mqtt/options.h"

struct ssl_ctx_st;
struct ssl_st;

namespace qala::mqtt {

/// Outcome of one attempt to read or write without blocking.
struct Attempt {
  std::size_t bytes = 0;
  bool again = false;  ///< nothing now; an event will say when
  bool over = false;   ///< closed or broken
};

/// TLS on one non-blocking socket. The handshake happens within the first reads.
class TlsStream {
 public:
  TlsStream(ssl_ctx_st* context, int socket);
  ~TlsStream();
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  Attempt read(char* out, std::size_t size);
  Attempt write(const char* bytes, std::size_t size);
  void close();
  bool established() const;
  /// SHA-256 of the client's verified certificate, lower-case hex; empty without one.
  std::string client_fingerprint() const;

 private:
  Attempt outcome(int result);
  ssl_st* ssl_;
};

/// Certificate and key of a listener; loaded anew without a restart.
class TlsContext {
 public:
  static Result<std::unique_ptr<TlsContext>> load(const TlsEndpoint& options);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  std::unique_ptr<TlsStream> accept(int socket) const;

 private:
  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}
  ssl_ctx_st* context_;
};

}  // namespace qala::mqtt
