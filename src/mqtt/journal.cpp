#include "mqtt/journal.h"

#include <utility>

#include "base/log.h"
#include "base/threads.h"

namespace qala::mqtt {

Journal::Journal(SessionStore& store, Worker& worker, Hooks hooks)
    : store_(&store), worker_(&worker), hooks_(std::move(hooks)) {}

Journal::Position Journal::append(Change change) {
  if (!enabled()) return {};
  pending_.push_back(std::move(change));
  live_++;
  return {gathering_, static_cast<std::uint32_t>(pending_.size() - 1)};
}

bool Journal::cancel(Position position) {
  if (position.batch != gathering_ || position.index >= pending_.size()) return false;
  auto& change = pending_[position.index];
  if (change.kind == Change::Kind::none) return false;
  change = Change();
  live_--;
  return true;
}

void Journal::flush() {
  if (in_flight_ || pending_.empty()) return;
  batch_ = std::make_shared<std::vector<Change>>(std::move(pending_));
  pending_.clear();
  gathering_++;
  in_flight_ = true;
  if (std::exchange(live_, 0) == 0) return hooks_.post([this] { finished(true); });
  write();
}

void Journal::write() {
  worker_->post([this, batch = batch_] {
    const auto result = store_->apply(*batch);
    if (!result) log::error("mqtt sessions not written", {{"reason", result.error().message}});
    hooks_.post([this, good = result.has_value()] { finished(good); });
  });
}

void Journal::finished(bool good) {
  if (!good) {
    hooks_.failed();
    return hooks_.retry([this] { write(); });
  }
  in_flight_ = false;
  batch_.reset();
  committed_ = gathering_ - 1;
  hooks_.committed();
  flush();
}

}  // namespace qala::mqtt
