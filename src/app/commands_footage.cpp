#include <algorithm>

#include <fmt/format.h>

#include "app/commands.h"
#include "base/random.h"
#include "footage/evidence.h"
#include "footage/library.h"

namespace qala::app {

namespace {

/// Digits only, so that it does not matter how somebody has written them down.
std::string digits(std::string_view fingerprint) {
  std::string out;
  for (const char c : fingerprint) {
    if (c >= 'A' && c <= 'F') out += static_cast<char>(c - 'A' + 'a');
    else if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')) out += c;
  }
  return out;
}

void print_facts(const footage::EvidenceVerdict& verdict) {
  const auto& facts = verdict.facts;
  fmt::print("camera    {} {} ({})\n", facts.camera_key, facts.camera_name, footage::name_of_stream(facts.stream));
  fmt::print("covers    {} to {}, {} fragments in {} stretches\n", to_iso(verdict.covers_from),
             to_iso(verdict.covers_to), verdict.fragments, verdict.spans.size());
  if (facts.clock_offset_ms) fmt::print("clock     the camera's was {} ms ahead of ours\n", *facts.clock_offset_ms);
  fmt::print("case      {}\nreason    {}\n", facts.case_number, facts.reason);
  fmt::print("exported  {} by {} with {}{}\n", to_iso(facts.exported), facts.operator_name, facts.program,
             facts.masked ? ", private windows covered" : "");
}

}  // namespace

Result<int> evidence_verify(const std::string& folder, const std::string& key) {
  const auto verdict = footage::verify_evidence(folder);
  if (!verdict) {
    fmt::print("cannot be verified: {}\n", verdict.error().message);
    return 2;
  }
  for (const auto& line : verdict->changed) fmt::print("{}\n", line);
  if (!verdict->ok) return 1;
  fmt::print("whole: video.mp4, manifest.json and manifest.sig belong together and are unchanged\n");
  print_facts(*verdict);
  fmt::print("key       {}\n", verdict->fingerprint);
  if (key.empty()) {
    fmt::print("          compare it with the fingerprint that the town has published\n");
    return 0;
  }
  if (digits(key) != digits(verdict->fingerprint)) {
    fmt::print("the key is not the one with the fingerprint {}: somebody else has signed this\n", key);
    return 1;
  }
  fmt::print("          as given\n");
  return 0;
}

Result<> evidence_key(const std::string& data) {
  SystemRandom random;
  TRY(const auto key, footage::evidence_key(data, random));
  fmt::print("{}\n", key.fingerprint);
  return {};
}

Result<> footage_rebuild(const std::string& data, const Config& config) {
  TRY(const auto done, footage::rebuild(config.footage_folder(data)));
  fmt::print(
      "{} files, {} fragments, {} bytes; {} torn ends cut ({} bytes), {} damaged stretches, {} unreadable files\n",
      done.files, done.fragments, done.bytes, done.torn_tails, done.torn_bytes, done.damaged, done.unreadable);
  return {};
}

Result<int> footage_check(const std::string& data, const Config& config) {
  std::uint64_t fragments = 0;
  TRY(const auto lines, footage::check(config.footage_folder(data), fragments));
  for (const auto& line : lines) fmt::print("{}\n", line);
  fmt::print("{} fragments: {}\n", fragments, lines.empty() ? "sound" : std::to_string(lines.size()) + " damaged");
  return lines.empty() ? 0 : 1;
}

}  // namespace qala::app
