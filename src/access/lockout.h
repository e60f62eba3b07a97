#pragma once

#include <chrono>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "access/secrets.h"
#include "base/ids.h"
#include "base/time.h"

namespace qala::access {

/// The part of a peer's address that counts as one place: an IPv4 address, or the /64 of an IPv6 address (a household
/// has all of it). Without the port.
std::string place_of(std::string_view peer);

/// Slows down guessing: from the fifth failure in a row of one (user, place), each further try must wait 2 s, 4 s ...
/// up to 15 minutes (the three as set_rules() says). Only that pair: others sign in as that user from elsewhere, and as
/// other users from there, as before. A day without a try forgets. Not thread-safe.
class Lockout {
 public:
  struct Row {
    Digest who = {};  ///< of user and place; the name itself may be a mistyped password
    std::uint32_t failures = 0;
    Instant last = {};
    UserId user = {};  ///< none: there is no such user
  };

  void set_rules(std::uint32_t free, std::chrono::seconds first, std::chrono::seconds longest) {
    free_ = free, first_ = first, longest_ = longest;
  }
  std::uint32_t free_failures() const { return free_; }
  /// How long this pair has to wait; 0 if it may try now.
  std::chrono::seconds wait(const Digest& who, Instant now) const;
  /// A try begins and counts as failed until forgive().
  Row fail(const Digest& who, UserId user, Instant now);
  void forgive(const Digest& who) { rows_.erase(who); }
  /// This try was no failure, but the ones before stay: the person has yet to show something else.
  void take_back(const Digest& who);
  const Row* find(const Digest& who) const {
    const auto found = rows_.find(who);
    return found == rows_.end() ? nullptr : &found->second;
  }
  /// Everything about this user; gives what was dropped.
  std::vector<Digest> forgive(UserId user);
  /// Users who have to wait somewhere, with the longest wait.
  std::vector<std::pair<UserId, std::chrono::seconds>> waiting(Instant now) const;
  void restore(const Row& row) { rows_[row.who] = row; }
  /// Drops what is forgotten, and the weakest rows above the limit; gives what was dropped.
  std::vector<Digest> prune(Instant now);
  std::size_t size() const { return rows_.size(); }

  static constexpr std::size_t kMost = 20'000;

 private:
  std::chrono::seconds delay_after(std::uint32_t failures) const;

  std::uint32_t free_ = 5;
  std::chrono::seconds first_{2}, longest_{900};
  std::unordered_map<Digest, Row, DigestHash> rows_;
};

}  // namespace qala::access
