#pragma once

#include <boost/asio/io_context.hpp>

#include "ingest/admission.h"
#include "mqtt/server.h"
#include "registry/registry.h"

namespace qala::app {

/// Accepted readings to bus subscribers, under qala/things/{thing}/{datastream} (keys), as {"time":"…","value":…}.
/// committed() on the writer, the rest on the network thread.
class Republisher final : public ingest::CommitListener {
 public:
  Republisher(boost::asio::io_context& network, mqtt::Server& server, const registry::Registry& registry)
      : network_(network), server_(server), registry_(registry) {}

  void committed(std::uint64_t sequence, std::span<const readings::Batch* const> batches,
                 std::span<const readings::Outcome> outcomes, Instant now) override;

 private:
  struct Message {
    std::string topic, payload;
  };
  boost::asio::io_context& network_;
  mqtt::Server& server_;
  const registry::Registry& registry_;
};

}  // namespace qala::app
