#include "api/thing_history.h"

#include <boost/json.hpp>

#include "audit/about.h"
#include "base/json_writer.h"

namespace qala::api {

namespace json = boost::json;

namespace {

/// What the entry says of the thing with this key.
struct Told {
  std::string changes;
  std::string earlier_key;  ///< it was renamed here
  bool made = false;
};

Told read_detail(const audit::Entry& entry, const std::string& key) {
  Told told;
  json::error_code ec;
  const json::value detail = entry.detail ? json::parse(*entry.detail, ec) : json::value();
  const auto* all = ec ? nullptr : detail.if_object();
  if (!all) return told;
  JsonWriter out(told.changes);
  out.array();
  const std::string self = "thing " + key, part = "datastream " + key + "/";
  for (const auto& [object, fields] : *all) {
    const std::string_view name(object.data(), object.size());
    if ((name != self && !name.starts_with(part)) || !fields.is_object()) continue;
    out.object().field("object", name).key("fields").raw(json::serialize(fields)).end();
    const auto* renamed = name == self ? fields.get_object().if_contains("key") : nullptr;
    const auto* values = renamed ? renamed->if_array() : nullptr;
    if (!values || values->empty() || !values->front().is_string()) continue;
    if (values->size() == 1) told.made = true;
    else told.earlier_key = std::string(values->front().get_string());
  }
  out.end();
  return told;
}

}  // namespace

Result<std::vector<HistoryStep>> thing_history(const std::string& folder, std::string key, std::uint64_t before,
                                               std::size_t limit) {
  std::vector<HistoryStep> steps;
  while (steps.size() < limit) {
    TRY(auto entries, audit::about(folder, {.object = "thing " + key,
                                            .part = "datastream " + key + "/",
                                            .many = "registry.changed",
                                            .before = before,
                                            .limit = limit - steps.size()}));
    const bool more = entries.size() == limit - steps.size();
    bool renamed = false;
    for (auto& entry : entries) {
      auto told = read_detail(entry, key);
      before = entry.sequence;
      steps.push_back({.entry = std::move(entry), .changes = std::move(told.changes)});
      if (told.made) return steps;
      if (told.earlier_key.empty()) continue;
      key = std::move(told.earlier_key);
      renamed = true;
      break;
    }
    if (!renamed && !more) return steps;
    if (!renamed) break;
  }
  return steps;
}

}  // namespace qala::api
