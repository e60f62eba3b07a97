#include "ngsi/options.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <span>

namespace qala::ngsi {

namespace {

constexpr std::size_t kMostIds = 1000;

Error bad(std::string_view name, std::string_view what) {
  return fail(ErrorKind::invalid, std::string(name) + ": " + std::string(what));
}

/// The parameters of a request: each is known, and there once.
class Given {
 public:
  static Result<Given> of(const Ask& ask, std::span<const std::string_view> known) {
    for (auto at = ask.options.begin(); at != ask.options.end(); ++at) {
      if (std::ranges::find(known, at->first) == known.end()) {
        std::string list;
        for (const auto name : known) list += (list.empty() ? "" : ", ") + std::string(name);
        return bad("parameter \"" + at->first + "\"",
                   known.empty() ? "none is taken here" : "is not known here; known are " + list);
      }
      const bool again =
          std::any_of(ask.options.begin(), at, [&](const auto& before) { return before.first == at->first; });
      if (again) return bad(at->first, "stands twice; give it once, several values with commas between");
      if (at->second.empty()) return bad(at->first, "is empty; leave it out");
    }
    Given out;
    out.ask_ = &ask;
    return out;
  }
  std::optional<std::string_view> text(std::string_view name) const {
    for (const auto& [key, value] : ask_->options)
      if (key == name) return value;
    return std::nullopt;
  }
  Result<std::vector<std::string>> list(std::string_view name) const {
    std::vector<std::string> out;
    const auto all = text(name);
    if (!all) return out;
    for (std::size_t from = 0; from <= all->size();) {
      const auto end = std::min(all->find(',', from), all->size());
      if (end == from)
        return bad(std::string(name) + " at " + std::to_string(from + 1), "something is missing between the commas");
      out.emplace_back(all->substr(from, end - from));
      from = end + 1;
    }
    if (out.size() > kMostIds) return bad(name, "more than 1,000 values; ask in several requests");
    return out;
  }
  Result<std::uint64_t> number(std::string_view name, std::uint64_t otherwise) const {
    const auto given = text(name);
    if (!given) return otherwise;
    std::uint64_t out = 0;
    const auto* last = given->data() + given->size();
    const auto [end, error] = std::from_chars(given->data(), last, out);
    if (error != std::errc() || end != last || out > (std::uint64_t{1} << 53))
      return bad(name, "\"" + std::string(*given) + "\" is no whole number of 0 or more");
    return out;
  }
  Result<bool> flag(std::string_view name) const {
    const auto given = text(name);
    if (!given || *given == "false") return false;
    if (*given != "true") return bad(name, "is true or false, not \"" + std::string(*given) + "\"");
    return true;
  }
  Result<std::int64_t> time(std::string_view name) const {
    const auto given = text(name);
    if (!given) return bad(name, "is missing: a time as 2026-11-30T10:00:00Z");
    const auto at = parse_iso(*given);
    if (!at)
      return bad(name, "\"" + std::string(*given) + "\" is no time: yyyy-mm-ddThh:mm:ssZ (the sign + is written %2B)");
    return at->ns;
  }

