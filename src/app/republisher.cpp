#include "app/republisher.h"

#include <boost/asio/post.hpp>

#include "api/render.h"

namespace qala::app {

namespace {
/// Keys may hold what a topic must not.
std::string topic_level(std::string_view key) {
  std::string out(key);
  for (auto& c : out) {
    if (c == '/' || c == '+' || c == '#') c = '_';
  }
  return out;
}
}  // namespace

void Republisher::committed(std::uint64_t, std::span<const readings::Batch* const> batches,
                            std::span<const readings::Outcome> outcomes, Instant) {
  if (!server_.has_subscriptions()) return;
  auto messages = std::make_shared<std::vector<Message>>();
  registry_.read([&](const registry::Registry::View& view) {
    std::size_t at = 0;
    for (const auto* batch : batches) {
      for (const auto& row : batch->rows) {
        const auto outcome = outcomes[at++];
        if (outcome == readings::Outcome::duplicate) continue;
        const auto* stream = view.datastream(row.datastream);
        const auto* thing = stream ? view.thing(stream->thing) : nullptr;
        if (!thing) continue;
        Message message{"qala/things/" + topic_level(thing->key) + "/" + topic_level(stream->key), {}};
        JsonWriter json(message.payload);
        json.object().key("time").time({row.time}).key("value");
        const bool textual = row.type >= readings::ValueType::text;
        api::render_value(json, row.type, row.scale, row.bits, textual ? batch->text_of(row.bits) : std::string_view());
        json.end();
        messages->push_back(std::move(message));
      }
    }
  });
  boost::asio::post(network_, [this, messages] {
    for (const auto& message : *messages) server_.publish(message.topic, message.payload, false, 0);
  });
}

}  // namespace qala::app
