#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "ingest/submission.h"

namespace qala::ingest {

/// One value of a telemetry message: appended to `into` by the caller, who knows the series.
/// `time`: the device's, or nullopt. `json`: an object or array, kept as JSON text.
struct TelemetryValue {
  std::string_view device;  ///< gateway messages: the device's name; empty else
  std::string_view key;
  std::optional<std::int64_t> time_ns;
  readings::ValueType type = readings::ValueType::decimal;
  std::int8_t scale = 0;
  std::int64_t bits = 0;
  std::string_view text;  ///< text and json
};

using EachValue = std::function<void(const TelemetryValue&)>;
using EachProblem = std::function<void(std::string_view reason, std::string message)>;

/// ThingsBoard's device payloads: `{"k":v,...}`, `{"ts":ms,"values":{...}}`, or an array of either. null values are
/// skipped. `problem` is told of each value that cannot be taken (too long, too deep); the others are kept.
/// An error means nothing was usable: not JSON, or of another shape. Not reentrant per thread.
Result<> parse_device_telemetry(std::string_view json, const EachValue& each, const EachProblem& problem);

/// ThingsBoard's gateway payload: `{"Device A":[{"ts":ms,"values":{...}},...], "Device B":[...]}`; `{"Device
/// A":{"k":v}}` (the attributes shape) is taken too.
Result<> parse_gateway_telemetry(std::string_view json, const EachValue& each, const EachProblem& problem);

/// `{"device":"Device A"}` of v1/gateway/connect and disconnect.
Result<std::string> parse_gateway_device(std::string_view json);

}  // namespace qala::ingest
