#include "bridge/inbox.h"

#include <algorithm>
#include <utility>

namespace qala::bridge {

using mqtt::PacketType;

std::optional<std::uint64_t> Inbox::add(std::uint8_t qos, std::uint16_t packet_id) {
  const auto same = [&](const Waiting& one) { return one.qos == qos && one.packet_id == packet_id; };
  if (qos > 0 && std::ranges::any_of(waiting_, same)) return std::nullopt;
  if (qos == 2 && !received_.insert(packet_id).second) {
    again_.push_back({PacketType::pubrec, packet_id});
    return std::nullopt;
  }
  waiting_.push_back({.qos = qos, .packet_id = packet_id});
  return first_ + waiting_.size() - 1;
}

void Inbox::settle(std::uint64_t number, Verdict verdict) {
  if (number < first_ || number - first_ >= waiting_.size()) return;
  Waiting& one = waiting_[number - first_];
  one.verdict = verdict;
  if (verdict == Verdict::busy && one.qos > 0) stuck_ = true;
}

std::vector<Inbox::Acknowledgement> Inbox::take_due() {
  std::vector<Acknowledgement> out = std::exchange(again_, {});
  while (!waiting_.empty() && waiting_.front().verdict) {
    const Waiting& one = waiting_.front();
    if (one.qos > 0 && *one.verdict == Verdict::busy) break;
    if (one.qos > 0) out.push_back({one.qos == 1 ? PacketType::puback : PacketType::pubrec, one.packet_id});
    waiting_.pop_front();
    first_++;
  }
  return out;
}

}  // namespace qala::bridge
