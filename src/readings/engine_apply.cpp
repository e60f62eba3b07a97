#include "base/assert.h"
#include "base/log.h"
#include "readings/engine.h"

namespace qala::readings {

/// A reading newer than all of its datastream, which may leave places for those it overtook.
bool Engine::append_plain(Head& head, const Observation& row, std::string_view text) {
  if (head.bound != Head::kNever) {
    const std::uint32_t left = heads_.places.pass(row.datastream, head.pace, head.bound, row.time, head.plain_next);
    if (left != 0) {
      active_->skip_ordinals(row.datastream, left);
      for (std::uint32_t i = 0; i < left; i++) ids_.grant(row.datastream, head.plain_next++);
    }
  }
  return active_->append(row, text, head.plain_next);
}

std::uint64_t Engine::odd_ordinal(Head& head, const Observation& row) {
  if (row.time < head.bound) {
    if (const auto kept = heads_.places.fill(row.datastream, head.pace, row.time)) return *kept;
  }
  const std::uint64_t ordinal = kOddOrdinal + head.odd_next++;
  ids_.grant(row.datastream, ordinal);
  return ordinal;
}

void Engine::apply_row(const Batch& batch, const Observation& row, const Extra* extra) {
  if (row.datastream.value >= heads_.rows.size()) heads_.rows.resize(row.datastream.value + 1);
  Head& head = heads_.rows[row.datastream.value];
  const std::string_view text = has_text(row.type) ? batch.text_of(row.bits) : std::string_view();
  if (row.time > head.bound && extra == nullptr && append_plain(head, row, text)) {
    ids_.grant(row.datastream, head.plain_next++);
  } else {
    const std::uint64_t ordinal = odd_ordinal(head, row);
    const auto parameters = extra != nullptr ? batch.text_of(extra->parameters.bits()) : std::string_view();
    active_->insert_odd(row, text, ordinal, extra, parameters);
  }
  if (row.time > head.bound) head.bound = row.time;
  if (head.pending < head.bound) head.pending = head.bound;
  if ((row.flags & flag::corrected) == 0)
    observations_.store(observations_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  if (row.time < head.time) return;
  if (has_text(row.type)) {
    heads_.texts[row.datastream.value] = text;
  } else if (has_text(head.type)) {
    heads_.texts.erase(row.datastream.value);
  }
  head.time = row.time;
  head.bits = row.bits;
  head.flags = row.flags;
  head.type = row.type;
  head.scale = row.scale;
}

/// Into memory, after the log has it. Under the memory lock, or before anybody else sees the store.
void Engine::apply(const Batch& batch) {
  auto extra = batch.extras.begin();
  static constexpr std::uint32_t kNear = 6, kFar = 12;  // rows ahead
  const auto rows = static_cast<std::uint32_t>(batch.rows.size());
  for (std::uint32_t i = 0; i < rows; i++) {
    if (i + kFar < rows) active_->prefetch_series(batch.rows[i + kFar].datastream);
    if (i + kNear < rows) active_->prefetch_row(batch.rows[i + kNear].datastream);
    while (extra != batch.extras.end() && extra->row < i) ++extra;
    const bool has_extra = extra != batch.extras.end() && extra->row == i;
    apply_row(batch, batch.rows[i], has_extra ? &*extra : nullptr);
  }
}

bool Engine::wants_freeze() const {
  const std::shared_lock lock(memory_);
  if (frozen_ != nullptr) return false;
  return active_->rows() >= options_.flush_rows || active_->bytes() >= options_.memory_limit / 4;
}

/// Hands the memory table on to be flushed and goes on with an empty one. Under writer_; frozen_ must be null.
void Engine::freeze() {
  auto frozen = std::make_shared<Frozen>();
  auto fresh = std::make_shared<MemoryTable>(slabs_);
  fresh->reserve_ids(active_->end_id());
  frozen->sequence = active_sequence_;
  frozen->heads = heads_;
  frozen->owners.assign(ids_.owners().begin(), ids_.owners().end());
  frozen->table = active_;
  {
    const std::unique_lock lock(memory_);
    QALA_ASSERT(frozen_ == nullptr, "what was handed on before is in files");
    frozen->observations = observations_;
    taken_off_ = 0;
    active_ = std::move(fresh);
    frozen_ = std::move(frozen);
  }
  flush_wanted_ = true;
  wake();
}

/// Lets go of log rows that are in files and that nobody needs any more. Under writer_.
void Engine::drop_log() {
  const std::uint64_t until = std::min<std::uint64_t>(flushed_, released_);
  if (until < log_->first_sequence() || log_->first_sequence() == 0) return;
  {
    const std::lock_guard lock(manifest_lock_);
    if (backups_ != 0) return;
  }
  if (auto dropped = log_->drop_until(until, hidden_->erasing.empty()); !dropped)
    log::warn("log not shortened", {{"why", dropped.error().message}});
}

void Engine::release(std::uint64_t sequence) {
  const std::lock_guard writer(writer_);
  released_ = std::max(released_, sequence);
  drop_log();
  if (!log_->ahead_ready()) {
    if (auto ready = log_->prepare_ahead(); !ready)
      log::warn("next log file not ready", {{"why", ready.error().message}});
  }
}

Result<> Engine::replay(std::uint64_t after_sequence, const Replay& each) {
  const std::lock_guard writer(writer_);
  const std::uint64_t first = log_->first_sequence();
  if (after_sequence < last_sequence_ && (first == 0 || first > after_sequence + 1)) {
    return fail(ErrorKind::invalid, "the readings' log begins at row " + std::to_string(first) + "; rows after " +
                                        std::to_string(after_sequence) + " are asked for");
  }
  Batch batch;
  std::string attachment;
  return log_->read_after(after_sequence, [&](std::uint64_t sequence, std::span<const std::byte> row) -> Result<> {
    TRY_VOID(decode_row(row, batch, attachment));
    return each(sequence, batch, attachment);
  });
}

}  // namespace qala::readings
