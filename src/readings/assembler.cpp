#include <algorithm>

#include "readings/runs.h"

namespace qala::readings {

namespace {

bool is_exact(ValueType type) { return type == ValueType::decimal || type == ValueType::integer; }
std::int8_t exact_scale(const Columns& columns) {
  return columns.type == ValueType::decimal ? columns.scale : std::int8_t{0};
}

bool all_rescale(const Columns& columns, std::size_t begin, std::size_t end, int from, int to) {
  for (std::size_t i = begin; i < end; i++) {
    if (!rescaled(columns.bits[i], from, to)) return false;
  }
  return true;
}

/// Appends a column few rows have; zeros stand for "none".
template <class T>
void append_sparse(std::vector<T>& into, std::size_t rows, const std::vector<T>& from, std::size_t begin,
                   std::size_t end) {
  if (from.empty() && into.empty()) return;
  into.resize(rows);
  if (from.empty()) {
    into.resize(rows + (end - begin));
  } else {
    into.insert(into.end(), from.begin() + static_cast<std::ptrdiff_t>(begin),
                from.begin() + static_cast<std::ptrdiff_t>(end));
  }
}

TextRef keep(Columns& out, std::string_view text) {
  const TextRef ref{.offset = out.text.size(), .length = static_cast<std::uint32_t>(text.size())};
  out.text += text;
  return ref;
}

}  // namespace

/// Makes the collected columns and these rows one type and scale, if that can be done exactly.
bool Assembler::unify(const Columns& from, std::size_t begin, std::size_t end) {
  if (from.type == out_.type && from.scale == out_.scale) return true;
  if (!is_exact(from.type) || !is_exact(out_.type)) return from.type == out_.type;
  const std::int8_t have = exact_scale(out_), wanted = exact_scale(from);
  if (wanted > have) {
    if (!all_rescale(out_, 0, out_.size(), have, wanted)) return false;
    for (auto& bits : out_.bits) bits = *rescaled(bits, have, wanted);
    out_.scale = wanted;
  } else {
    if (!all_rescale(from, begin, end, wanted, have)) return false;
    out_.scale = have;
  }
  out_.type = out_.type == from.type ? out_.type : ValueType::decimal;
  return true;
}

/// Where the rows end whose text still fits: `begin` if what is collected has to go first.
std::size_t Assembler::fitting_end(const Columns& from, std::size_t begin, std::size_t end) const {
  if (from.text.empty()) return end;
  std::size_t text = out_.text.size();
  for (std::size_t i = begin; i < end; i++) {
    if (has_text(from.type)) text += TextRef::from_bits(from.bits[i]).length;
    if (!from.parameters.empty()) text += from.parameters[i].length;
    const bool first = i == begin && out_.size() == 0;
    if (text > max_text_ && !first) return i;
  }
  return end;
}

Result<> Assembler::add(const Slice& slice) {
  std::size_t begin = slice.begin;
  while (begin < slice.end) {
    if (out_.size() >= max_rows_) TRY_VOID(flush());
    const Columns& from = *slice.columns;
    const std::size_t end = fitting_end(from, begin, std::min(slice.end, begin + (max_rows_ - out_.size())));
    if (end == begin) {
      TRY_VOID(flush());
      continue;
    }
    if (out_.size() != 0 && !unify(from, begin, end)) TRY_VOID(flush());
    if (out_.size() == 0) {
      out_.type = from.type;
      out_.scale = from.scale;
    }
    append(from, begin, end, slice.corrected);
    begin = end;
  }
  return {};
}

Result<> Assembler::flush() {
  if (out_.size() == 0) return {};
  auto done = sink_(out_);
  out_.clear();
  return done;
}

void Assembler::append_ordinals(const Columns& from, std::size_t begin, std::size_t end) {
  const std::size_t rows = out_.time.size();
  if (rows == 0) out_.first_ordinal = ordinal_of(from, begin);
  const bool follows =
      from.ordinal.empty() && out_.ordinal.empty() && out_.first_ordinal + rows == from.first_ordinal + begin;
  if (follows) return;
  if (out_.ordinal.empty()) {
    bool consecutive = true;
    for (std::size_t i = begin; i < end && consecutive; i++) {
      consecutive = ordinal_of(from, i) == out_.first_ordinal + rows + (i - begin);
    }
    if (consecutive) return;
    for (std::size_t i = 0; i < rows; i++) out_.ordinal.push_back(out_.first_ordinal + i);
  }
  for (std::size_t i = begin; i < end; i++) out_.ordinal.push_back(ordinal_of(from, i));
}

void Assembler::append(const Columns& from, std::size_t begin, std::size_t end, bool corrected) {
  const std::size_t rows = out_.time.size();
  append_ordinals(from, begin, end);
  append_sparse(out_.flags, rows, from.flags, begin, end);
  append_sparse(out_.tombstone, rows, from.tombstone, begin, end);
  append_sparse(out_.result_time, rows, from.result_time, begin, end);
  append_sparse(out_.interval_end, rows, from.interval_end, begin, end);
  append_sparse(out_.parameters, rows, from.parameters, begin, end);
  if (corrected) {
    out_.flags.resize(rows + (end - begin));
    for (std::size_t i = rows; i < out_.flags.size(); i++) out_.flags[i] |= flag::corrected;
  }
  if (!from.parameters.empty()) {
    for (std::size_t i = rows; i < out_.parameters.size(); i++) {
      const TextRef ref = out_.parameters[i];
      if (ref.length != 0) out_.parameters[i] = keep(out_, std::string_view(from.text).substr(ref.offset, ref.length));
    }
  }
  const auto first = static_cast<std::ptrdiff_t>(begin), last = static_cast<std::ptrdiff_t>(end);
  out_.time.insert(out_.time.end(), from.time.begin() + first, from.time.begin() + last);
  out_.bits.insert(out_.bits.end(), from.bits.begin() + first, from.bits.begin() + last);
  if (has_text(from.type)) {
    for (std::size_t i = rows; i < out_.bits.size(); i++) out_.bits[i] = keep(out_, text_of(from, out_.bits[i])).bits();
  } else if (is_exact(from.type) && exact_scale(from) != exact_scale(out_)) {
    for (std::size_t i = rows; i < out_.bits.size(); i++) {
      out_.bits[i] = *rescaled(out_.bits[i], exact_scale(from), exact_scale(out_));
    }
  }
}

}  // namespace qala::readings
