#include <algorithm>
#include <utility>

#include "base/log.h"
#include "mqtt/access_rules.h"
#include "mqtt/broker.h"

namespace qala::mqtt {
namespace {

constexpr std::uint32_t kForEver = 0xffffffff;

/// Its expiry counts from its publishing on (MQTT 5, 3.1.3.2.4): until then the message keeps it as a length.
std::unique_ptr<Will> make_will(const Connect& packet) {
  if (!packet.has_will) return nullptr;
  const auto& p = packet.will_properties;
  const auto life_ms = std::max<std::int64_t>(1, std::int64_t{p.message_expiry} * 1000);
  auto will = std::make_unique<Will>();
  will->delay = p.will_delay;
  will->message = make_message({.topic = packet.will_topic,
                                .payload = packet.will_payload,
                                .forward = p.forward,
                                .qos = packet.will_qos,
                                .retain = packet.will_retain,
                                .durable = true,
                                .expires_ms = p.has_message_expiry ? -life_ms : 0});
  return will;
}

}  // namespace

Code Broker::on_connect(Connection& c, const Frame& frame) {
  Connect packet;
  const auto code = parse_connect(frame, packet);
  c.version = packet.version;
  if (code == Code::unsupported_protocol_version) c.version = Version::v311;
  if (code == Code::unsupported_protocol_version || (code == Code::protocol_error && c.version == Version::v5)) {
    counters_.protocol_errors++;
    return refuse(c, code), Code::success;
  }
  if (code != Code::success) return hang_up(c), Code::success;
  const bool v5 = c.version == Version::v5;
  if (packet.properties.has_authentication_method) return refuse(c, Code::bad_authentication_method), Code::success;
  const bool nameless = packet.client_id.empty();
  const bool needs_name = c.version == Version::v31 || (!v5 && !packet.clean_start);
  if ((nameless && needs_name) || packet.client_id.size() > limits_.client_id_bytes) {
    return refuse(c, Code::client_identifier_not_valid), Code::success;
  }
  c.connecting = std::make_unique<PendingConnect>();
  auto& request = *c.connecting;
  request.client_id = nameless ? "qala-" + random_.token(16) : std::string(packet.client_id);
  request.assigned = nameless;
  request.clean_start = packet.clean_start;
  request.keep_alive = packet.keep_alive;
  request.properties = packet.properties;
  if (!v5 && !packet.clean_start) request.properties.session_expiry = kForEver;
  request.will = make_will(packet);
  c.state = Connection::State::authenticating;
  const Credentials credentials{.client_id = request.client_id,
                                .user_name = std::string(packet.user_name),
                                .password = std::string(packet.password),
                                .certificate_fingerprint = c.fingerprint,
                                .peer = c.peer,
                                .anonymous_listener = c.anonymous_listener};
  handler_.authenticate(credentials,
                        [this, id = c.id](Result<Principal> principal) { authenticated(id, std::move(principal)); });
  return Code::success;
}

void Broker::authenticated(ConnectionId id, Result<Principal> principal) {
  auto* c = find(id);
  if (!c || c->state != Connection::State::authenticating) return;
  now_ns_ = clock_.monotonic_ns();
  if (!principal) {
    counters_.refused_credentials++;
    const bool denied = principal.error().kind == ErrorKind::denied || principal.error().kind == ErrorKind::not_found;
    return refuse(*c, denied ? Code::not_authorized : Code::server_unavailable);
  }
  const auto request = std::move(c->connecting);
  if (request->will && publish_right(principal->role, request->will->message->topic()) == PublishRight::refused) {
    counters_.refused_publishes++;
    return refuse(*c, Code::not_authorized);
  }
  auto key = session_key(principal->token, request->client_id);
  const auto found = sessions_.find(key);
  if (found == sessions_.end() && !make_room(*principal)) {
    counters_.refused_limits++;
    return refuse(*c, Code::quota_exceeded);
  }
  if (found != sessions_.end()) {
    take_over(*found->second, request->clean_start);
    // Taking over may have ended a session that was not to outlive its connection. A will that still waits is not
    // published: its client is back.
    const auto again = sessions_.find(key);
    if (again != sessions_.end() && (request->clean_start || again->second->ended)) erase_session(*again->second);
  }
  const auto resumed = sessions_.find(key);
  const bool present = resumed != sessions_.end();
  auto& session = present ? *resumed->second : make_session(std::move(key), request->client_id);
  session.principal = std::move(*principal);
  c->session = &session;
  session.keeps_will = !request->properties.has_session_expiry;
  replace_will(session, std::move(request->will));
  welcome(*c, *request, present);
}

/// A provisioning token may be that of a whole fleet.
std::size_t Broker::connections_of_token(Principal::Role role) const {
  if (role == Principal::Role::device) return limits_.connections_of_device;
  return role == Principal::Role::gateway ? limits_.connections_of_gateway : limits_.connections;
}

/// Who comes under ever new names pushes out absent sessions of its own, those first that are gone longest; nobody
/// else's. Sessions that have a connection stay: of these a token has only so many.
bool Broker::make_room(const Principal& principal) {
  const bool full = sessions_.size() >= limits_.sessions;
  if (!full && principal.role == Principal::Role::bus) return true;
  auto own = sessions_of(principal.token);
  if (!full && own.size() < limits_.sessions_of_token) return true;
  const auto connected = std::erase_if(own, [](const Session* s) { return s->connection != nullptr; });
  if (own.empty()) {
    const bool takes_more = principal.role == Principal::Role::bus || connected < connections_of_token(principal.role);
    return !full && takes_more;
  }
  auto& oldest = **std::ranges::min_element(own, {}, &Session::gone_ms);
  log::debug("mqtt session gives way", {{"client_id", oldest.client_id}});
  give_up(oldest);
  return true;
}

/// The will of a session that goes on is not published: its client has only changed the connection. That of a session
/// that ends here is, whatever its delay (MQTT 5, 3.1.4).
void Broker::take_over(Session& session, bool clean_start) {
  auto* old = session.connection;
  if (!old) return;
  log::debug("mqtt session taken over", {{"peer", old->peer}});
  const bool ends = clean_start || session.expiry == 0;
  if (ends && session.will) session.will->delay = 0;
  end(*old, Code::session_taken_over, ends);
}

void Broker::refuse(Connection& c, Code code) {
  write_connack(c.out, c.version, false, code, {});
  c.linger = true;
  close(c, false);
}

/// Sessions of the bus last as long as they like; of devices, which may come under ever new names, not.
std::uint32_t Broker::granted_expiry(Principal::Role role, std::uint32_t wish) const {
  return role == Principal::Role::bus ? wish : std::min(wish, limits_.session_expiry);
}

void Broker::welcome(Connection& c, const PendingConnect& request, bool present) {
  auto& s = *c.session;
  const auto& wish = request.properties;
  const bool v5 = c.version == Version::v5;
  c.state = Connection::State::open;
  c.heard_ns = now_ns_;
  c.receive_maximum = std::min(wish.receive_maximum, limits_.inflight);
  c.alias_maximum = std::min(wish.topic_alias_maximum, limits_.topic_alias_maximum);
  c.maximum_packet = wish.maximum_packet_size;
  c.keep_alive = request.keep_alive;
  const bool shorten = v5 && s.principal.role == Principal::Role::bus && c.keep_alive > limits_.bus_keep_alive;
  if (shorten) c.keep_alive = limits_.bus_keep_alive;
  s.version = c.version;
  s.connection = &c;
  s.expiry = granted_expiry(s.principal.role, wish.session_expiry);
  s.stored = s.stored || s.expiry > 0;
  s.gone_ms = 0;
  s.unanswered_since = std::max(std::exchange(s.began, clock_.now()), s.answered_until);
  schedule(s);
  store_session(s);
  counters_.accepted++;
  const ConnackProperties properties{
      .session_expiry = s.expiry,
      .has_session_expiry = s.expiry != wish.session_expiry,
      .receive_maximum = limits_.receive_maximum,
      .maximum_packet_size = static_cast<std::uint32_t>(packet_limit(c)),
      .topic_alias_maximum = limits_.topic_alias_maximum,
      .server_keep_alive = c.keep_alive,
      .has_server_keep_alive = shorten,
      .assigned_client_id = request.assigned ? std::string_view(request.client_id) : std::string_view(),
      .reason = {}};
  write_connack(c.out, c.version, present, Code::success, properties);
  if (c.maximum_packet && c.out.size() > c.maximum_packet) {  // the client could not take even this
    c.out.clear();
    return close(c, false);
  }
  transport_.wake(c);
  pump(s);
  transport_.resume(c);  // what came behind the CONNECT
}

Code Broker::on_disconnect(Connection& c, const Frame& frame) {
  Disconnect packet;
  if (const auto code = parse_disconnect(frame, c.version, packet); code != Code::success) return code;
  auto& s = *c.session;
  if (packet.properties.has_session_expiry) {
    if (s.expiry == 0 && packet.properties.session_expiry != 0) return Code::protocol_error;
    s.expiry = granted_expiry(s.principal.role, packet.properties.session_expiry);
    s.keeps_will = false;
  }
  close(c, packet.code != Code::success);  // only that deletes the will [MQTT-3.14.4-3]
  return Code::success;
}

}  // namespace qala::mqtt
