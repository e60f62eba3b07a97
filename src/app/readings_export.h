#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "readings/store.h"
#include "registry/registry.h"

namespace qala::app {

/// Which readings `qala export readings` prints. Times are ISO 8601, empty: from the first, to the last.
struct ReadingsSelection {
  std::string thing = {};  ///< key; empty: all
  std::string from = {}, to = {};
};

/// The line of the control socket that asks for them: "export", then the three, each after a tabulator.
/// `invalid` if the selection cannot be meant.
Result<std::string> to_line(const ReadingsSelection& selection);
Result<ReadingsSelection> selection_from(std::string_view line);

/// Readings as CSV (thing,key,time,value), a piece at a time. Any thread, one at a time; store and registry outlive it.
class ReadingsExport {
 public:
  static Result<ReadingsExport> make(const ReadingsSelection& selection, const registry::Registry& registry,
                                     const readings::ReadingStore& store);
  /// The next piece, of about `rows` readings; empty at the end, or there `corrupt` and what of the files is damaged,
  /// if readings were left out for it.
  Result<std::string> next(std::size_t rows = 20'000);

 private:
  struct Stream {
    std::string thing, key;
    DatastreamId id;
  };
  explicit ReadingsExport(const readings::ReadingStore& store) : store_(&store) {}
  /// Up to `rows` readings of the current datastream; how many there were.
  Result<std::size_t> append(std::string& text, std::size_t rows);
  Error left_out() const;

  const readings::ReadingStore* store_;
  readings::Window whole_;
  std::vector<Stream> streams_;
  std::size_t at_ = 0;
  std::int64_t from_ = 0;  ///< of the current datastream
  bool started_ = false;
  std::vector<std::string> damaged_;
};

}  // namespace qala::app