 private:
  const Ask* ask_ = nullptr;
};

/// `options` and its younger name `format`.
Result<Form> form_of(const Given& given, bool temporal) {
  Form out = Form::normalized;
  for (const std::string_view name : {"options", "format"}) {
    TRY(const auto words, given.list(name));
    for (const auto& word : words) {
      if (word == "normalized") out = Form::normalized;
      else if (!temporal && (word == "keyValues" || word == "simplified")) out = Form::key_values;
      else if (temporal && (word == "temporalValues" || word == "simplified")) out = Form::temporal_values;
      else
        return bad(name, "\"" + word + "\" is not known here; known are normalized, " +
                             (temporal ? "temporalValues" : "keyValues") + ", simplified");
    }
  }
  return out;
}

/// Short names: what a URI of one of the models ends with.
std::string short_name(const std::string& name) {
  for (const Model& model : models()) {
    const auto home = uri_of(model, "");
    if (name.starts_with(home)) return name.substr(home.size());
  }
  return name == "https://uri.etsi.org/ngsi-ld/location" ? "location" : name;
}

Result<std::vector<std::string>> attrs_of(const Given& given) {
  TRY(auto out, given.list("attrs"));
  for (auto& name : out) name = short_name(name);
  return out;
}

Result<std::vector<const Model*>> models_of(const Given& given) {
  TRY(const auto names, given.list("type"));
  std::vector<const Model*> out;
  for (const Model& model : models()) {
    const bool asked = std::ranges::any_of(names, [&](const auto& name) { return model_of(name) == &model; });
    if (asked || names.empty()) out.push_back(&model);
  }
  for (const auto& name : names) {
    const bool selector = name.find_first_of("|;()") != std::string::npos;
    if (selector) return bad("type", "types are joined by commas (or) only");
  }
  return out;
}

Result<std::optional<GeoQuery>> area_of(const Given& given) {
  const auto georel = given.text("georel"), geometry = given.text("geometry"), coordinates = given.text("coordinates");
  if (const auto where = given.text("geoproperty"); where && *where != "location")
    return bad("geoproperty", "entities have their place in \"location\" only");
  if (!georel && !geometry && !coordinates) {
    if (given.text("geoproperty")) return bad("geoproperty", "goes with georel, geometry and coordinates");
    return std::optional<GeoQuery>();
  }
  for (const std::string_view name : {"georel", "geometry", "coordinates"})
    if (!given.text(name)) return bad(name, "is missing: georel, geometry and coordinates go together");
  TRY(auto out, parse_geo_query(*georel, *geometry, *coordinates));
  return std::optional(std::move(out));
}

}  // namespace

bool is_asked(const std::vector<std::string>& attrs, std::string_view name) {
  return attrs.empty() || std::ranges::find(attrs, name) != attrs.end();
}

Result<EntityOptions> entity_options(const Ask& ask) {
  constexpr std::string_view kKnown[] = {"type",   "id",       "idPattern",   "attrs",       "q",
                                         "georel", "geometry", "coordinates", "geoproperty", "limit",
                                         "offset", "count",    "options",     "format",      "local"};
  TRY(const auto given, Given::of(ask, kKnown));
  EntityOptions out;
  TRY(out.models, models_of(given));
  TRY(out.ids, given.list("id"));
  if (const auto text = given.text("idPattern")) {
    auto pattern = Pattern::parse(*text);
    if (!pattern) return bad("idPattern", "the pattern at " + pattern.error().message);
    out.id_pattern.push_back(std::move(*pattern));
  }
  TRY(out.attrs, attrs_of(given));
  if (const auto text = given.text("q")) {
    TRY(out.query, parse_query(*text));
  }
  TRY(out.area, area_of(given));
  TRY(const bool local, given.flag("local"));  // everything is of this town
  TRY(out.limit, given.number("limit", kPage));
  if (out.limit > kMostEntities)
    return fail(ErrorKind::full,
                "limit: at most 1,000 entities are told at once; go on with offset, or by the header Link");
  TRY(out.offset, given.number("offset", 0));
  TRY(out.count, given.flag("count"));
  if (out.limit == 0 && !out.count) return bad("limit", "0 goes with count=true only");
  TRY(out.form, form_of(given, false));
  const bool narrowed = given.text("type") || !out.attrs.empty() || out.query || out.area || !out.ids.empty() ||
                        given.text("idPattern") || local;
  if (!narrowed)
    return bad("parameters",
               "say what is wanted: type, id, idPattern, attrs, q, georel or local=true; /types names the types");
  return out;
}

Result<OneOptions> one_options(const Ask& ask) {
  constexpr std::string_view kKnown[] = {"attrs", "options", "format", "local"};
  TRY(const auto given, Given::of(ask, kKnown));
  TRY_VOID(given.flag("local"));
  OneOptions out;
  TRY(out.attrs, attrs_of(given));
  TRY(out.form, form_of(given, false));
  return out;
}

Result<TemporalOptions> temporal_options(const Ask& ask) {
  constexpr std::string_view kKnown[] = {"timerel", "timeAt",  "endTimeAt", "timeproperty", "attrs",
                                         "lastN",   "options", "format",    "local"};
  TRY(const auto given, Given::of(ask, kKnown));
  TRY_VOID(given.flag("local"));
  TemporalOptions out;
  TRY(out.attrs, attrs_of(given));
  TRY(out.form, form_of(given, true));
  if (const auto by = given.text("timeproperty"); by && *by != "observedAt")
    return bad("timeproperty", "values go by observedAt only");
  constexpr std::int64_t kFirst = std::numeric_limits<std::int64_t>::min(),
                         kLast = std::numeric_limits<std::int64_t>::max();
  out.window = {kFirst, kLast};
  const auto relation = given.text("timerel");
  if (!relation && (given.text("timeAt") || given.text("endTimeAt")))
    return bad("timerel", "is missing: before, after or between");
  if (relation) {
    if (*relation != "before" && *relation != "after" && *relation != "between")
      return bad("timerel", "\"" + std::string(*relation) + "\" is not known; before, after and between are");
    TRY(const auto at, given.time("timeAt"));
    if (*relation == "before") out.window.to = at;
    else out.window.from = *relation == "after" ? at + 1 : at;
    if (*relation == "between") {
      TRY(out.window.to, given.time("endTimeAt"));
      if (out.window.to < out.window.from) return bad("endTimeAt", "is before timeAt");
    } else if (given.text("endTimeAt")) {
      return bad("endTimeAt", "goes with timerel=between only");
    }
  }
  if (given.text("lastN")) {
    TRY(const auto last, given.number("lastN", 0));
    if (last == 0) return bad("lastN", "is at least 1");
    if (last > kMostValues)
      return fail(ErrorKind::full, "lastN: at most 10,000 values of an attribute are told at once");
    out.last = last;
  }
  return out;
}

Result<bool> type_options(const Ask& ask) {
  constexpr std::string_view kKnown[] = {"details", "local"};
  TRY(const auto given, Given::of(ask, kKnown));
  TRY_VOID(given.flag("local"));
  return given.flag("details");
}

Result<> no_options(const Ask& ask) {
  TRY_VOID(Given::of(ask, {}));
  return {};
}

}  // namespace qala::ngsi
