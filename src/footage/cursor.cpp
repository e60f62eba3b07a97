#include "footage/cursor.h"

#include <algorithm>

#include "base/log.h"

namespace qala::footage {

std::size_t first_needed(const std::vector<Fragment>& fragments, std::int64_t from_ms) {
  std::size_t first = 0;
  for (std::size_t at = 0; at < fragments.size() && fragments[at].at_ms <= from_ms; at++) {
    if (fragments[at].key) first = at;
  }
  return first;
}

Result<> FileCursor::find_beginning() {
  begun_ = true;
  passed_ms_ = from_ms_ - 1;  // if nothing holds `from`: on with what begins then
  passed_run_ = UINT32_MAX;
  TRY(const auto rows, finder_.files(stream_, from_ms_, from_ms_ + 1));
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    TRY(const bool entered, enter(*row));
    if (!entered) continue;
    place_->at = first_needed(place_->fragments, from_ms_);
    return {};
  }
  return {};
}

Result<bool> FileCursor::enter(const FileRow& row) {
  passed_ms_ = row.from_ms;
  passed_run_ = row.run;
  place_.reset();
  auto file = File::open(finder_.folder() + "/" + row.path(), File::Mode::read);
  if (!file) {
    if (file.error().kind == ErrorKind::not_found) return false;  // its time has come meanwhile
    return std::move(file.error());
  }
  Place place{.row = row, .fragments = {}, .at = 0, .file = std::move(*file), .init = {}};
  TRY(const auto size, place.file->size());
  const auto mark = read_file_mark(reader_of(*place.file), size, &place.init);
  if (!mark) {
    if (mark.error().kind != ErrorKind::corrupt) return mark.error();
    if (!row.open) {
      damaged_++;
      log::warn("footage file is not readable", {{"path", row.path()}, {"why", mark.error().message}});
    }
    return false;
  }
  TRY(place.fragments, finder_.fragments(row));
  place_ = std::move(place);
  return true;
}

Result<bool> FileCursor::more_in_this() {
  if (!place_ || !place_->row.open) return false;
  TRY(const auto now, finder_.again(place_->row.id));
  if (!now || now->path() != place_->row.path()) return false;
  place_->row = *now;
  TRY(auto fragments, finder_.fragments(*now));
  // Only more comes; where a torn end was cut off meanwhile, nothing of it was handed out.
  if (fragments.size() <= place_->fragments.size()) return false;
  place_->fragments = std::move(fragments);
  return true;
}

Result<bool> FileCursor::advance() {
  TRY(const bool more, more_in_this());
  if (more) return true;
  while (true) {
    TRY(const auto next, finder_.next_file(stream_, passed_ms_, passed_run_, to_ms_));
    if (!next) return false;
    if (next->open && next->to_ms == next->from_ms) return false;  // being begun
    TRY(const bool entered, enter(*next));
    if (entered) return true;
  }
}

Piece FileCursor::init_piece(const Fragment& next) const {
  return {.init = true,
          .bytes = place_->init,
          .at = Instant::from_ms(next.at_ms),
          .run = place_->row.run,
          .file = place_->row.path()};
}

Result<std::optional<Piece>> FileCursor::read(const Fragment& fragment) {
  auto bytes = read_fragment_bytes(reader_of(*place_->file), fragment);
  if (!bytes) {
    if (bytes.error().kind != ErrorKind::corrupt) return std::move(bytes.error());
    damaged_++;
    log::warn("damaged footage left out", {{"path", place_->row.path()}, {"offset", fragment.offset}});
    return std::nullopt;
  }
  return Piece{.init = false,
               .bytes = std::move(*bytes),
               .at = Instant::from_ms(fragment.at_ms),
               .duration = std::chrono::milliseconds(fragment.duration_ms),
               .key = fragment.key,
               .motion = fragment.motion,
               .run = place_->row.run,
               .file = place_->row.path(),
               .offset = fragment.offset + kMarkBytes};
}

Result<std::optional<Piece>> FileCursor::next() {
  if (!begun_) TRY_VOID(find_beginning());
  while (true) {
    if (!place_ || place_->at >= place_->fragments.size()) {
      TRY(const bool more, advance());
      if (!more) return std::nullopt;
      continue;
    }
    const Fragment fragment = place_->fragments[place_->at];
    if (fragment.at_ms >= to_ms_) {
      // The clock may have been set back behind this file.
      TRY(const auto after, finder_.next_file(stream_, passed_ms_, passed_run_, to_ms_));
      if (!after) return std::nullopt;
      place_->at = place_->fragments.size();
      place_->row.open = false;
      continue;
    }
    if (place_->row.run != run_) {
      run_ = place_->row.run;
      return init_piece(fragment);
    }
    place_->at++;
    TRY(auto piece, read(fragment));
    if (piece) return piece;
  }
}

}  // namespace qala::footage
