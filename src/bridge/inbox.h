#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <vector>

#include "mqtt/packet.h"

namespace qala::bridge {

/// What became of a message.
enum class Verdict : std::uint8_t {
  taken,  ///< on the disk: acknowledged
  bad,    ///< of no use, and would be of none again: acknowledged
  busy,   ///< nothing is kept: not acknowledged, the broker is to send it again
};

/// Messages of a broker that wait for their commit, in the order they came: MQTT wants acknowledgements in that order
/// (4.6), and nothing behind a message that was not taken is acknowledged. Pure.
class Inbox {
 public:
  explicit Inbox(std::size_t window) : window_(window) {}

  /// Number of a new message; none if it waits already, or if it was taken and is only to be acknowledged once more.
  std::optional<std::uint64_t> add(std::uint8_t qos, std::uint16_t packet_id);
  void settle(std::uint64_t number, Verdict verdict);
  /// PUBREL: the broker forgets a message of QoS 2, and so do we.
  void release(std::uint16_t packet_id) { received_.erase(packet_id); }

  struct Acknowledgement {
    mqtt::PacketType type{};
    std::uint16_t packet_id = 0;
  };
  /// Those that may go now.
  std::vector<Acknowledgement> take_due();

  bool full() const { return waiting_.size() >= window_; }
  /// One was refused: nothing behind it will be acknowledged.
  bool stuck() const { return stuck_; }
  std::size_t size() const { return waiting_.size(); }

 private:
  struct Waiting {
    std::uint8_t qos = 0;
    std::uint16_t packet_id = 0;
    std::optional<Verdict> verdict = {};
  };
  std::size_t window_;
  std::deque<Waiting> waiting_;
  std::uint64_t first_ = 0;  ///< number of the front
  std::set<std::uint16_t> received_;  ///< QoS 2: PUBREC is due or sent, PUBREL has not come
  std::vector<Acknowledgement> again_;
  bool stuck_ = false;
};

}  // namespace qala::bridge
