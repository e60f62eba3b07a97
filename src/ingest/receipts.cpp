#include "ingest/receipts.h"

#include <cstring>
#include <filesystem>
#include <span>

#include "base/crc32c.h"
#include "base/file.h"

namespace qala::ingest {

namespace {

constexpr char kMagic[8] = {'Q', 'A', 'L', 'A', 'R', 'C', 'P', '1'};

template <class T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T>
T get(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

}  // namespace

ReceiptBook::Seen ReceiptBook::seen(const Receipt& receipt, Instant now, Instant since) const {
  const auto found = book_.find(receipt.high);
  if (found == book_.end() || now.ns - found->second.time > kLife || found->second.time < since.ns) return Seen::no;
  return found->second.low == receipt.low ? Seen::same : Seen::other_payload;
}

void ReceiptBook::add(const Receipt& receipt, Instant now) {
  book_[receipt.high] = {receipt.low, now.ns};
  order_.emplace_back(receipt.high, now.ns);
  while (order_.size() > kCapacity || (!order_.empty() && now.ns - order_.front().second > kLife)) {
    const auto [high, time] = order_.front();
    order_.pop_front();
    const auto found = book_.find(high);
    if (found != book_.end() && found->second.time == time) book_.erase(found);
  }
}

std::string ReceiptBook::encode(const std::vector<Receipt>& receipts, Instant now) {
  std::string out;
  if (receipts.empty()) return out;
  out.reserve(8 + receipts.size() * 16);
  put(out, now.ns);
  for (const auto& receipt : receipts) {
    put(out, receipt.high);
    put(out, receipt.low);
  }
  return out;
}

Result<> ReceiptBook::decode(std::string_view attachment) {
  if (attachment.empty()) return {};
  if (attachment.size() < 8 || (attachment.size() - 8) % 16 != 0) {
    return fail(ErrorKind::corrupt, "receipts of a log row have an odd length");
  }
  const Instant time{get<std::int64_t>(attachment.data())};
  for (std::size_t at = 8; at < attachment.size(); at += 16) {
    add({get<std::uint64_t>(attachment.data() + at), get<std::uint64_t>(attachment.data() + at + 8)}, time);
  }
  return {};
}

// Snapshot: magic 8, sequence u64, count u64, count x (high u64, low u64, time i64), crc32c u32 of all before.
Result<> ReceiptBook::save(const std::string& path, std::uint64_t sequence) const {
  std::string out(kMagic, sizeof kMagic);
  put(out, sequence);
  std::string rows;
  std::uint64_t count = 0;
  for (const auto& [high, time] : order_) {
    const auto found = book_.find(high);
    if (found == book_.end() || found->second.time != time) continue;
    put(rows, high);
    put(rows, found->second.low);
    put(rows, time);
    count++;
  }
  put(out, count);
  out += rows;
  put(out, crc32c(std::as_bytes(std::span(out))));
  return write_file_atomically(path, std::as_bytes(std::span(out)));
}

Result<std::uint64_t> ReceiptBook::load(const std::string& path) {
  if (!std::filesystem::exists(path)) return std::uint64_t{0};
  TRY(const auto bytes, read_file(path));
  const auto* at = reinterpret_cast<const char*>(bytes.data());
  const auto bad =
      fail(ErrorKind::corrupt, path + " is damaged: remove it (resends of the last day may be stored twice)");
  if (bytes.size() < 28 || std::memcmp(at, kMagic, sizeof kMagic) != 0) return bad;
  const auto body = std::span(bytes).first(bytes.size() - 4);
  if (crc32c(body) != get<std::uint32_t>(at + body.size())) return bad;
  const auto sequence = get<std::uint64_t>(at + 8);
  const auto count = get<std::uint64_t>(at + 16);
  if (body.size() != 24 + count * 24) return bad;
  for (std::uint64_t i = 0; i < count; i++) {
    const char* row = at + 24 + i * 24;
    add({get<std::uint64_t>(row), get<std::uint64_t>(row + 8)}, Instant{get<std::int64_t>(row + 16)});
  }
  return sequence;
}

}  // namespace qala::ingest
