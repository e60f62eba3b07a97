#include "http/core.h"

#include "http/connection.h"

namespace qala::http {
namespace {

constexpr std::size_t kSpareBuffers = 8;
constexpr std::size_t kWorthKeeping = 32 * 1024;
constexpr std::size_t kTooLargeToKeep = 2 << 20;

}  // namespace

void BodyShare::drop() {
  if (core_) core_->body_bytes -= bytes_;
  bytes_ = 0;
}

bool BodyShare::hold(Core& core, std::uint64_t bytes) {
  constexpr std::uint64_t kAlwaysFits = 64 << 10;
  const auto others = core.body_bytes - bytes_;
  if (bytes > kAlwaysFits && bytes > bytes_ && others + bytes > core.options.body_memory) return false;
  core_ = &core;
  bytes_ = bytes;
  core.body_bytes = others + bytes;
  return true;
}

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
