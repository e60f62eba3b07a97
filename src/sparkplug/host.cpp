#include "sparkplug/host.h"

#include <algorithm>
#include <utility>

#include "base/json_writer.h"
#include "base/log.h"
#include "sparkplug/rows.h"

namespace qala::sparkplug {

using Is = NodeState::Is;

namespace {

constexpr std::string_view kBdSeq = "bdSeq";
constexpr std::string_view kControl = "Node Control/";  // commands that a node takes, no measurements
constexpr std::string_view kDeviceControl = "Device Control/";
constexpr std::size_t kMostName = 256;
constexpr std::string_view kUnread =
    "values that are not read: data sets, templates, bytes, arrays, texts over 16 KiB or not UTF-8";

std::optional<std::uint64_t> bd_seq_of(const Payload& payload) {
  for (const auto& metric : payload.metrics) {
    if (metric.name != kBdSeq) continue;
    if (const auto* number = std::get_if<std::uint64_t>(&metric.value)) return *number;
  }
  return std::nullopt;
}

bool is_measured(std::string_view name) {
  return name != kBdSeq && !name.starts_with(kControl) && !name.starts_with(kDeviceControl);
}

ingest::Submission submission_of(const std::string& name) {
  ingest::Submission out;
  out.source = {.transport = ingest::Transport::gateway, .name = "sparkplug " + name, .thing = {}};
  out.done = [](const auto&) {};  // data are QoS 0: nobody waits for an answer
  return out;
}

}  // namespace

void Host::start() {
  online_ = true;
  say_state(true);
}

void Host::stop() {
  if (!online_) return;
  online_ = false;
  say_state(false);
}

void Host::say_state(bool online) {
  std::string payload;
  JsonWriter(payload).object().field("online", online).field("timestamp", clock_.now().ms()).end();
  publisher_.publish(state_topic(id_), payload, true, 1);
}

std::vector<NodeState> Host::nodes() const {
  std::vector<NodeState> out;
  for (const auto& [name, node] : nodes_) {
    out.push_back(node.state);
    out.back().devices = node.devices.size();
    out.back().dead_devices = static_cast<std::size_t>(
        std::ranges::count_if(node.devices, [](const auto& device) { return !device.second.alive; }));
  }
  return out;
}

void Host::overheard(std::string_view topic, std::string_view payload) {
  if (!online_) return;
  if (topic == state_topic(id_)) {
    // Somebody says in our name that we are gone; edge nodes believe the last word.
    if (payload.find("true") == std::string_view::npos) say_state(true);
    return;
  }
  const auto where = parse_topic(topic);
  if (!where) return;  // commands, states of others, and what is not Sparkplug's
  Node* node = node_of(*where);
  if (!node) return refuse(*where, "too many edge nodes");
  const auto message = parse_payload(payload);
  if (!message) return refuse(*where, message.error().message);
  node->state.messages++;
  node->state.heard = clock_.now();
  if (const auto why = why_not(*where, *node, *message); !why.empty()) pass_over(*where, *node, *message, why);
  else take(*where, *node, *message);
}

std::string_view Host::why_not(const Topic& topic, Node& node, const Payload& payload) {
  if (payload.compressed) return "compressed payloads are not read: set the node to plain ones";
  if (payload.too_many) return "more than 20,000 metrics in one message";
  if (topic.device.empty() || node.devices.contains(topic.device) || has_room(node)) return {};
  return "more than 1,000 devices of one edge node";
}

bool Host::has_room(Node& node) {
  if (node.devices.size() < kMostDevices) return true;
  std::erase_if(node.devices, [](const auto& one) { return !one.second.alive && !one.second.told_online; });
  return node.devices.size() < kMostDevices;
}

/// Its number is used up: that it is not read must not keep out what follows. Whose birth is not read is asked for no
/// other, which would not be read either.
void Host::pass_over(const Topic& topic, Node& node, Payload payload, std::string_view why) {
  refuse(topic, why);
  if (topic.verb == Verb::node_death) return;
  if (topic.verb == Verb::node_birth) {
    node.own = {.unread = true};
    return note(node, Is::unborn);
  }
  if (payload.compressed && !payload.seq) payload.seq = node.next_seq;  // within what is compressed
  if (topic.verb == Verb::device_death) return device_death(topic, node, payload);
  if (!in_sequence(topic, node, payload) || topic.verb != Verb::device_birth) return;
  if (const auto device = node.devices.find(topic.device); device != node.devices.end() || has_room(node)) {
    Born& born = node.devices[std::string(topic.device)];
    born = {.told_online = born.told_online, .unread = true};
  }
}

Host::Node* Host::node_of(const Topic& topic) {
  const auto name = name_of({.verb = topic.verb, .group = topic.group, .node = topic.node});
  auto found = nodes_.find(name);
  if (found == nodes_.end()) {
    if (nodes_.size() >= kMostNodes) return nullptr;
    found = nodes_.try_emplace(name).first;
    found->second.state.name = name;
    found->second.state.since = clock_.now();
  }
  return &found->second;
}

void Host::take(const Topic& topic, Node& node, const Payload& payload) {
  switch (topic.verb) {
    case Verb::node_birth: return node_birth(topic, node, payload);
    case Verb::node_death: return node_death(node, payload);
    case Verb::device_birth: return device_birth(topic, node, payload);
    case Verb::node_data:
    case Verb::device_data: return data(topic, node, payload);
    case Verb::device_death: return device_death(topic, node, payload);
  }
}

void Host::node_birth(const Topic& topic, Node& node, const Payload& payload) {
  const auto bd_seq = bd_seq_of(payload);
  if (payload.seq != 0U || !bd_seq) return refuse(topic, "a birth needs seq 0 and the metric bdSeq");
  // Each is born after its node; who is not is told of with the first message behind the births.
  for (auto& [name, device] : node.devices) device = {.told_online = device.told_online};
  node.births_end = true;
  node.bd_seq = bd_seq;
  node.next_seq = 1;
  node.own = {};
  announce(topic, payload, node.own);
  note(node, Is::alive);
}

void Host::device_birth(const Topic& topic, Node& node, const Payload& payload) {
  if (!in_sequence(topic, node, payload)) return;
  Born& device = node.devices.try_emplace(std::string(topic.device)).first->second;
  device = {};
  announce(topic, payload, device);
}

/// Names, aliases and types, and the values that come with them.
void Host::announce(const Topic& topic, const Payload& payload, Born& into) {
  const auto name = name_of(topic);
  auto submission = submission_of(name);
  {
    Rows rows(index_, submission, name, clock_.now());
    rows.add_flag("online", true);
    std::size_t refused = 0, unread = 0;
    for (const auto& metric : payload.metrics) {
      if (!metric.name || metric.name->empty() || metric.name->size() > kMostName) {
        refused++;
        continue;
      }
      if (metric.alias) into.by_alias[*metric.alias] = {*metric.name, metric.datatype};
      into.types[*metric.name] = metric.datatype;
      if (!is_measured(*metric.name)) continue;
      unread += rows.add(*metric.name, metric, metric.datatype, payload.timestamp_ms) == Taken::kind;
    }
    if (refused > 0) refuse(topic, "metrics of a birth without a name, or with one over 256 bytes", refused);
    if (unread > 0) refuse(topic, kUnread, unread);
  }
  into.alive = into.told_online = true;
  sink_.submit(std::move(submission));
}

void Host::data(const Topic& topic, Node& node, const Payload& payload) {
  if (!in_sequence(topic, node, payload)) return;
  Born* born = &node.own;
  if (!topic.device.empty()) {
    const auto device = node.devices.find(topic.device);
    born = device == node.devices.end() ? nullptr : &device->second;
  }
  if (!born || !born->alive) {
    refuse(topic, "data of a device that was not born", payload.metrics.size());
    if (born && born->unread) return;
    return ask_rebirth(node, "data of a device that was not born");
  }
  const auto name = name_of(topic);
  auto submission = submission_of(name);
  std::size_t strangers = 0, unread = 0;
  {
    Rows rows(index_, submission, name, clock_.now());
    for (const auto& metric : payload.metrics) {
      Known known;
      if (metric.name && !metric.name->empty()) {
        const auto type = born->types.find(*metric.name);
        if (type != born->types.end()) known = {*metric.name, type->second};
      } else if (metric.alias) {
        const auto at = born->by_alias.find(*metric.alias);
        if (at != born->by_alias.end()) known = at->second;
      }
      if (known.name.empty()) {
        strangers++;
        continue;
      }
      if (!is_measured(known.name)) continue;
      const auto datatype = metric.datatype != 0 ? metric.datatype : known.datatype;
      unread += rows.add(known.name, metric, datatype, payload.timestamp_ms) == Taken::kind;
    }
  }
  if (!submission.batch.rows.empty()) sink_.submit(std::move(submission));
  if (unread > 0) refuse(topic, kUnread, unread);
  if (strangers == 0) return;
  refuse(topic, "metrics that no birth announced", strangers);
  ask_rebirth(node, "metrics that no birth announced");
}

/// Also after a gap: what the last birth began ends with it.
void Host::node_death(Node& node, const Payload& payload) {
  if (node.state.is == Is::dead || !node.bd_seq) return;
  if (bd_seq_of(payload) != node.bd_seq) return;  // the will of an earlier connection
  note(node, Is::dead);
  node.own = {};
  tell_online(node.state.name, false);
  for (auto& [device, born] : node.devices) {
    tell_gone(node.state.name + "/" + device, born);
    born = {};
  }
}

/// Out of sequence too: who is not dead is born again after the gap.
void Host::device_death(const Topic& topic, Node& node, const Payload& payload) {
  in_sequence(topic, node, payload);
  const auto device = node.devices.find(topic.device);
  if (device == node.devices.end()) return;
  tell_gone(name_of(topic), device->second);
  device->second = {};
}

/// Every message of node and devices has the next number; after a gap nothing of what follows can be trusted, as a
/// birth may be what is missing.
bool Host::in_sequence(const Topic& topic, Node& node, const Payload& payload) {
  if (!node.own.alive) {
    refuse(topic, "data without a birth", std::max<std::size_t>(1, payload.metrics.size()));
    if (!node.own.unread) ask_rebirth(node, "data without a birth");
    return false;
  }
  if (payload.seq == node.next_seq) {
    node.next_seq = static_cast<std::uint8_t>(node.next_seq + 1);
    if (topic.verb != Verb::device_birth) end_births(node);
    return true;
  }
  node.state.gaps++;
  node.own = {};
  for (auto& [name, device] : node.devices) device.alive = false;
  note(node, Is::unborn);
  refuse(topic, "a gap in the sequence numbers", std::max<std::size_t>(1, payload.metrics.size()));
  ask_rebirth(node, "a gap in the sequence numbers");
  return false;
}

void Host::ask_rebirth(Node& node, std::string_view why) {
  const std::int64_t now_ns = clock_.monotonic_ns();
  if (node.ever_asked && now_ns - node.asked_ns < kAskAgain) return;
  node.ever_asked = true;
  node.asked_ns = now_ns;
  node.state.rebirths++;
  log::info("an edge node is asked for a rebirth", {{"node", node.state.name}, {"why", why}});
  publisher_.publish(command_topic(node.state.name), rebirth_command(clock_.now().ms()), false, 0);
}

/// Of whom a death was missed, and no birth came: gone. Not told with the node's birth, as then each rebirth would be
/// an alarm for each device.
void Host::end_births(Node& node) {
  if (!std::exchange(node.births_end, false)) return;
  for (auto& [device, born] : node.devices) {
    if (!born.alive) tell_gone(node.state.name + "/" + device, born);
  }
}

void Host::tell_gone(const std::string& name, Born& born) {
  if (std::exchange(born.told_online, false)) tell_online(name, false);
}

/// Kept as a reading, so that it has an age and a history, and rules see it.
void Host::tell_online(const std::string& name, bool online) {
  auto submission = submission_of(name);
  {
    Rows rows(index_, submission, name, clock_.now());
    rows.add_flag("online", online);
  }
  sink_.submit(std::move(submission));
}

void Host::refuse(const Topic& topic, std::string_view why, std::size_t n) {
  probe_.reject("sparkplug", n, name_of(topic) + ": " + std::string(why), clock_.now());
}

void Host::note(Node& node, Is is) {
  if (node.state.is == is) return;
  node.state.is = is;
  node.state.since = clock_.now();
  if (is == Is::dead) log::warn("an edge node is gone", {{"node", node.state.name}});
  if (is == Is::alive) log::info("an edge node is born", {{"node", node.state.name}});
}

}  // namespace qala::sparkplug
