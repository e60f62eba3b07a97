#pragma once

#include <cstdint>
#include <vector>

namespace qala::registry {

/// Which members belong to which owner (datastreams to things, children to parents): chains through one number per
/// member, highest id first, so that adding the newest is one step. Owner 0 is nobody. Not thread-safe.
class Groups {
 public:
  void add(std::uint32_t owner, std::uint32_t member) {
    if (owner == 0) return;
    if (owner >= first_.size()) first_.resize(owner + 1 + owner / 4, 0);
    if (member >= next_.size()) next_.resize(member + 1 + member / 4, 0);
    std::uint32_t* at = &first_[owner];
    while (*at > member) at = &next_[*at];
    if (*at == member) return;
    next_[member] = *at;
    *at = member;
  }

  void remove(std::uint32_t owner, std::uint32_t member) {
    if (owner == 0 || owner >= first_.size()) return;
    std::uint32_t* at = &first_[owner];
    while (*at > member) at = &next_[*at];
    if (*at != member) return;
    *at = next_[member];
    next_[member] = 0;
  }

  /// By ascending id.
  template <class Id>
  std::vector<Id> members(std::uint32_t owner) const {
    std::vector<Id> ids;
    if (owner >= first_.size()) return ids;
    for (std::uint32_t at = first_[owner]; at != 0; at = next_[at]) ids.push_back(Id(at));
    return {ids.rbegin(), ids.rend()};
  }

 private:
  std::vector<std::uint32_t> first_, next_;
};

}  // namespace qala::registry
