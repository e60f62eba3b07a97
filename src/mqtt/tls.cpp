#include "mqtt/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>

#include "base/hex.h"

namespace qala::mqtt {
namespace {

std::string last_reason() {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  ERR_clear_error();
  return text.data();
}

Error tls_error(const std::string& doing, const std::string& file) {
  return fail(ErrorKind::invalid, doing + " " + file + ": " + last_reason());
}

}  // namespace

TlsStream::TlsStream(ssl_ctx_st* context, int socket) : ssl_(SSL_new(context)) {
  SSL_set_fd(ssl_, socket);
  SSL_set_accept_state(ssl_);
}

TlsStream::~TlsStream() { SSL_free(ssl_); }

Attempt TlsStream::outcome(int result) {
  if (result > 0) return {.bytes = static_cast<std::size_t>(result)};
  const int reason = SSL_get_error(ssl_, result);
  ERR_clear_error();
  if (reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE) return {.again = true};
  return {.over = true};
}

Attempt TlsStream::read(char* out, std::size_t size) {
  ERR_clear_error();
  return outcome(SSL_read(ssl_, out, static_cast<int>(std::min<std::size_t>(size, 1 << 20))));
}

Attempt TlsStream::write(const char* bytes, std::size_t size) {
  ERR_clear_error();
  return outcome(SSL_write(ssl_, bytes, static_cast<int>(std::min<std::size_t>(size, 1 << 20))));
}

void TlsStream::close() {
  if (established()) SSL_shutdown(ssl_);
  ERR_clear_error();
}

bool TlsStream::established() const { return SSL_is_init_finished(ssl_) == 1; }

std::string TlsStream::client_fingerprint() const {
  X509* certificate = SSL_get1_peer_certificate(ssl_);
  if (!certificate) return {};
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const bool good = X509_digest(certificate, EVP_sha256(), digest.data(), &size) == 1;
  X509_free(certificate);
  if (!good || SSL_get_verify_result(ssl_) != X509_V_OK) return {};
  return to_hex(std::as_bytes(std::span(digest).first(size)));
}

Result<std::unique_ptr<TlsContext>> TlsContext::load(const TlsEndpoint& options) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  if (!context) return fail(ErrorKind::internal, "TLS: " + last_reason());
  std::unique_ptr<TlsContext> made(new TlsContext(context));
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  if (SSL_CTX_use_certificate_chain_file(context, options.certificate_file.c_str()) != 1) {
    return tls_error("TLS certificate", options.certificate_file);
  }
  if (SSL_CTX_use_PrivateKey_file(context, options.key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1) {
    return tls_error("TLS key", options.key_file);
  }
  static constexpr unsigned char kContext[] = "qala-mqtt";
  SSL_CTX_set_session_id_context(context, kContext, sizeof kContext - 1);
  if (!options.client_ca_file.empty()) {
    if (SSL_CTX_load_verify_locations(context, options.client_ca_file.c_str(), nullptr) != 1) {
      return tls_error("TLS client authority", options.client_ca_file);
    }
    SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(options.client_ca_file.c_str()));
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  }
  return made;
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

std::unique_ptr<TlsStream> TlsContext::accept(int socket) const {
  return std::make_unique<TlsStream>(context_, socket);
}

}  // namespace qala::mqtt
