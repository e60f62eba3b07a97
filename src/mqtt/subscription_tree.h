#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "mqtt/session.h"

namespace qala::mqtt {

/// One subscriber at one filter.
struct Subscriber {
  Session* session = nullptr;
  SubscribeOptions options;
  std::uint32_t identifier = 0;
};

/// Who wants which topics: a tree by topic levels, wildcards as branches. Filters are valid ones; those of a shared
/// subscription come with the group's name. Network thread.
class SubscriptionTree {
 public:
  SubscriptionTree();
  ~SubscriptionTree();

  void put(std::string_view filter, std::string_view group, const Subscriber& subscriber);
  void remove(std::string_view filter, std::string_view group, const Session* session);
  /// From any thread.
  std::size_t size() const { return size_; }

  /// How many of them are for SensorThings' topics ("v1.1/…"). From any thread.
  std::size_t sensorthings() const { return sensorthings_; }
  /// The filters of SensorThings' topics that somebody has, without wildcards.
  std::vector<std::string> sensorthings_filters() const;

  /// Appends all who want the topic; of each shared group one, in turn, connected ones first. A session may come more
  /// than once.
  void match(std::string_view topic, std::vector<Subscriber>& out);

 private:
  struct Node;
  struct Group;
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Children = std::unordered_map<std::string, std::unique_ptr<Node>, TextHash, std::equal_to<>>;

  static void list_below(const Node& node, const std::string& filter, std::vector<std::string>& out);
  static void collect(Node& node, std::vector<Subscriber>& out);
  static void descend(Node& node, std::string_view rest, bool more, bool wildcards, std::vector<Subscriber>& out);
  bool remove_below(Node& node, std::string_view rest, bool more, std::string_view group, const Session* session);

  std::unique_ptr<Node> root_;
  std::atomic<std::size_t> size_ = 0, sensorthings_ = 0;
};

}  // namespace qala::mqtt
