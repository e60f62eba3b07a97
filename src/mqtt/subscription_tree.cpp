#include "mqtt/subscription_tree.h"

#include <algorithm>

namespace qala::mqtt {

struct SubscriptionTree::Group {
  std::string name;
  std::vector<Subscriber> members;
  std::size_t turn = 0;
};

struct SubscriptionTree::Node {
  std::vector<Subscriber> subscribers;
  std::vector<Group> groups;
  Children children;  // by level, without the wildcards
  std::unique_ptr<Node> any, rest;
  bool unused() const { return subscribers.empty() && groups.empty() && children.empty() && !any && !rest; }
};

namespace {

constexpr std::string_view kSensorThings = "v1.1/";

/// Splits the first level off; `more` says whether another follows.
std::string_view take_level(std::string_view& rest, bool& more) {
  const auto slash = rest.find('/');
  const auto level = rest.substr(0, slash);
  more = slash != std::string_view::npos;
  rest = more ? rest.substr(slash + 1) : std::string_view();
  return level;
}

auto find_session(std::vector<Subscriber>& list, const Session* session) {
  return std::ranges::find(list, session, &Subscriber::session);
}

}  // namespace

SubscriptionTree::SubscriptionTree() : root_(std::make_unique<Node>()) {}
SubscriptionTree::~SubscriptionTree() = default;

void SubscriptionTree::put(std::string_view filter, std::string_view group, const Subscriber& subscriber) {
  const bool sensorthings = filter.starts_with(kSensorThings);
  Node* node = root_.get();
  for (bool more = true; more;) {
    const auto level = take_level(filter, more);
    auto& next = level == "+" ? node->any : level == "#" ? node->rest : node->children[std::string(level)];
    if (!next) next = std::make_unique<Node>();
    node = next.get();
  }
  auto* list = &node->subscribers;
  if (!group.empty()) {
    auto found = std::ranges::find(node->groups, group, &Group::name);
    if (found == node->groups.end()) found = node->groups.insert(found, Group{std::string(group), {}, 0});
    list = &found->members;
  }
  if (const auto old = find_session(*list, subscriber.session); old != list->end()) {
    *old = subscriber;
    return;
  }
  list->push_back(subscriber);
  size_++;
  if (sensorthings) sensorthings_++;
}

void SubscriptionTree::remove(std::string_view filter, std::string_view group, const Session* session) {
  const std::size_t before = size_;
  remove_below(*root_, filter, true, group, session);
  if (filter.starts_with(kSensorThings)) sensorthings_ -= before - size_;
}

void SubscriptionTree::list_below(const Node& node, const std::string& filter, std::vector<std::string>& out) {
  if (!node.subscribers.empty() || !node.groups.empty()) out.push_back(filter);
  for (const auto& [level, next] : node.children) list_below(*next, filter + "/" + level, out);
}

std::vector<std::string> SubscriptionTree::sensorthings_filters() const {
  std::vector<std::string> out;
  const auto found = root_->children.find(kSensorThings.substr(0, kSensorThings.size() - 1));
  if (found != root_->children.end()) list_below(*found->second, found->first, out);
  return out;
}

bool SubscriptionTree::remove_below(Node& node, std::string_view rest, bool more, std::string_view group,
                                    const Session* session) {
  if (!more) {
    if (group.empty()) {
      size_ -= std::erase_if(node.subscribers, [&](const auto& s) { return s.session == session; });
    } else if (const auto found = std::ranges::find(node.groups, group, &Group::name); found != node.groups.end()) {
      size_ -= std::erase_if(found->members, [&](const auto& s) { return s.session == session; });
      if (found->members.empty()) node.groups.erase(found);
    }
    return node.unused();
  }
  const auto level = take_level(rest, more);
  if (level == "+" || level == "#") {
    auto& branch = level == "+" ? node.any : node.rest;
    if (branch && remove_below(*branch, rest, more, group, session)) branch.reset();
    return node.unused();
  }
  const auto found = node.children.find(level);
  if (found == node.children.end()) return false;
  if (remove_below(*found->second, rest, more, group, session)) node.children.erase(found);
  return node.unused();
}

void SubscriptionTree::match(std::string_view topic, std::vector<Subscriber>& out) {
  descend(*root_, topic, true, !topic.starts_with('$') && !topic.starts_with('\x01'), out);
}

void SubscriptionTree::descend(Node& node, std::string_view rest, bool more, bool wildcards,
                               std::vector<Subscriber>& out) {
  if (node.rest && wildcards) collect(*node.rest, out);  // "a/#" covers "a" too
  if (!more) return collect(node, out);
  const auto level = take_level(rest, more);
  if (node.any && wildcards) descend(*node.any, rest, more, true, out);
  if (const auto found = node.children.find(level); found != node.children.end()) {
    descend(*found->second, rest, more, true, out);
  }
}

void SubscriptionTree::collect(Node& node, std::vector<Subscriber>& out) {
  out.insert(out.end(), node.subscribers.begin(), node.subscribers.end());
  for (auto& group : node.groups) {
    const auto count = group.members.size();
    std::size_t chosen = group.turn % count;
    for (std::size_t i = 0; i < count; i++) {
      const auto at = (group.turn + i) % count;
      if (group.members[at].session->connection) {
        chosen = at;
        break;
      }
    }
    group.turn = chosen + 1;
    out.push_back(group.members[chosen]);
  }
}

}  // namespace qala::mqtt
