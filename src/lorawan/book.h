#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "audit/sink.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/json_writer.h"
#include "base/sqlite.h"
#include "lorawan/members.h"

namespace qala::lorawan {

using CodecId = Id<struct CodecTag>;
using ProfileId = Id<struct ProfileTag>;

/// A maker's payload codec.
struct Codec {
  CodecId id = {};
  std::string name = {};
  std::shared_ptr<const std::string> script = {};
  std::string sha256 = {};  ///< of the script, hexadecimal
  Instant changed = {};
  std::string by = {};
  int strikes = 0;
  bool disabled = false;
  std::string reason = {};  ///< of the last strike
};

enum class DecoderKind : std::uint8_t {
  codec,
  cayenne_lpp,
  server,  ///< what the network server's own codec said
};
std::string_view name_of(DecoderKind kind);  ///< "cayenne-lpp"
std::optional<DecoderKind> decoder_from(std::string_view name);

/// What becomes of one field of the decoder's answer.
struct Field {
  std::string path = {};        ///< "data.temperature", "data.samples[*].t"
  std::string datastream = {};  ///< key of it
  std::string unit = {};        ///< empty: the property's
  std::string property = {};    ///< key of it; empty: not recognised
  double scale = 1, offset = 0;
  std::optional<double> min = {}, max = {};  ///< outside: flagged as out of range
  friend bool operator==(const Field&, const Field&) = default;
};

/// A make of device: how its payloads are read, and what they become.
struct Profile {
  ProfileId id = {};
  std::string name = {}, maker = {}, model = {};
  DecoderKind decoder = DecoderKind::server;
  CodecId codec = {};
  std::int64_t expected_s = 0;      ///< between uplinks; 0: not known
  std::string variables = "{}";     ///< given to the codec, JSON object
  std::vector<Field> fields = {};
};

/// A device that somebody saw to.
struct Device {
  std::string eui = {};
  ProfileId profile = {};  ///< none: nothing is decoded
  ThingId thing = {};
  std::string name = {};
};

struct Limits {
  static constexpr std::size_t kCodecs = 500, kProfiles = 1'000, kFields = 100, kName = 200;
};

/// As everything is at one moment. Never changed: another one takes its place.
struct Plan {
  std::map<CodecId, Codec> codecs = {};
  std::map<ProfileId, Profile> profiles = {};
  std::map<std::string, Device, std::less<>> devices = {};

  const Codec* codec(CodecId id) const;
  const Profile* profile(ProfileId id) const;
  const Device* device(std::string_view eui) const;
  std::size_t devices_of(ProfileId id) const;
};

/// `invalid`, beginning with the field.
Result<> check(const Codec& codec);
Result<> check(const Profile& profile);
/// The members that the body speaks of go into the profile, the others stay.
Result<> read_profile(const Json& body, Profile& into);
/// Without `id` and `devices`: what a file holds too.
void write_profile(JsonWriter& json, const Profile& profile);

/// Routines of a script, by their names in it: "decodeUplink".
std::vector<std::string_view> routines_of(std::string_view script);

/// Codecs, profiles and devices in town.db. Changes on the writer thread, each with its audit entry in the same step;
/// plan() from any thread. `conflict`: the name is taken, or something is in use; `not_found`.
class Book {
 public:
  static Result<std::unique_ptr<Book>> open(sqlite::Database& db, const Clock& clock, audit::AuditSink& audit);

  std::shared_ptr<const Plan> plan() const;

  Result<Codec> put_codec(Codec codec, const audit::Actor& actor);  ///< a new script is forgiven its strikes
  Result<> remove_codec(CodecId id, const audit::Actor& actor);
  Result<> enable_codec(CodecId id, const audit::Actor& actor);
  /// What is held against it now; disabling is in the audit.
  Result<> set_standing(CodecId id, int strikes, bool disabled, const std::string& reason);
  Result<Profile> put_profile(Profile profile, const audit::Actor& actor);
  Result<> remove_profile(ProfileId id, const audit::Actor& actor);
  Result<> put_device(const Device& device, const audit::Actor& actor);
  /// A profile with its codec, from a file: both or none.
  Result<Profile> import(Profile profile, std::optional<Codec> codec, const audit::Actor& actor);

 private:
  Book(sqlite::Database& db, const Clock& clock, audit::AuditSink& audit) : db_(db), clock_(clock), audit_(audit) {}
  Result<> load();
  Result<> store(Codec& codec);
  Result<> store(Profile& profile);
  Result<> stand(CodecId id, int strikes, bool disabled, const std::string& reason);
  void publish(Plan next);

  sqlite::Database& db_;
  const Clock& clock_;
  audit::AuditSink& audit_;
  mutable std::mutex mutex_;  ///< guards the pointer
  std::shared_ptr<const Plan> plan_ = std::make_shared<Plan>();
};

}  // namespace qala::lorawan
