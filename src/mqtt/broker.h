#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "mqtt/connection.h"
#include "mqtt/counters.h"
#include "mqtt/handler.h"
#include "mqtt/options.h"
#include "mqtt/rate.h"
#include "mqtt/subscription_tree.h"

namespace qala::mqtt {

/// MQTT without sockets: takes the bytes of connections, appends the answers to their output, keeps sessions,
/// subscriptions and retained messages. Network thread only. `handler`, `transport` and `clock` must outlive it, and it
/// must outlive every `done` it gave to the handler.
///
/// Acknowledgements leave in the order of the packets they answer; one that waits (for the handler, or for the commit
/// that holds what it acknowledges) holds up those behind it.
class Broker {
 public:
  Broker(Handler& handler, Transport& transport, const Limits& limits, const Clock& clock, Random& random);
  ~Broker();

  /// Before the first connection: where changes go, and what was there.
  void use_store(SessionStore& store, Worker& worker, Journal::Hooks hooks);
  void restore(const StoredState& state);
  /// After restore(): ends the sessions of all other tokens. Their wills are not published: they may not speak any
  /// more.
  void keep_only(std::span<const TokenId> tokens);
  /// ServerOptions::overheard.
  using Overheard = std::function<void(std::string_view topic, std::string_view payload)>;
  void set_overheard(Overheard overheard, std::string below) {
    overheard_ = std::move(overheard);
    overheard_below_ = std::move(below);
  }

  /// Null when there are too many.
  Connection* open(std::string peer, bool anonymous_listener);
  Connection* find(ConnectionId id);
  /// Takes packets off `bytes` and returns how many bytes are done with. Fewer than given: an unfinished packet, or the
  /// connection must wait (paused()) or is over.
  std::size_t feed(Connection& connection, std::string_view bytes);
  bool paused(const Connection& connection) const;
  /// The socket took bytes: queued messages may follow.
  void drained(Connection& connection);
  /// The socket is gone. The broker frees the connection; also after its own close.
  void lost(Connection& connection);

  /// From Qala itself: reaches bus subscribers. Not kept across restarts.
  void publish(std::string_view topic, std::string_view payload, bool retain, std::uint8_t qos);
  /// To the connections of one device or gateway that subscribed to the topic.
  void publish_to(TokenId token, std::string_view topic, std::string_view payload, std::uint8_t qos);

  /// Time-outs, expiries, delayed wills.
  void tick();
  /// End of a round of input: sends the gathered changes off to the store.
  void end_round();
  bool idle() const { return journal_.idle(); }
  /// Says good-bye to everybody. Sessions stay, and wills: they wait for the next start.
  void shut_down();
  /// Ends the connections and the sessions of a principal whose token was withdrawn.
  void drop(TokenId token);

  const Counters& counters();
  /// From any thread.
  bool has_subscriptions() const { return tree_.size() > 0; }
  bool has_sensorthings_subscriptions() const { return tree_.sensorthings() > 0; }
  std::vector<std::string> sensorthings_filters() const { return tree_.sensorthings_filters(); }
  template <class Visit>
  void each_connection(Visit&& visit) {
    for (auto& slot : connections_) {
      if (slot.connection) visit(*slot.connection);
    }
  }

 private:
  struct Slot {
    std::unique_ptr<Connection> connection;
    std::uint32_t generation = 0;
  };
  struct Receiver {
    Session* session = nullptr;
    std::uint8_t qos = 0;
    bool retain_as_published = false;
    std::vector<std::uint32_t> identifiers;
  };
  struct TimerOrder {
    bool operator()(const Session* a, const Session* b) const {
      return a->deadline_ns != b->deadline_ns ? a->deadline_ns < b->deadline_ns : a->number < b->number;
    }
  };

  // broker.cpp
  Code dispatch(Connection& c, const Frame& frame);
  std::size_t packet_limit(const Connection& c) const;
  /// Closes because of an error, telling version 5 clients why.
  void end(Connection& c, Code code, bool with_will = true);
  void hang_up(Connection& c);  ///< the same without a word, as Mosquitto does where a client is not one
  void close(Connection& c, bool with_will);
  void part(Session& s, bool with_will);
  void pending_ack(Connection& c, PendingAck ack);
  void drain(Connection& c);
  void wait_for_commit(Connection& c);
  void committed();
  bool takes_some(Connection& c);
  std::int64_t patience_ns(const Connection& c) const;
  Instant answered_until(const Connection& c) const;
  /// Everything kept of a message just handed on is in the batch being gathered: nothing kept, nothing to wait for.
  bool is_kept(const Message& m) const { return m.stored_references > 0 || (m.retain && journal_.enabled()); }
  bool durable(const Session& s) const { return s.stored && journal_.enabled(); }

  // broker_connect.cpp
  Code on_connect(Connection& c, const Frame& frame);
  void authenticated(ConnectionId id, Result<Principal> principal);
  void welcome(Connection& c, const PendingConnect& request, bool present);
  void refuse(Connection& c, Code code);
  std::uint32_t granted_expiry(Principal::Role role, std::uint32_t wish) const;
  bool make_room(const Principal& principal);
  std::size_t connections_of_token(Principal::Role role) const;
  void take_over(Session& session, bool clean_start);
  Code on_disconnect(Connection& c, const Frame& frame);

