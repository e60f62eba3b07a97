#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "alarms/registry_directory.h"
#include "app/commands.h"
#include "app/data_folder.h"
#include "app/writer_chores.h"
#include "base/crc32c.h"
#include "base/file.h"
#include "ingest/admission.h"
#include "ingest/line_protocol.h"
#include "ingest/table_readings.h"

namespace qala::app {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kPiece = 2 << 20;

std::string format_of(const ImportOptions& options) {
  if (!options.format.empty()) return options.format;
  const std::string ending = fs::path(options.file).extension().string();
  if (ending == ".csv") return "csv";
  if (ending == ".geojson" || ending == ".json") return "geojson";
  return "lines";
}

Result<> import_things(DataFolder& folder, const std::string& file, bool csv) {
  TRY(const auto bytes, read_file(file));
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const registry::Actor actor{"system", "import"};
  TRY(const auto report, csv ? registry::import_csv(*folder.registry, text, actor)
                             : registry::import_geojson(*folder.registry, text, actor));
  for (const auto& problem : report.problems) fmt::print(stderr, "{}: {}\n", file, problem);
  if (!report.problems.empty()) {
    return fail(ErrorKind::invalid, fmt::format("{} problems, nothing was changed", report.problems.size()));
  }
  fmt::print("{} created, {} changed, {} unchanged\n", report.created, report.changed, report.unchanged);
  return {};
}

/// One history file on its way in: pieces that end at a line's end, each one commit; FILE.progress says how far.
class History {
 public:
  History(const ImportOptions& options, DataFolder& folder, readings::ReadingStore& store, ingest::Unclaimed& unclaimed,
          bool csv)
      : options_(options),
        folder_(folder),
        store_(store),
        csv_(csv),
        index_(folder.random.next()),
        admission_(store, *folder.registry, unclaimed, receipts_, index_, probe_, folder.clock, {.auto_claim = true}),
        progress_path_(options.file + ".progress") {}

  /// History is not news: the rules are told how far the log has gone, and see none of it.
  Result<> open_rules() {
    TRY(rules_, alarms::RuleBook::open(options_.data + "/rules"));
    directory_ = std::make_unique<alarms::RegistryDirectory>(*folder_.registry);
    TRY(engine_,
        alarms::RuleEngine::open(*folder_.town, folder_.town_path(), *directory_, folder_.clock, rules_->rules()));
    TRY_VOID(engine_->recover(store_));
    TRY(const auto receipts_at, receipts_.load(folder_.receipts_path()));
    TRY_VOID(store_.replay(receipts_at, [this](std::uint64_t, const readings::Batch&, std::string_view attachment) {
      return receipts_.decode(attachment);
    }));
    chores_ = std::make_unique<WriterChores>(store_, *engine_, *rules_, receipts_, *folder_.access,
                                             Retention(store_, *folder_.registry, probe_, {}, folder_.clock),
                                             folder_.receipts_path(), receipts_at, folder_.clock);
    return {};
  }

  Result<> run() {
    TRY(auto file, File::open(options_.file, File::Mode::read));
    TRY(size_, file.size());
    about_ = identity();
    if (!options_.restart) load_progress();
    TRY_VOID(open_errors());
    std::string piece;
    if (csv_) TRY_VOID(read_header(file));
    while (offset_ < size_) {
      TRY_VOID(next_piece(file, piece));
      TRY_VOID(take(piece));
      offset_ += piece.size();
      TRY_VOID(save_progress());
      if (++pieces_ % 32 == 0) let_log_go();
      show();
    }
    let_log_go();
    fs::remove(progress_path_);
    fmt::print("{}{} readings, {} duplicates, {} lines with errors{}\n", ::isatty(STDOUT_FILENO) ? "\r" : "", accepted_,
               duplicates_, rejected_, rejected_ ? " in " + options_.file + ".errors" : "");
    return {};
  }

 private:
  void let_log_go() {
    engine_->evaluate(store_.last_sequence(), {}, {});
    chores_->finish();
  }

