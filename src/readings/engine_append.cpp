#include <algorithm>

#include "base/ids.h"
#include "readings/engine.h"
#include "readings/varint.h"

namespace qala::readings {

namespace {

Value value_of(const Batch& batch, const Observation& row) {
  return {row.type, row.scale, row.bits, has_text(row.type) ? batch.text_of(row.bits) : std::string_view()};
}

/// The batch and row of row `number` of all batches.
std::pair<const Batch*, const Observation*> row_at(std::span<const Batch* const> batches, std::uint32_t number) {
  for (const Batch* batch : batches) {
    if (number < batch->rows.size()) return {batch, &batch->rows[number]};
    number -= static_cast<std::uint32_t>(batch->rows.size());
  }
  return {};
}

}  // namespace

/// Waits while memory is full of readings that are still being written into files. `full` or what ails the disk if
/// that does not get on.
Result<> Engine::wait_for_room() {
  if (!options_.background) {
    const std::lock_guard work(work_);
    if (flush_wanted_) (void)flush();  // said in flush_error_, counts below
  }
  std::unique_lock lock(wake_lock_);
  for (;;) {
    {
      const std::shared_lock memory(memory_);
      const bool crowded = frozen_ != nullptr && (active_->rows() >= 2 * options_.flush_rows ||
                                                  active_->bytes() >= options_.memory_limit / 2);
      if (!crowded) return {};
      if (!flush_error_.empty()) return fail(flush_error_kind_, flush_error_);
    }
    room_.wait(lock);
  }
}

void Engine::make_heads(DatastreamId datastream) {
  const std::unique_lock lock(memory_);
  heads_.rows.resize(std::max<std::size_t>(datastream.value + 1, heads_.rows.size() * 3 / 2));
}

/// Fills the index with the rows before `number`.
void Engine::index_rows(std::span<const Batch* const> batches, std::uint32_t number) {
  index_.start(outcomes_.size());
  std::uint32_t at = 0;
  for (const Batch* batch : batches) {
    for (const Observation& row : batch->rows) {
      if (at == number) return;
      index_.put(row.datastream, row.time, at++);
    }
  }
}

/// Whether what memory and (within the budget) files hold at that time is `value`; nothing if they hold nothing.
/// `unknown`: nothing was found, and not all was looked at.
std::optional<bool> Engine::has_value(DatastreamId datastream, std::int64_t time, const Value& value, bool& unknown) {
  const auto compared = [&value](const std::optional<Value>& there) {
    return there ? std::optional(same_value(*there, value)) : std::nullopt;
  };
  // Only the writer changes active_, and this is the writer.
  if (const auto same = compared(active_->find(datastream, time))) return same;
  // Compared under the lock: once a flush ends, the table goes and the text of the value with it.
  const std::shared_lock lock(memory_);
  if (frozen_ != nullptr) {
    if (const auto same = compared(frozen_->table->find(datastream, time))) return same;
  }
  if (time >= tail_from_ && tail_ != nullptr) return compared(tail_->find(datastream, time));
  const auto same = compared(lookups_.find(*files_, *hidden_, datastream, time));
  unknown = !same && lookups_.gave_up();
  return same;
}

/// A row whose time is not after all others of its datastream.
Outcome Engine::decide_late(std::span<const Batch* const> batches, const Batch& batch, const Observation& row) {
  if (const auto* erased = hidden_->erased_of(row.datastream); erased != nullptr && erased->contains(row.time)) {
    return Outcome::duplicate;
  }
  std::optional<bool> same;
  bool unknown = false;
  if (const std::uint32_t earlier = index_.find(row.datastream, row.time); earlier != BatchIndex::kNone) {
    const auto [other, at] = row_at(batches, earlier);
    same = same_value(value_of(*other, *at), value_of(batch, row));
  } else {
    same = has_value(row.datastream, row.time, value_of(batch, row), unknown);
  }
  if (same) return *same ? Outcome::duplicate : Outcome::corrected;
  const std::int64_t newest = heads_.rows[row.datastream.value].pending;
  return unknown || wrap_sub(newest, row.time) > options_.memory_window ? Outcome::late : Outcome::stored;
}

/// Decides what becomes of each row; true if any is not simply new and in order. Changes only Head::pending.
bool Engine::decide(std::span<const Batch* const> batches) {
  bool odd = false;
  std::uint32_t number = 0;
  for (const Batch* batch : batches) {
    for (const Observation& row : batch->rows) {
      if (row.datastream.value >= heads_.rows.size()) make_heads(row.datastream);
      Head& head = heads_.rows[row.datastream.value];
      if (row.time > head.pending) [[likely]] {
        head.pending = row.time;
        if (odd) index_.put(row.datastream, row.time, number);
        number++;
        continue;
      }
      if (!odd) index_rows(batches, number);
      odd = true;
      outcomes_[number] = decide_late(batches, *batch, row);
      if (outcomes_[number] != Outcome::duplicate) index_.put(row.datastream, row.time, number);
      number++;
    }
  }
  return odd;
}

/// What is to be logged, if not all of it: without duplicates, with flags that tell what became of each row.
void Engine::clean(std::span<const Batch* const> batches) {
  clean_.clear();
  std::size_t number = 0;
  const auto keep = [this](std::string_view text) {
    const TextRef ref{.offset = clean_.text.size(), .length = static_cast<std::uint32_t>(text.size())};
    clean_.text += text;
    return ref;
  };
  for (const Batch* batch : batches) {
    auto extra = batch->extras.begin();
    for (std::uint32_t i = 0; i < batch->rows.size(); i++) {
      const Outcome outcome = outcomes_[number++];
      while (extra != batch->extras.end() && extra->row < i) ++extra;
      if (outcome == Outcome::duplicate) continue;
      Observation row = batch->rows[i];
      if (outcome == Outcome::corrected) row.flags |= flag::corrected;
      if (outcome == Outcome::late) row.flags |= flag::late;
      if (has_text(row.type)) row.bits = keep(batch->text_of(row.bits)).bits();
      if (extra != batch->extras.end() && extra->row == i) {
        Extra copy = *extra;
        copy.row = static_cast<std::uint32_t>(clean_.rows.size());
        if (copy.parameters.length != 0) copy.parameters = keep(batch->text_of(copy.parameters.bits()));
        clean_.extras.push_back(copy);
      }
      clean_.rows.push_back(row);
    }
  }
}

void Engine::forget_pending(std::span<const Batch* const> batches) {
  for (const Batch* batch : batches) {
    for (const Observation& row : batch->rows) {
      Head& head = heads_.rows[row.datastream.value];
      head.pending = head.bound;
    }
  }
}

Result<std::uint64_t> Engine::log_rows(std::span<const Batch* const> batches, std::string_view attachment) {
  row_.clear();
  encode_row(batches, attachment, row_);
  auto sequence = log_->append(bytes_of(row_));
  const std::unique_lock lock(memory_);
  full_ = sequence ? std::string() : sequence.error().message;
  sync_calls_ = log_->sync_calls();
  sync_last_ns_ = log_->last_sync_ns();
  log_bytes_ = log_->bytes();
  const std::int64_t hour = clock_.monotonic_ns() / Instant::kHour;
  if (sync_longest_[0].first != hour) sync_longest_[1] = std::exchange(sync_longest_[0], {hour, 0});
  sync_longest_[0].second = std::max(sync_longest_[0].second, sync_last_ns_);
  return sequence;
}

Result<Appended> Engine::append(std::span<const Batch* const> batches, std::string_view attachment) {
  if (options_.read_only) return fail(ErrorKind::denied, "the readings are open for reading only");
  TRY_VOID(wait_for_room());
  const std::lock_guard writer(writer_);
  std::size_t rows = 0, text = 0, parameters = 0;
  for (const Batch* batch : batches) {
    rows += batch->rows.size();
    for (const Extra& extra : batch->extras) parameters += extra.parameters.length;
    for (const Observation& row : batch->rows) {
      if (row.datastream.value > kMaxDatastreamId || !row.datastream) {
        return fail(ErrorKind::invalid, "a reading of datastream " + std::to_string(row.datastream.value));
      }
      if (has_text(row.type)) text += TextRef::from_bits(row.bits).length;
    }
  }
  if (rows > kMostRowReadings || text > kMostRowText || parameters > kMostRowText) {
    return fail(ErrorKind::invalid, "more than 4,194,304 readings or 256 MiB of text at once: send it in parts");
  }
  outcomes_.assign(rows, Outcome::stored);
  lookups_.start_commit();
  const bool odd = decide(batches);
  if (odd) clean(batches);
  const Batch* const cleaned[] = {&clean_};
  const auto logged = odd ? std::span<const Batch* const>(cleaned) : batches;
  if ((odd ? clean_.rows.empty() : rows == 0) && attachment.empty()) return Appended{last_sequence_, outcomes_};
  auto sequence = log_rows(logged, attachment);
  if (!sequence) {
    forget_pending(batches);
    return std::move(sequence.error());
  }
  {
    const std::unique_lock memory(memory_);
    for (const Batch* batch : logged) apply(*batch);
  }
  active_sequence_ = *sequence;
  last_sequence_ = *sequence;
  last_append_ = clock_.monotonic_ns();
  if (wants_freeze()) freeze();
  drop_log();
  return Appended{*sequence, outcomes_};
}

}  // namespace qala::readings
