#include "ingest/submission.h"

#include <algorithm>
#include <numeric>

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

void Submission::reject(std::uint32_t line, std::string_view reason, std::string message, std::string_view said) {
  constexpr std::size_t kSaid = 200;
  rejected++;
  const auto known = std::ranges::find(refused, reason, &Refused::reason);
  if (known != refused.end()) known->count++;
  else
    refused.push_back(
        {std::string(reason), 1, said.empty() ? message : message + ": " + std::string(said.substr(0, kSaid))});
  if (problems.size() < kMaxProblems) problems.push_back({line, std::string(reason), std::move(message)});
}

void Submission::number_lines() {
  if (!source.refuse_future || !lines.empty()) return;
  lines.resize(batch.rows.size());
  std::iota(lines.begin(), lines.end(), 1U);
}

std::uint32_t Submission::line_of(std::size_t row) const {
  if (!lines.empty()) return lines[row];
  return source.refuse_future ? static_cast<std::uint32_t>(row + 1) : 0;
}

}  // namespace qala::ingest