  // broker_publish.cpp
  Code on_publish(Connection& c, const Frame& frame);
  Code resolve_alias(Connection& c, Publish& packet, const Properties& properties, std::string& topic);
  void to_handler(Connection& c, const Publish& packet);
  void answered(std::uint64_t token, Reason reason);
  void answered_qos2(std::uint64_t session, std::uint16_t packet_id, Reason reason);
  void settle(Connection& c, PendingAck& ack, Reason reason);
  void refuse_publish(Connection& c, const Publish& packet);
  Code on_pubrel(Connection& c, const Frame& frame);
  bool hand_on(const MessagePtr& message, const Session* from);
  void hold(Connection& c, std::uint16_t packet_id, const MessagePtr& message);
  void take_incoming(Session& s, Incoming incoming);
  void keep_incoming(Session& s, Incoming& incoming);
  void publish_will(Session& s);
  void replace_will(Session& s, std::unique_ptr<Will> will);

  // broker_route.cpp
  bool route(std::string_view match_topic, const MessagePtr& message, const Session* from);
  void deliver(Session& s, const MessagePtr& message, std::uint8_t qos, bool retain,
               const std::vector<std::uint32_t>& identifiers);
  void pump(Session& s);
  void go_on(Session& s);
  enum class Sent { yes, expired, too_large };
  Sent send(Connection& c, const MessagePtr& message, Delivery delivery);
  void finish(Session& s, std::size_t index);
  void requeue(Session& s);
  Code on_puback(Connection& c, const Frame& frame);
  Code on_pubrec(Connection& c, const Frame& frame);
  Code on_pubcomp(Connection& c, const Frame& frame);

  // broker_subscribe.cpp
  Code on_subscribe(Connection& c, const Frame& frame);
  Code on_unsubscribe(Connection& c, const Frame& frame);
  Code subscribe(Connection& c, const SubscribeEntry& entry, std::uint32_t identifier, bool& existed);
  void send_retained(Connection& c);
  bool walk(Connection& c, std::string_view filter, RetainedWalk& walk);
  bool has_room(const Connection& c, std::uint8_t qos, const Message& message) const;
  void add_to_tree(Session& s, const std::string& filter, const SubscriptionDetails& details);
  void answer_later(Connection& c, std::string packet);

  // broker_state.cpp
  static std::string session_key(TokenId token, std::string_view client_id);
  std::vector<Session*> sessions_of(TokenId token);
  void give_up(Session& s);
  Session& make_session(std::string key, std::string client_id);
  void erase_session(Session& s);
  void empty_session(Session& s);
  void leave_only_will(Session& s);
  void schedule(Session& s);
  void set_retained(const MessagePtr& message);
  void purge_retained();
  void keep(Message& message);
  void unkeep(Message& message);
  void store_session(const Session& s);
  void run_timers();
  void restore_session(const Change& change, std::vector<Session*>& over);
  void end_restored(Session& s);
  static void restore_incoming(Session& s, const Change& change, const MessagePtr& message);
  void restore_will(const Change& change, const MessagePtr& message);
  void restore_queued(Session& s, const Change& change, const MessagePtr& message);
  static void restore_released(Session& s, std::uint64_t position);
  bool expired(const Message& message) const;
  static std::string scoped(TokenId token, std::string_view topic);
  std::string scope_filter(const Session& s, std::string_view filter) const;

  Handler& handler_;
  Overheard overheard_;
  std::string overheard_below_;
  Transport& transport_;
  const Limits limits_;
  const Clock& clock_;
  Random& random_;
  Journal journal_;
  Counters counters_;
  std::int64_t now_ns_ = 0;  ///< monotonic, once per feed or tick

  std::vector<Slot> connections_;
  std::vector<std::uint32_t> free_slots_;
  std::map<std::string, std::unique_ptr<Session>> sessions_;  ///< those of a token stand together
  std::unordered_map<std::uint64_t, Session*> by_number_;
  std::set<Session*, TimerOrder> timers_;
  std::unordered_map<std::uint32_t, RateLimit> rates_;
  SubscriptionTree tree_;
  std::map<std::string, MessagePtr, std::less<>> retained_;
  std::size_t retained_bytes_ = 0;
  std::string purged_to_;  ///< where purge_retained goes on
  std::deque<ConnectionId> commit_waiters_;
  std::vector<Subscriber> matches_;
  std::vector<Receiver> receivers_;
  bool stopping_ = false;
  bool crowded_ = false;  ///< too much waits for the store: bus clients are not read
  std::uint64_t round_ = 0;
  std::uint64_t next_session_ = 1, next_message_ = 1;
};

/// A CONNECT while its credentials are looked at; the packet's bytes are copied because the buffer goes on.
struct PendingConnect {
  std::string client_id;
  bool assigned = false;
  bool clean_start = true;
  std::uint16_t keep_alive = 0;
  Properties properties;
  std::unique_ptr<Will> will;
};

}  // namespace qala::mqtt
