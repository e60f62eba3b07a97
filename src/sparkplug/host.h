#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "ingest/intake.h"
#include "ingest/probe.h"
#include "ingest/series.h"
#include "sparkplug/payload.h"
#include "sparkplug/topic.h"

namespace qala::sparkplug {

/// Where the host's own messages go.
class Publisher {
 public:
  virtual ~Publisher() = default;
  virtual void publish(std::string_view topic, std::string_view payload, bool retain, std::uint8_t qos) = 0;
};

/// Takes what becomes of the messages.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void submit(ingest::Submission submission) = 0;
};

/// How it is with one edge node.
struct NodeState {
  std::string name = {};  ///< "GROUP/NODE"
  enum class Is : std::uint8_t { unborn, alive, dead } is = Is::unborn;  ///< unborn: its birth is waited for
  std::size_t devices = 0, dead_devices = 0;
  Instant since = {}, heard = {};
  std::uint64_t messages = 0, rebirths = 0, gaps = 0;
};

/// The host application (Sparkplug B 3.0, chapter 5), one per broker. Network thread.
///
/// A message of an edge node is checked against its birth and sequence numbers and becomes one submission: a thing of
/// the key GROUP/NODE or GROUP/NODE/DEVICE, a datastream for each metric's name. Who is not known waits in the list of
/// unclaimed devices, as everywhere. Gap, unknown alias, data without birth: the message is refused and counted, and
/// the node is asked for a rebirth, whose values are the current ones. A death is believed, after a gap too, if its
/// bdSeq is that of the birth. Devices that are not born again after their node are told of as gone with its next data.
class Host {
 public:
  static constexpr std::size_t kMostNodes = 1'000, kMostDevices = 1'000;  ///< devices of one node
  static constexpr std::int64_t kAskAgain = 5 * Instant::kSecond;

  Host(std::string id, Publisher& publisher, Sink& sink, const ingest::SeriesIndex& index, ingest::Probe& probe,
       const Clock& clock)
      : id_(std::move(id)), publisher_(publisher), sink_(sink), index_(index), probe_(probe), clock_(clock) {}

  /// Says that the host is there, or that it goes: retained, as edge nodes wait for it.
  void start();
  void stop();
  /// Whatever is published below spBv1.0/.
  void overheard(std::string_view topic, std::string_view payload);
  std::vector<NodeState> nodes() const;
  const std::string& id() const { return id_; }

 private:
  struct Known {
    std::string name = {};
    std::uint32_t datatype = 0;
  };
  /// What a birth announced.
  struct Born {
    bool alive = false;
    bool told_online = false;  ///< of devices: the last that readings say; outlives gaps and the node's births
    bool unread = false;  ///< its birth came, but is not read
    std::unordered_map<std::uint64_t, Known> by_alias = {};
    std::unordered_map<std::string, std::uint32_t> types = {};
  };
  struct Node {
    Born own = {};
    std::map<std::string, Born, std::less<>> devices = {};
    std::optional<std::uint64_t> bd_seq = {};  ///< of the last birth
    bool births_end = false;  ///< the next message that is no device's birth comes behind all of them
    std::uint8_t next_seq = 0;
    std::int64_t asked_ns = 0;
    bool ever_asked = false;
    NodeState state = {};
  };

  /// Why a message is not read; empty: it is.
  std::string_view why_not(const Topic& topic, Node& node, const Payload& payload);
  static bool has_room(Node& node);  ///< for one device more; makes it, of those that are dead
  void pass_over(const Topic& topic, Node& node, Payload payload, std::string_view why);
  void take(const Topic& topic, Node& node, const Payload& payload);
  void node_birth(const Topic& topic, Node& node, const Payload& payload);
  void node_death(Node& node, const Payload& payload);
  void device_death(const Topic& topic, Node& node, const Payload& payload);
  void device_birth(const Topic& topic, Node& node, const Payload& payload);
  void data(const Topic& topic, Node& node, const Payload& payload);
  Node* node_of(const Topic& topic);
  bool in_sequence(const Topic& topic, Node& node, const Payload& payload);
  void announce(const Topic& topic, const Payload& payload, Born& into);
  void ask_rebirth(Node& node, std::string_view why);
  void end_births(Node& node);
  void tell_gone(const std::string& name, Born& born);
  void tell_online(const std::string& name, bool online);
  void refuse(const Topic& topic, std::string_view why, std::size_t n = 1);
  void say_state(bool online);
  void note(Node& node, NodeState::Is is);

  std::string id_;
  Publisher& publisher_;
  Sink& sink_;
  const ingest::SeriesIndex& index_;
  ingest::Probe& probe_;
  const Clock& clock_;
  bool online_ = false;
  std::map<std::string, Node, std::less<>> nodes_;
};

}  // namespace qala::sparkplug
