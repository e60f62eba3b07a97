#include "app/readings_export.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "api/render.h"
#include "registry/csv.h"

namespace qala::app {

namespace {

Result<readings::Window> window_of(const ReadingsSelection& selection) {
  readings::Window window{std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
  for (const auto& [text, into] : {std::pair(&selection.from, &window.from), std::pair(&selection.to, &window.to)}) {
    if (text->empty()) continue;
    const auto at = parse_iso(*text);
    if (!at) return fail(ErrorKind::invalid, "\"" + *text + "\" is not an ISO 8601 time");
    *into = at->ns;
  }
  return window;
}

}  // namespace

Result<std::string> to_line(const ReadingsSelection& selection) {
  TRY([[maybe_unused]] const auto window, window_of(selection));
  if (selection.thing.find_first_of("\t\n") != std::string::npos)
    return fail(ErrorKind::invalid, "no thing has such a key");
  return "export\t" + selection.thing + '\t' + selection.from + '\t' + selection.to;
}

Result<ReadingsSelection> selection_from(std::string_view line) {
  std::string parts[4];
  for (std::size_t i = 0; i < 4; i++) {
    const std::size_t tab = std::min(line.find('\t'), line.size());
    if (tab == line.size() && i < 3)
      return fail(ErrorKind::invalid, "export: thing, from and to, each after a tabulator");
    parts[i] = line.substr(0, tab);
    line.remove_prefix(std::min(tab + 1, line.size()));
  }
  return ReadingsSelection{.thing = parts[1], .from = parts[2], .to = parts[3]};
}

Result<ReadingsExport> ReadingsExport::make(const ReadingsSelection& selection, const registry::Registry& registry,
                                            const readings::ReadingStore& store) {
  ReadingsExport out(store);
  TRY(out.whole_, window_of(selection));
  out.from_ = out.whole_.from;
  bool known = selection.thing.empty();
  registry.read([&](const registry::Registry::View& view) {
    known = known || view.thing(selection.thing);
    view.each_datastream([&](const registry::Datastream& stream) {
      const auto* thing = view.thing(stream.thing);
      if (thing && (selection.thing.empty() || thing->key == selection.thing)) {
        out.streams_.push_back({thing->key, stream.key, stream.id});
      }
    });
  });
  if (!known) return fail(ErrorKind::not_found, "no thing \"" + selection.thing + "\"");
  return out;
}

Result<std::string> ReadingsExport::next(std::size_t rows) {
  std::string text;
  if (!std::exchange(started_, true)) text = "thing,key,time,value\n";
  for (std::size_t done = 0; at_ < streams_.size() && done < rows;) {
    TRY(const auto n, append(text, rows - done));
    done += n;
  }
  if (text.empty() && !damaged_.empty()) return left_out();
  return text;
}

Error ReadingsExport::left_out() const {
  static constexpr std::size_t kMostNamed = 20;
  std::string message =
      fmt::format("readings are missing in what was exported, {} parts of files are damaged", damaged_.size());
  for (std::size_t i = 0; i < std::min(damaged_.size(), kMostNamed); i++) message += "; " + damaged_[i];
  if (damaged_.size() > kMostNamed) message += "; and more, see qala check";
  return Error{ErrorKind::corrupt, std::move(message)};
}

Result<std::size_t> ReadingsExport::append(std::string& text, std::size_t rows) {
  const Stream& stream = streams_[at_];
  TRY(const auto range, store_->range(stream.id, {from_, whole_.to}, rows));
  for (const auto& damage : range.damaged) {
    if (std::ranges::find(damaged_, damage) == damaged_.end()) damaged_.push_back(damage);
  }
  std::string name;
  registry::append_cell(name, stream.thing);
  name += ',';
  registry::append_cell(name, stream.key);
  for (const auto& row : range.batch.rows) {
    text += name + ',' + to_iso({row.time}) + ',';
    api::append_csv_value(text, range.batch, row);
    text += '\n';
  }
  if (range.more && !range.batch.rows.empty()) {
    from_ = range.batch.rows.back().time + 1;
  } else {
    from_ = whole_.from;
    at_++;
  }
  return range.batch.rows.size();
}

}  // namespace qala::app
