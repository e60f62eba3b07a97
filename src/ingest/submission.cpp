#include "ingest/submission.h"

namespace qala::ingest {

std::string_view name_of(Transport transport) {
  switch (transport) {
    case Transport::mqtt: return "mqtt";
    case Transport::gateway: return "gateway";
    case Transport::http: return "http";
    case Transport::import: return "import";
  }
  return "http";
}

void Submission::reject(std::uint32_t line, std::string_view reason, std::string message) {
  rejected++;
  if (problems.size() < kMaxProblems) problems.push_back({line, std::string(reason), std::move(message)});
}

}  // namespace qala::ingest
