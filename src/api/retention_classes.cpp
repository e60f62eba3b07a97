#include "api/retention_classes.h"

namespace qala::api {

RetentionClasses retention_classes(const registry::Registry& registry, const readings::ReadingStore& store) {
  RetentionClasses out;
  const auto newest = store.latest_all();
  registry.read([&](const registry::Registry::View& view) {
    view.each_datastream([&](const registry::Datastream& stream) {
      (stream.retention == "short" ? out.brief : out.standard).push_back(stream.id);
    });
    for (const auto& one : newest) {
      if (view.datastream(one.datastream) == nullptr) out.standard.push_back(one.datastream);
    }
  });
  return out;
}

}  // namespace qala::api
