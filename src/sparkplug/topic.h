#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace qala::sparkplug {

constexpr std::string_view kNamespace = "spBv1.0/";

enum class Verb : std::uint8_t { node_birth, node_data, node_death, device_birth, device_data, device_death };

/// spBv1.0/GROUP/VERB/NODE[/DEVICE]
struct Topic {
  Verb verb = Verb::node_data;
  std::string_view group = {}, node = {}, device = {};  ///< device: empty for what is the node's own
};

/// None: not a message of an edge node. Pure.
std::optional<Topic> parse_topic(std::string_view topic);
/// "GROUP/NODE", "GROUP/NODE/DEVICE": the key of the thing.
std::string name_of(const Topic& topic);
std::string state_topic(std::string_view host);
std::string command_topic(std::string_view node_name);  ///< of "GROUP/NODE"
/// May be a level of a topic: not empty, no / + #.
bool is_level(std::string_view text);

}  // namespace qala::sparkplug
