#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "app/config.h"
#include "base/result.h"

namespace qala::app {

/// One table of a list in the configuration, [[modbus]] say, without toml++ in sight. Every mistake says where it is.
class ListEntry {
 public:
  struct Field {
    std::string text = {};
    std::vector<std::string> texts = {};
    bool is_text = false, is_integer = false, is_texts = false;
    unsigned line = 0, column = 0;
  };
  ListEntry(std::string path, std::string list, unsigned line, unsigned column)
      : path_(std::move(path)), list_(std::move(list)), at_{.line = line, .column = column} {}
  void add(std::string name, Field field) { fields_[std::move(name)] = std::move(field); }

  Result<> text(std::string_view name, std::string& out, bool needed = false);
  Result<> texts(std::string_view name, std::vector<std::string>& out);
  Result<> integer(std::string_view name, std::int64_t& out, std::int64_t low, std::int64_t high);
  /// Names that nobody has asked for are mistakes.
  Result<> no_others() const;
  Error wrong(std::string_view name, std::string_view what) const;
  const std::string& path() const { return path_; }
  /// A file that is named there: beside the configuration, unless it begins with /. It must be there.
  Result<> file(std::string_view name, std::string& out);

 private:
  const Field* find(std::string_view name);

  std::string path_, list_;
  Field at_;
  std::map<std::string, Field, std::less<>> fields_;
  std::vector<std::string> known_;
};

/// [[modbus]]: devices and the maps they have.
Result<> add_modbus(ListEntry& entry, Config& into);
/// [[bridge]]: brokers of others.
Result<> add_bridge(ListEntry& entry, Config& into);

}  // namespace qala::app
