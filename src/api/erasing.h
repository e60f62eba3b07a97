#pragma once

#include <boost/asio/awaitable.hpp>

#include "api/context.h"

namespace qala::api {

/// Writer thread. True: the readings of the datastream are hidden and go by and by, whatever happens to the process.
/// False: not for the moment, ask again.
Result<bool> begin_erasing(readings::ReadingStore& store, DatastreamId datastream);

/// Erases every reading of the datastream and returns when its bytes are gone: in steps, between which the writer does
/// other work, as the log lets go of its rows only now and then.
boost::asio::awaitable<Result<>> erase_all_readings(Context& context, DatastreamId datastream);

}  // namespace qala::api