  /// What the note is about: this file, as it is now and is read now, into this town. A folder that was made anew or
  /// restored, a file that was corrected, or another precision begins from the beginning.
  std::string identity() const {
    struct stat town{}, file{};
    ::stat(folder_.path.c_str(), &town);
    ::stat(options_.file.c_str(), &file);
    const auto key = read_file(folder_.path + "/audit.key");
    return fmt::format("{}:{}:{:08x} {}.{} {} {}", town.st_dev, town.st_ino, key ? crc32c(*key) : 0,
                       file.st_mtim.tv_sec, file.st_mtim.tv_nsec, csv_ ? "csv" : "lines", options_.precision);
  }

  void load_progress() {
    std::ifstream in(progress_path_);
    std::uint64_t offset = 0, line = 0, size = 0, accepted = 0, duplicates = 0, rejected = 0;
    std::string about;
    if (!(in >> offset >> line >> size)) return;
    in >> accepted >> duplicates >> rejected >> std::ws;
    std::getline(in, about);
    if (size != size_ || offset > size_ || about != about_) {
      fmt::print("{} is of another town, another precision or an earlier state of the file: begins with line 1\n",
                 progress_path_);
      return;
    }
    offset_ = offset;
    line_ = line;
    accepted_ = accepted;
    duplicates_ = duplicates;
    rejected_ = rejected;
    fmt::print("goes on at line {}\n", line_ + 1);
  }

  Result<> save_progress() {
    const std::string text =
        fmt::format("{} {} {} {} {} {} {}\n", offset_, line_, size_, accepted_, duplicates_, rejected_, about_);
    return write_file_atomically(progress_path_, std::as_bytes(std::span(text)));
  }

  Result<> open_errors() {
    errors_.open(options_.file + ".errors", offset_ == 0 ? std::ios::trunc : std::ios::app);
    if (!errors_) return fail(ErrorKind::denied, "writing " + options_.file + ".errors");
    return {};
  }

  Result<> read_header(File& file) {
    std::string start(static_cast<std::size_t>(std::min<std::uint64_t>(4096, size_)), '\0');
    TRY_VOID(file.read_at(0, std::as_writable_bytes(std::span(start))));
    header_ = start.substr(0, start.find('\n') + 1);
    if (offset_ == 0) offset_ = header_.size(), line_ = 1;
    return {};
  }

