#pragma once

#include <string>
#include <vector>

#include "sensorthings/reader.h"

namespace qala::sensorthings {

/// What was made or changed: an entity by its id; an observation by its place in the store, if it has just come.
struct Changed {
  Kind kind = Kind::thing;
  std::uint64_t id = 0;
  DatastreamId datastream = {};
  std::int64_t key = 0;
};

struct Message {
  std::string topic, payload;
};

/// What subscribers of `topics` ("v1.1/Datastreams(1)/Observations?$select=result") are told of the changes. A topic
/// that is none is passed over; what cannot be told (too much for one answer, unreadable) is counted in the log. Any
/// thread but the network's: it reads.
std::vector<Message> messages_for(const Town& town, Instant now, std::string_view root,
                                  const std::vector<std::string>& topics, const std::vector<Changed>& changes);

}  // namespace qala::sensorthings
