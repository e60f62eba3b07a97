#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registry/registry.h"

namespace qala::registry {

/// What is wrong with a file, at most a hundred of them: "line 17, column lat: is not a number".
class Problems {
 public:
  void add(std::size_t line, std::string_view column, std::string_view problem);
  bool empty() const { return list_.empty(); }
  std::vector<std::string> take() &&;

 private:
  static constexpr std::size_t kMost = 100;
  std::vector<std::string> list_;
  std::size_t unlisted_ = 0;
};

// A file as read, before it is compared with the town. A field that the file does not speak of is empty, and is left as
// it is in the town; a field that is there but blank is blanked.

struct FileDatastream {
  std::size_t line = 0;
  std::string key = {};
  std::optional<std::string> name = {}, property = {}, sensor = {}, unit = {}, retention = {};
  std::optional<std::int64_t> interval_ms = {};
};

struct FileThing {
  std::size_t line = 0;
  std::string key = {};
  std::optional<std::string> name = {}, description = {}, kind = {}, zone = {}, street = {}, owner = {}, parent = {},
                             gateway = {}, installed = {}, calibrated = {}, photo = {}, properties = {};
  bool has_location = false;
  std::optional<Point> location = {};
  std::vector<FileDatastream> datastreams = {};
};

struct FileZone {
  std::size_t line = 0;
  std::string key = {};
  LocalText name = {};
};

struct FileProperty {
  std::size_t line = 0;
  ObservedProperty property = {};
};

struct FileSensor {
  std::size_t line = 0;
  Sensor sensor = {};
};

struct Document {
  std::vector<FileZone> zones = {};
  std::vector<FileProperty> properties = {};
  std::vector<FileSensor> sensors = {};
  std::vector<FileThing> things = {};
};

// Pure: bytes in, document and problems out. A document with problems is not to be used.
Document parse_csv(std::string_view text, Problems& problems);
Document parse_geojson(std::string_view text, Problems& problems);

/// Compares with the town: what is to be changed, or what is wrong.
ImportPlan plan_document(const Registry& registry, const Document& document, Problems problems);

/// Gives the changes of a plan without problems to `put`; what that finds `invalid` or in `conflict` is a problem, too.
Result<ImportReport> finish(ImportPlan plan, const std::function<Result<>(Changes&)>& put);

constexpr std::size_t kMostThings = 200'000;
constexpr std::size_t kLongestFile = 64 * 1024 * 1024;

}  // namespace qala::registry
