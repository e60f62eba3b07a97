#include "http/tls.h"

#include <openssl/ssl.h>
#include <boost/asio/ssl/context.hpp>

namespace qala::http {
namespace {

constexpr const char* kCiphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr unsigned char kSessionContext[] = "qala";

Error refused(const std::string& file, const boost::system::error_code& why) {
  return fail(ErrorKind::invalid, "TLS: " + file + ": " + why.message());
}

/// Asks for http/1.1 by name, so that browsers do not try anything newer first.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size,
                    void*) {
  static constexpr unsigned char kOurs[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, kOurs, sizeof kOurs - 1, in, in_size) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

Result<std::shared_ptr<asio::ssl::context>> load_tls(const TlsFiles& files) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  SSL_CTX* raw = context->native_handle();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(raw, kCiphers);
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_SERVER);
  SSL_CTX_set_session_id_context(raw, kSessionContext, sizeof kSessionContext - 1);
  SSL_CTX_sess_set_cache_size(raw, 1024);
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(raw, &choose_protocol, nullptr);
  boost::system::error_code failed;
  context->use_certificate_chain_file(files.certificate, failed);
  if (failed) return refused(files.certificate, failed);
  context->use_private_key_file(files.key, asio::ssl::context::pem, failed);
  if (failed) return refused(files.key, failed);
  if (SSL_CTX_check_private_key(raw) != 1)
    return fail(ErrorKind::invalid, "TLS: " + files.key + " is not the key of " + files.certificate);
  return context;
}

}  // namespace qala::http
