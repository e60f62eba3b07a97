#include "bridge/transport.h"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <optional>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

namespace qala::bridge {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

Error unusable(std::string_view key, const std::string& file, const error_code& why) {
  return fail(ErrorKind::invalid, fmt::format("{}: {}: {}", key, file, why.message()));
}

/// Authorities, and our own certificate if there is one. Read for each connection: files may be renewed.
Result<> load(asio::ssl::context& context, const Setup& setup) {
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  error_code ec;
  if (setup.ca_file.empty()) context.set_default_verify_paths(ec);
  else context.load_verify_file(setup.ca_file, ec);
  if (ec) return unusable("ca_file", setup.ca_file, ec);
  context.set_verify_mode(asio::ssl::verify_peer, ec);
  if (setup.certificate.empty()) return {};
  context.use_certificate_chain_file(setup.certificate, ec);
  if (ec) return unusable("certificate", setup.certificate, ec);
  context.use_private_key_file(setup.key, asio::ssl::context::pem, ec);
  if (ec) return unusable("key", setup.key, ec);
  if (SSL_CTX_check_private_key(context.native_handle()) != 1)
    return fail(ErrorKind::invalid, fmt::format("key: {} is not the key of {}", setup.key, setup.certificate));
  return {};
}

/// The certificate must be for this host: OpenSSL looks, and names the reason if it is not.
void expect_host(SSL* ssl, const std::string& host) {
  error_code no_address;
  asio::ip::make_address(host, no_address);
  if (!no_address) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str());
    return;
  }
  SSL_set1_host(ssl, host.c_str());
  SSL_set_tlsext_host_name(ssl, host.c_str());
}

}  // namespace

struct Transport::Impl {
  struct Tls {
    explicit Tls(tcp::socket& socket, asio::ssl::context made) : context(std::move(made)), stream(socket, context) {}
    asio::ssl::context context;
    asio::ssl::stream<tcp::socket&> stream;
  };

  Impl(asio::any_io_executor network, const Setup& what) : setup(what), resolver(network), socket(network) {}

  awaitable<Result<>> connect() {
    error_code ec;
    std::vector<tcp::endpoint> endpoints;
    if (const auto address = asio::ip::make_address(setup.host, ec); !ec) endpoints.emplace_back(address, setup.port);
    if (ec) {
      const auto [failed, found] = co_await resolver.async_resolve(setup.host, std::to_string(setup.port),
                                                                   tcp::resolver::numeric_service, kTuple);
      if (failed)
        co_return fail(ErrorKind::unavailable, "the name " + setup.host + " is not known: " + failed.message());
      for (const auto& entry : found) endpoints.push_back(entry.endpoint());
    }
    std::string words = "no address";
    for (const auto& endpoint : endpoints) {
      if (closed) co_return fail(ErrorKind::cancelled, "stopped");
      error_code ignored;
      socket.close(ignored);
      const auto [failed] = co_await socket.async_connect(endpoint, kTuple);
      if (!failed) {
        socket.set_option(tcp::no_delay(true), ignored);
        co_return Result<>();
      }
      words = failed.message();
    }
    co_return fail(ErrorKind::unavailable, "no connection: " + words);
  }

  awaitable<Result<>> handshake() {
    asio::ssl::context context(asio::ssl::context::tls_client);
    CO_TRY_VOID(load(context, setup));
    tls.emplace(socket, std::move(context));
    SSL* ssl = tls->stream.native_handle();
    expect_host(ssl, setup.host);
    const auto [failed] = co_await tls->stream.async_handshake(asio::ssl::stream_base::client, kTuple);
    if (!failed) co_return Result<>();
    const long verdict = SSL_get_verify_result(ssl);
    if (verdict != X509_V_OK) {
      co_return fail(ErrorKind::denied, fmt::format("the broker's certificate is not trusted: {} ({})",
                                                    X509_verify_cert_error_string(verdict),
                                                    setup.ca_file.empty() ? "no ca_file: the system's authorities count"
                                                                          : "ca_file: " + setup.ca_file));
    }
    co_return fail(ErrorKind::unavailable, "no TLS connection: " + failed.message());
  }

  const Setup& setup;
  tcp::resolver resolver;
  tcp::socket socket;
  std::optional<Tls> tls;
  bool closed = false;
};

Transport::Transport(asio::any_io_executor network, const Setup& setup)
    : impl_(std::make_unique<Impl>(std::move(network), setup)) {}

Transport::~Transport() = default;

awaitable<Result<>> Transport::open() {
  CO_TRY_VOID(co_await impl_->connect());
  if (impl_->closed) co_return fail(ErrorKind::cancelled, "stopped");
  if (impl_->setup.tls) CO_TRY_VOID(co_await impl_->handshake());
  co_return Result<>();
}

awaitable<std::pair<error_code, std::size_t>> Transport::read_some(char* into, std::size_t size) {
  const auto buffer = asio::buffer(into, size);
  if (impl_->tls) {
    const auto [ec, bytes] = co_await impl_->tls->stream.async_read_some(buffer, kTuple);
    co_return std::pair{ec, bytes};
  }
  const auto [ec, bytes] = co_await impl_->socket.async_read_some(buffer, kTuple);
  co_return std::pair{ec, bytes};
}

awaitable<error_code> Transport::write(std::string_view bytes) {
  const auto buffer = asio::buffer(bytes.data(), bytes.size());
  if (impl_->tls) {
    const auto [ec, sent] = co_await asio::async_write(impl_->tls->stream, buffer, kTuple);
    co_return ec;
  }
  const auto [ec, sent] = co_await asio::async_write(impl_->socket, buffer, kTuple);
  co_return ec;
}

void Transport::close() {
  impl_->closed = true;
  impl_->resolver.cancel();
  error_code ignored;  // the descriptor is released in any case
  impl_->socket.close(ignored);
}

}  // namespace qala::bridge
