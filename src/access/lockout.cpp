#include "access/lockout.h"

#include <algorithm>

#include <arpa/inet.h>

namespace qala::access {

namespace {

constexpr std::chrono::hours kForget{24};

}  // namespace

std::string place_of(std::string_view peer) {
  std::string host(peer);
  if (host.starts_with('[')) {
    host = host.substr(1, host.find(']') - 1);
  } else if (std::ranges::count(host, ':') == 1) {
    host.resize(host.find(':'));
  }
  in6_addr v6;
  if (inet_pton(AF_INET6, host.c_str(), &v6) != 1) return host;
  char text[INET6_ADDRSTRLEN] = {};
  if (IN6_IS_ADDR_V4MAPPED(&v6)) return inet_ntop(AF_INET, &v6.s6_addr[12], text, sizeof text);
  std::fill_n(v6.s6_addr + 8, 8, std::uint8_t{0});
  return std::string(inet_ntop(AF_INET6, &v6, text, sizeof text)) + "/64";
}

std::chrono::seconds Lockout::delay_after(std::uint32_t failures) const {
  if (failures < free_) return std::chrono::seconds(0);
  const std::uint32_t doublings = std::min<std::uint32_t>(failures - free_, 20);
  return std::min<std::chrono::seconds>(first_ * (std::int64_t{1} << doublings), longest_);
}

std::chrono::seconds Lockout::wait(const Digest& who, Instant now) const {
  const auto found = rows_.find(who);
  if (found == rows_.end()) return std::chrono::seconds(0);
  const Row& row = found->second;
  // a clock that was set back must not lock anybody out for longer than the delay itself
  const Duration since = std::max(Duration(0), now - row.last);
  if (since > kForget) return std::chrono::seconds(0);
  const Duration left = delay_after(row.failures) - since;
  return left <= Duration(0) ? std::chrono::seconds(0) : std::chrono::ceil<std::chrono::seconds>(left);
}

Lockout::Row Lockout::fail(const Digest& who, UserId user, Instant now) {
  Row& row = rows_[who];
  if (now - row.last > kForget) row.failures = 0;
  row = {.who = who, .failures = row.failures + 1, .last = now, .user = user};
  return row;
}

std::vector<Digest> Lockout::forgive(UserId user) {
  std::vector<Digest> gone;
  for (const auto& [who, row] : rows_)
    if (row.user == user) gone.push_back(who);
  for (const Digest& who : gone) rows_.erase(who);
  return gone;
}

std::vector<std::pair<UserId, std::chrono::seconds>> Lockout::waiting(Instant now) const {
  std::vector<std::pair<UserId, std::chrono::seconds>> all;
  for (const auto& [who, row] : rows_) {
    const auto left = row.user ? wait(who, now) : std::chrono::seconds(0);
    if (left.count() == 0) continue;
    const auto known = std::ranges::find(all, row.user, &std::pair<UserId, std::chrono::seconds>::first);
    if (known == all.end()) all.emplace_back(row.user, left);
    else known->second = std::max(known->second, left);
  }
  return all;
}

void Lockout::take_back(const Digest& who) {
  const auto found = rows_.find(who);
  if (found == rows_.end()) return;
  if (--found->second.failures == 0) rows_.erase(found);
}

std::vector<Digest> Lockout::prune(Instant now) {
  std::vector<Digest> gone;
  std::vector<Row> kept;
  for (const auto& [who, row] : rows_) {
    if (now - row.last > kForget) gone.push_back(who);
    else kept.push_back(row);
  }
  if (kept.size() > kMost) {
    std::ranges::sort(kept, [](const Row& a, const Row& b) {
      return a.failures != b.failures ? a.failures > b.failures : a.last > b.last;
    });
    for (std::size_t at = kMost; at < kept.size(); at++) gone.push_back(kept[at].who);
  }
  for (const Digest& who : gone) rows_.erase(who);
  return gone;
}

}  // namespace qala::access
