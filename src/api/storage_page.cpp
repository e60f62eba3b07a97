#include "api/health_facts.h"
#include "api/retention_classes.h"
#include "base/json_writer.h"

namespace qala::api {

namespace {

void write_class(JsonWriter& json, const readings::ReadingStore& store, const char* name, std::int64_t days,
                 const std::vector<DatastreamId>& streams, Instant now) {
  const std::int64_t before = days == 0 ? std::numeric_limits<std::int64_t>::min() : now.ns - days * Instant::kDay;
  const auto share = store.share_of(streams, before);
  json.object().field("class", name).field("days", days).field("datastreams", streams.size());
  json.field("bytes", share.bytes).field("readings", share.readings).key("oldest");
  if (share.oldest == 0) json.null();
  else json.integer(Instant{share.oldest}.ms());
  json.key("removes").object().field("bytes", share.bytes_before).field("readings", share.readings_before).end().end();
}

}  // namespace

std::string render_storage(const Context& context, const RetentionPlan& plan, Instant now) {
  const auto classes = retention_classes(context.registry, context.store);
  std::string out;
  JsonWriter json(out);
  json.object().field("next_run_s", plan.next_run_s).key("retention").array();
  write_class(json, context.store, "standard", plan.standard_days, classes.standard, now);
  write_class(json, context.store, "short", plan.short_days, classes.brief, now);
  json.end().key("months").array();
  for (const auto& month : context.store.months()) {
    json.object().field("start", Instant{month.start}.ms()).field("files", month.files);
    json.field("bytes", month.bytes).field("readings", month.readings).end();
  }
  json.end().end();
  return out;
}

}  // namespace qala::api
