#include "sparkplug/topic.h"

#include <algorithm>
#include <array>

namespace qala::sparkplug {

namespace {

constexpr std::array<std::string_view, 6> kVerbs = {"NBIRTH", "NDATA", "NDEATH", "DBIRTH", "DDATA", "DDEATH"};

std::string_view next_level(std::string_view& rest) {
  const auto slash = rest.find('/');
  const auto level = rest.substr(0, slash);
  rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  return level;
}

}  // namespace

bool is_level(std::string_view text) { return !text.empty() && text.find_first_of("/+#") == std::string_view::npos; }

std::optional<Topic> parse_topic(std::string_view topic) {
  if (!topic.starts_with(kNamespace)) return std::nullopt;
  topic.remove_prefix(kNamespace.size());
  Topic out;
  out.group = next_level(topic);
  const auto verb = std::ranges::find(kVerbs, next_level(topic));
  if (verb == kVerbs.end()) return std::nullopt;
  out.verb = static_cast<Verb>(verb - kVerbs.begin());
  const bool of_device = out.verb >= Verb::device_birth;
  if (of_device) {
    out.node = next_level(topic);
    out.device = topic;
  } else {
    out.node = topic;
  }
  const bool fine = is_level(out.group) && is_level(out.node) && (!of_device || is_level(out.device));
  return fine ? std::optional(out) : std::nullopt;
}

std::string name_of(const Topic& topic) {
  std::string out(topic.group);
  out.append("/").append(topic.node);
  if (!topic.device.empty()) out.append("/").append(topic.device);
  return out;
}

std::string state_topic(std::string_view host) { return std::string(kNamespace) + "STATE/" + std::string(host); }

std::string command_topic(std::string_view node_name) {
  const auto slash = node_name.find('/');
  return std::string(kNamespace) + std::string(node_name.substr(0, slash)) + "/NCMD/" +
         std::string(node_name.substr(slash + 1));
}

}  // namespace qala::sparkplug
