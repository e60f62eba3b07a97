#include "http/core.h"

#include "http/connection.h"

namespace qala::http {
namespace {

constexpr std::size_t kSpareBuffers = 8;
constexpr std::size_t kWorthKeeping = 32 * 1024;
constexpr std::size_t kTooLargeToKeep = 2 << 20;

}  // namespace

const std::string& Core::date() {
  if (const auto second = clock_.now().seconds(); second != date_second_) {
    date_second_ = second;
    date_ = http_date(second);
  }
  return date_;
}

std::string Core::take_buffer() {
  if (spare_.empty()) return {};
  auto buffer = std::move(spare_.back());
  spare_.pop_back();
  return buffer;
}

void Core::give_back(std::string buffer) {
  if (spare_.size() == kSpareBuffers || buffer.capacity() < kWorthKeeping || buffer.capacity() > kTooLargeToKeep)
    return;
  buffer.clear();
  spare_.push_back(std::move(buffer));
}

}  // namespace qala::http