  Result<> next_piece(File& file, std::string& piece) {
    for (std::size_t want = kPiece;; want *= 2) {
      piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(want, size_ - offset_)));
      TRY_VOID(file.read_at(offset_, std::as_writable_bytes(std::span(piece))));
      if (offset_ + piece.size() == size_) return {};
      const std::size_t newline = piece.rfind('\n');
      if (newline != std::string::npos) {
        piece.resize(newline + 1);
        return {};
      }
      if (want > (64u << 20)) return fail(ErrorKind::invalid, fmt::format("line {} is longer than 64 MiB", line_ + 1));
    }
  }

  /// Cuts off `piece` what may go on behind it.
  Result<> take(std::string& piece) {
    ingest::Submission submission;
    submission.source = {.transport = ingest::Transport::import,
                         .name = "import",
                         .thing = {},
                         .may_create = true,
                         .any_keys = true,
                         .refuse_future = true};
    const Instant now = folder_.clock.now();
    if (csv_) {
      std::size_t taken = 0;
      const bool last = offset_ + piece.size() == size_;
      TRY_VOID(ingest::parse_csv_piece(header_ + piece, now, submission, last ? nullptr : &taken));
      if (!last && taken == header_.size()) {  // a line longer than any record follows: what would wait ends here
        TRY_VOID(ingest::parse_csv_piece(header_ + piece, now, submission, nullptr));
      } else if (!last) {
        piece.resize(taken - header_.size());
      }
    } else {
      const ingest::LineOptions lines{.unit_ns = unit(), .now = now};
      ingest::parse_lines(piece, lines, index_, submission);
    }
    Result<> stored;
    submission.done = [&](const Result<ingest::Report>& report) {
      if (!report) {
        stored = report.error();
        return;
      }
      accepted_ += report->accepted;
      duplicates_ += report->duplicates;
      rejected_ += report->rejected;
      const std::uint64_t before = csv_ ? line_ - 1 : line_;
      for (const auto& problem : report->problems) {
        errors_ << before + problem.line << ": " << problem.reason << ": " << problem.message << '\n';
      }
    };
    admission_.commit(std::span(&submission, 1), folder_.clock.monotonic_ns());
    TRY_VOID(std::move(stored));
    errors_.flush();
    line_ += static_cast<std::uint64_t>(std::count(piece.begin(), piece.end(), '\n'));
    return {};
  }

  std::int64_t unit() const {
    if (options_.precision == "us") return 1'000;
    if (options_.precision == "ms") return 1'000'000;
    if (options_.precision == "s") return Instant::kSecond;
    return 1;
  }

  void show() const {
    if (!::isatty(STDOUT_FILENO)) return;
    const auto share = static_cast<double>(offset_) / static_cast<double>(size_);
    fmt::print("\r[{:<40}] {:5.1f} %  {} readings ", std::string(static_cast<std::size_t>(share * 40), '#'),
               share * 100, accepted_);
    std::fflush(stdout);
  }

  const ImportOptions& options_;
  DataFolder& folder_;
  readings::ReadingStore& store_;
  bool csv_;
  ingest::SeriesIndex index_;
  ingest::ReceiptBook receipts_;
  ingest::Probe probe_;
  ingest::Admission admission_;
  std::string progress_path_, about_, header_;
  std::ofstream errors_;
  std::uint64_t offset_ = 0, line_ = 0, size_ = 0;
  std::uint64_t accepted_ = 0, duplicates_ = 0, rejected_ = 0;
  unsigned pieces_ = 0;
  std::unique_ptr<alarms::RuleBook> rules_;
  std::unique_ptr<alarms::RegistryDirectory> directory_;
  std::unique_ptr<alarms::RuleEngine> engine_;
  std::unique_ptr<WriterChores> chores_;
};

/// A server has the folder: what to do instead, as a command.
Error instead(Error error, const ImportOptions& options, const std::string& format) {
  if (error.kind != ErrorKind::conflict) return error;
  std::string way;
  if (format == "geojson" || format == "things-csv") {
    way = fmt::format(
        "curl -fsS -H 'Authorization: Bearer TOKEN' --data-binary @{} "
        "'http://HOST:PORT/api/v1/things/import?format={}'",
        options.file, format == "geojson" ? "geojson" : "csv");
  } else if (format == "csv") {
    way = fmt::format(
        "curl -fsS -H 'Authorization: Token TOKEN' -H 'Content-Type: text/csv' --data-binary @{} "
        "http://HOST:PORT/api/v2/readings",
        options.file);
  } else {
    way = fmt::format(
        "curl -fsS -H 'Authorization: Token TOKEN' --data-binary @{} 'http://HOST:PORT/api/v2/write?precision={}'",
        options.file, options.precision);
  }
  error.message +=
      "\nstop the server and import then, or send the file to the server (pieces of at most 32 MiB):\n  " + way;
  return error;
}

}  // namespace

Result<> import_file(const ImportOptions& options) {
  const std::string format = format_of(options);
  TRY(auto folder, DataFolder::open(options.data, true));
  auto opened = folder->open_store(options.config, true);
  if (!opened) return instead(opened.error(), options, format);
  const auto store = std::move(*opened);
  if (format == "geojson") return import_things(*folder, options.file, false);
  if (format == "things-csv") return import_things(*folder, options.file, true);
  if (format != "csv" && format != "lines")
    return fail(ErrorKind::invalid, "format: lines, csv, geojson or things-csv");
  TRY(const auto unclaimed, ingest::Unclaimed::open(*folder->town, folder->clock));
  History history(options, *folder, *store, *unclaimed, format == "csv");
  TRY_VOID(history.open_rules());
  TRY_VOID(history.run());
  return store->settle();
}

}  // namespace qala::app
