#include "video/newest.h"

#include <iterator>
#include <utility>

namespace qala::video {

bool Newest::push(media::Sample sample, Instant at) {
  if (!sample.key && !has_key_ && !goes_on_) return false;
  serial_++;
  if (sample.key) {
    key_ = samples_.size();
    has_key_ = true;
  }
  bytes_ += sample.data.size();
  samples_.push_back(std::move(sample));
  times_.push_back(at);
  if (bytes_ <= kMostBytes && samples_.size() <= kMostFrames) return true;
  clear();
  return false;
}

void Newest::clear() {
  samples_.clear();
  times_.clear();
  key_ = bytes_ = 0;
  has_key_ = goes_on_ = false;
}

void Newest::go_on_without_key() {
  clear();
  goes_on_ = true;
}

std::vector<media::Sample> Newest::cut(std::size_t end) {
  std::vector<media::Sample> out(std::make_move_iterator(samples_.begin()),
                                 std::make_move_iterator(samples_.begin() + static_cast<std::ptrdiff_t>(end)));
  samples_.erase(samples_.begin(), samples_.begin() + static_cast<std::ptrdiff_t>(end));
  times_.erase(times_.begin(), times_.begin() + static_cast<std::ptrdiff_t>(end));
  key_ = key_ >= end ? key_ - end : 0;
  for (const media::Sample& sample : out) bytes_ -= sample.data.size();
  return out;
}

}  // namespace qala::video
