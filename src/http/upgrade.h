#pragma once

#include <memory>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>

#include "http/transport.h"

namespace boost::asio::ssl {
template <typename>
class stream;
}

namespace qala::http {

using TlsStream = asio::ssl::stream<asio::ip::tcp::socket>;

/// The upgrade header is read and checked; these answer it with 101 and speak WebSocket from there.
std::shared_ptr<SocketSession> make_socket_session(asio::ip::tcp::socket socket, const Request& request,
                                                   std::shared_ptr<WebSocketHandler> handler,
                                                   const ServerOptions& options);
std::shared_ptr<SocketSession> make_socket_session(TlsStream stream, const Request& request,
                                                   std::shared_ptr<WebSocketHandler> handler,
                                                   const ServerOptions& options);

}  // namespace qala::http
