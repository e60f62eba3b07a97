#include "readings/log_recovery.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <optional>

#include "base/file.h"

namespace qala::readings {

namespace {

Result<std::vector<LogFileState>> list_files(const std::string& folder) {
  std::vector<LogFileState> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".log")) continue;
    LogFileState file;
    const auto [end, code] = std::from_chars(name.data(), name.data() + name.size() - 4, file.head.number);
    if (code != std::errc() || end != name.data() + name.size() - 4) continue;
    file.path = entry.path().string();
    files.push_back(std::move(file));
  }
  if (error) return fail(ErrorKind::unavailable, "listing " + folder + ": " + error.message());
  std::ranges::sort(files, {}, [](const LogFileState& f) { return f.head.number; });
  return files;
}

/// Walks the files; keeps the bytes of the one it is in.
class Reader {
 public:
  Reader(LogState& state, const Log::Each& each) : state_(state), each_(each) {}

  Result<> run() {
    for (std::size_t i = 0; i < state_.files.size(); i++) {
      TRY_VOID(load(i));
      TRY_VOID(read_rows(state_.files[i]));
      if (state_.files[i].first != 0 || state_.files[i].head.first_sequence != 0) state_.current = i;
      TRY(const bool goes_on, next_continues(i));
      if (goes_on) continue;
      return verify_end(i);
    }
    return {};
  }

 private:
  Result<> load(std::size_t i) {
    LogFileState& file = state_.files[i];
    TRY(bytes_, read_file(file.path));
    const auto head = parse_log_head(bytes_);
    if (!head || head->number != file.head.number) return fail(ErrorKind::corrupt, file.path + ": its head is damaged");
    if (i > 0 && head->number != state_.files[i - 1].head.number + 1) {
      return fail(ErrorKind::corrupt, file.path + ": the log file before it is missing");
    }
    file.head = *head;
    file.size = bytes_.size();
    if (i == 0) expected_ = head->first_sequence;  // 0: that of its first row
    return {};
  }

  Result<> read_rows(LogFileState& file) {
    while (const auto frame = parse_frame(bytes_, file.used, file.head.salt)) {
      if (expected_ == 0) expected_ = frame->sequence;
      if (frame->sequence != expected_) break;
      if (file.first == 0) file.first = frame->sequence;
      file.last = frame->sequence;
      file.last_row = file.used;
      file.used += frame_bytes(frame->row.size());
      TRY_VOID(each_(frame->sequence, frame->row).context(file.path));
      expected_++;
    }
    state_.next_sequence = expected_;
    return {};
  }

  /// Whether the next file begins with the row that is due.
  Result<bool> next_continues(std::size_t i) {
    if (i + 1 == state_.files.size()) return false;
    TRY(const auto next, read_file(state_.files[i + 1].path));
    const auto head = parse_log_head(next);
    if (!head) return true;  // load() says what is wrong with it
    if (head->first_sequence != 0) return head->first_sequence == expected_;
    const auto frame = parse_frame(next, kLogHead, head->salt);
    return frame && frame->sequence == expected_;
  }

  /// Nothing whole may follow what seems to be the end.
  Result<> verify_end(std::size_t i) {
    const LogFileState& file = state_.files[i];
    if (expected_ == 0) return fail(ErrorKind::corrupt, file.path + ": neither its head nor a row tells a sequence");
    auto found = find_frame(bytes_, file.used, file.head.salt, expected_);
    for (std::size_t k = i + 1; !found && k < state_.files.size(); k++) {
      TRY_VOID(load(k));
      if (const auto first = state_.files[k].head.first_sequence; first > expected_) return lost(file, first - 1);
      found = find_frame(bytes_, kLogHead, state_.files[k].head.salt, expected_);
    }
    if (!found) return {};
    return lost(file, found->sequence - 1);
  }

  Error lost(const LogFileState& file, std::uint64_t last) const {
    return fail(ErrorKind::corrupt, file.path + ": damaged at byte " + std::to_string(file.used) + ", rows " +
                                        std::to_string(expected_) + " to " + std::to_string(last) +
                                        " are lost but later ones are there");
  }

  LogState& state_;
  const Log::Each& each_;
  std::vector<std::byte> bytes_;
  std::uint64_t expected_ = 0;
};

}  // namespace

std::string log_file_name(std::uint64_t number) {
  char name[32];
  std::snprintf(name, sizeof name, "%06llu.log", static_cast<unsigned long long>(number));
  return name;
}

Result<LogState> read_log(const std::string& folder, const Log::Each& each) {
  LogState state;
  TRY(state.files, list_files(folder));
  TRY_VOID(Reader(state, each).run());
  return state;
}

}  // namespace qala::readings
