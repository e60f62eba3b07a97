#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "base/result.h"
#include "mqtt/counters.h"
#include "mqtt/handler.h"
#include "mqtt/options.h"

namespace qala::mqtt {

/// Where the server can be reached; the ports are real ones.
struct Endpoints {
  std::optional<Endpoint> plain;
  std::optional<Endpoint> tls;
  std::optional<Endpoint> anonymous_bus;
};

/// The MQTT 3.1.1 and 5 endpoint: telemetry of devices for the Handler, and a broker for `bus` principals.
///
/// Everything happens on the thread that runs `io` (one thread); only the session file is written on a thread of its
/// own. `io` and `handler` must outlive the server, and the server must outlive every `done` it gave to the handler.
///
/// PUBACK and PUBREC of telemetry go out after the handler's `done`; of bus messages after what must survive of them
/// (retained, queued for persistent sessions) is in the session file. If the file cannot be written, they wait.
class Server {
 public:
  Server(boost::asio::io_context& io, Handler& handler, ServerOptions options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Reads the session file and opens the listeners: all of them or an error that names the one.
  Result<> start();
  /// Says good-bye to the clients, writes what is to be written, closes everything. After it nothing of the server
  /// runs. At most four seconds.
  boost::asio::awaitable<void> stop();

  Endpoints endpoints() const;
  const Counters& counters() const;
  /// From any thread: true from before the first SUBACK on.
  bool has_subscriptions() const;
  /// The same for SensorThings' topics, "v1.1/…"; and their filters, without wildcards, on the network thread.
  bool has_sensorthings_subscriptions() const;
  std::vector<std::string> sensorthings_filters() const;

  /// Qala's own messages, under qala/...: to bus subscribers. Not written to the session file: what they say is known
  /// elsewhere.
  void publish(std::string_view topic, std::string_view payload, bool retain, std::uint8_t qos);
  /// To a device or gateway, on one of the topics it may subscribe to.
  void publish_to(TokenId token, std::string_view topic, std::string_view payload, std::uint8_t qos);
  /// The token was withdrawn: its connections end.
  void drop(TokenId token);
  /// Certificate and key were renewed on the disk. On an error the old ones stay in use.
  Result<> reload_certificates();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace qala::mqtt
