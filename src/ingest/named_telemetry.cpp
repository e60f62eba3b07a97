#include "ingest/named_telemetry.h"

#include <utility>

#include <boost/asio/post.hpp>

#include "ingest/device_rows.h"

namespace qala::ingest {

namespace asio = boost::asio;
using mqtt::Reason;

void NamedTelemetry::answer(Done done, Reason reason) {
  asio::post(network_, [done = std::move(done), reason] { done(reason); });
}

void NamedTelemetry::take(const Message& message, Done done) {
  const std::string name = "bridge " + std::string(message.source);
  Submission submission;
  submission.source = {.transport = Transport::mqtt, .name = name, .thing = {}};
  Result<> parsed = message.thing.empty() ? fail(ErrorKind::invalid, "the topic names no thing") : Result<>();
  if (parsed) parsed = DeviceRows(index_, submission, clock_.now()).named(message.payload, message.thing);
  if (!parsed) {
    const std::string said = name + ": " + std::string(message.topic.substr(0, 200)) + ": " + parsed.error().message;
    probe_.reject("malformed", 1, said, clock_.now());
    return answer(std::move(done), Reason::payload_format_invalid);
  }
  if (message.qos > 0) {
    // Numbers mean the same over restarts: what was committed before a kill is known after it.
    Receipt receipt;
    receipt.high = hash_bytes(message.source, 0x716f6231ULL + message.packet_id);
    receipt.low = hash_bytes(message.payload, hash_bytes(message.topic, 0x716f6232ULL));
    submission.receipts.push_back(receipt);
    submission.check_receipts = message.duplicate;
  }
  submission.done = [network = network_, done = std::move(done)](const Result<Report>& report) {
    const Reason reason = report ? Reason::success : Reason::server_busy;
    asio::post(network, [done, reason] { done(reason); });
  };
  intake_.submit(std::move(submission));
}

}  // namespace qala::ingest
