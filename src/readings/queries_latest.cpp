#include "readings/engine.h"

namespace qala::readings {

namespace {

Latest latest_of(const Heads& heads, std::uint32_t id) {
  const Head& head = heads.rows[id];
  Latest out{.datastream = DatastreamId(id),
             .time = head.time,
             .type = head.type,
             .scale = head.scale,
             .flags = head.flags,
             .bits = head.bits,
             .text = {}};
  if (has_text(head.type)) {
    if (const auto text = heads.texts.find(id); text != heads.texts.end()) out.text = text->second;
    out.bits = TextRef{.offset = 0, .length = static_cast<std::uint32_t>(out.text.size())}.bits();
  }
  return out;
}

}  // namespace

std::vector<Latest> Engine::latest(std::span<const DatastreamId> datastreams) const {
  std::vector<Latest> out;
  out.reserve(datastreams.size());
  const std::shared_lock lock(memory_);
  for (const DatastreamId id : datastreams) {
    if (id.value >= heads_.rows.size() || heads_.rows[id.value].time == Head::kNever) continue;
    if (heads_.rows[id.value].time < hidden_->expired(id)) continue;
    out.push_back(latest_of(heads_, id.value));
  }
  return out;
}

std::vector<Latest> Engine::latest_all() const {
  std::vector<Latest> out;
  const std::shared_lock lock(memory_);
  out.reserve(heads_.rows.size());
  for (std::uint32_t id = 0; id < heads_.rows.size(); id++) {
    if (heads_.rows[id].time == Head::kNever) continue;
    if (!hidden_->expired_before.empty() && heads_.rows[id].time < hidden_->expired(DatastreamId(id))) continue;
    out.push_back(latest_of(heads_, id));
  }
  return out;
}

}  // namespace qala::readings
