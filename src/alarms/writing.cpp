// What the journal gets, in steps that do not hold up the writer.
#include "alarms/engine_impl.h"

namespace qala::alarms {

Result<> Engine::apply() {
  for (;;) {
    TRY(const bool more, apply_some());
    if (!more) return {};
  }
}

Result<bool> Engine::apply_some() {
  if (!journal_) {
    ledger_.saved();
    unsaved_pending_.clear();
    return false;
  }
  if (!writing_.parts.empty()) {
    TRY_VOID(continue_large());
    return !writing_.parts.empty() || ledger_.unsaved().size() > 0;
  }
  const std::size_t rows = ledger_.unsaved().size() + unsaved_pending_.size();
  if (rows == 0 && sequence_ == position_.sequence && position_.clock_ns != 0) return false;
  if (rows > kMostAtOnce) {
    begin_large();
    return true;
  }
  TRY_VOID(write_all([this](const Part& part, const Position& position) { return journal_->write(part, position); }));
  return false;
}

Part Engine::unsaved_part() const {
  Part part;
  for (const auto& [id, alarm] : ledger_.unsaved().alarms) part.alarms.push_back(alarm);
  part.steps = ledger_.unsaved().steps;
  part.pending.reserve(unsaved_pending_.size());
  for (const std::uint64_t key : unsaved_pending_) {
    const DatastreamId id(static_cast<std::uint32_t>(key >> 24));
    const auto at = pending_.find(key);
    part.pending.push_back({id, table_.key_of(static_cast<std::uint32_t>(key & 0xffffff)), at == pending_.end(),
                            at == pending_.end() ? Pending() : at->second});
  }
  return part;
}

/// All that is unsaved, in one transaction. On failure everything is kept.
Result<> Engine::write_all(const Write& write) {
  ledger_.settle_notes();
  const Part part = unsaved_part();
  const Position position = reached();
  if (auto written = write(part, position); !written) {
    probe_.apply_failures++;
    return std::move(written).context("writing alarms");
  }
  probe_.applies++;
  probe_.largest_write = std::max<std::uint64_t>(probe_.largest_write, part.size());
  position_ = position;
  ledger_.saved();
  unsaved_pending_.clear();
  return {};
}

/// What is unsaved now, cut into parts. What changes from here on comes with the next write.
void Engine::begin_large() {
  ledger_.settle_notes();
  Part all = unsaved_part();
  writing_ = {};
  writing_.position = reached();
  const auto room = [this] {
    if (writing_.parts.empty() || writing_.parts.back().size() == kMostAtOnce) writing_.parts.emplace_back();
    return &writing_.parts.back();
  };
  for (auto& alarm : all.alarms) room()->alarms.push_back(std::move(alarm));
  for (auto& step : all.steps) room()->steps.push_back(std::move(step));
  for (auto& change : all.pending) room()->pending.push_back(std::move(change));
  ledger_.saved();
  unsaved_pending_.clear();
}

Result<> Engine::continue_large() {
  const auto one_step = [this]() -> Result<> {
    if (writing_.staged < writing_.parts.size())
      return journal_->stage(writing_.staged, writing_.parts[writing_.staged]);
    if (!writing_.committed) return journal_->commit_staged(writing_.position);
    return journal_->spread(writing_.spread, writing_.parts[writing_.spread]);
  };
  if (auto done = one_step(); !done) {
    probe_.apply_failures++;
    return std::move(done).context("writing many alarms");
  }
  probe_.applies++;
  if (writing_.staged < writing_.parts.size()) {
    probe_.largest_write = std::max<std::uint64_t>(probe_.largest_write, writing_.parts[writing_.staged++].size());
  } else if (!writing_.committed) {
    writing_.committed = true;
    position_ = writing_.position;
  } else if (++writing_.spread == writing_.parts.size()) {
    writing_ = {};
  }
  return {};
}

}  // namespace qala::alarms
