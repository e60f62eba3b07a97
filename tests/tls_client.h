#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "http_client.h"

namespace qala::test {

/// HttpClient over TLS, for tests. Trusts exactly the certificate in `trusted` (PEM) for the name `host`; empty: any.
/// Throws if the handshake fails.
class TlsClient : public HttpClient {
 public:
  explicit TlsClient(std::uint16_t port, const std::string& trusted = {}, const std::string& host = "localhost",
                     int newest = 0)
      : HttpClient(port), context_(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free), ssl_(nullptr, &SSL_free) {
    if (newest != 0) SSL_CTX_set_min_proto_version(context_.get(), 0);
    if (newest != 0) SSL_CTX_set_max_proto_version(context_.get(), newest);
    if (!trusted.empty() && SSL_CTX_load_verify_locations(context_.get(), trusted.c_str(), nullptr) != 1)
      throw std::runtime_error("cannot read " + trusted);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), descriptor());
    SSL_set_tlsext_host_name(ssl_.get(), host.c_str());
    if (!trusted.empty()) SSL_set1_host(ssl_.get(), host.c_str());
    if (!trusted.empty()) SSL_set_verify(ssl_.get(), SSL_VERIFY_PEER, nullptr);
    if (SSL_connect(ssl_.get()) != 1) throw std::runtime_error("TLS handshake failed");
  }

  std::string version() const { return SSL_get_version(ssl_.get()); }

  /// The server's certificate, as bytes to compare.
  std::string certificate() const {
    const std::unique_ptr<X509, decltype(&X509_free)> peer(SSL_get1_peer_certificate(ssl_.get()), &X509_free);
    unsigned char* bytes = nullptr;
    const int size = i2d_X509(peer.get(), &bytes);
    std::string out(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    return out;
  }

 protected:
  ssize_t send_some(std::string_view bytes) override {
    return SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
  }
  ssize_t receive_some(char* into, std::size_t size) override {
    errno = 0;
    return SSL_read(ssl_.get(), into, static_cast<int>(size));
  }

 private:
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
};

}  // namespace qala::test
