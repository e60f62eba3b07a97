#include "lorawan/book.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "base/hex.h"
#include "base/schema.h"
#include "lorawan/schema.h"

namespace qala::lorawan {

namespace {

constexpr std::array kDecoders{std::string_view("codec"), std::string_view("cayenne-lpp"), std::string_view("server")};

std::string object_of(CodecId id) { return fmt::format("codec {}", id.value); }
std::string object_of(ProfileId id) { return fmt::format("device profile {}", id.value); }

std::string detail(std::string_view name, std::string_view more = {}, std::string_view value = {}) {
  std::string out;
  JsonWriter json(out);
  json.object().field("name", name);
  if (!more.empty()) json.field(more, value);
  json.end();
  return out;
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$'; }

bool names(std::string_view script, std::string_view word) {
  for (std::size_t at = script.find(word); at != std::string_view::npos; at = script.find(word, at + 1)) {
    const bool begins = at == 0 || !is_word(script[at - 1]);
    const std::size_t end = at + word.size();
    if (begins && (end == script.size() || !is_word(script[end]))) return true;
  }
  return false;
}

}  // namespace

std::string_view name_of(DecoderKind kind) { return kDecoders[static_cast<std::size_t>(kind)]; }

std::optional<DecoderKind> decoder_from(std::string_view name) {
  const auto found = std::ranges::find(kDecoders, name);
  if (found == kDecoders.end()) return std::nullopt;
  return static_cast<DecoderKind>(found - kDecoders.begin());
}

std::vector<std::string_view> routines_of(std::string_view script) {
  std::vector<std::string_view> out;
  if (names(script, "decodeUplink") || names(script, "Decode") || names(script, "Decoder"))
    out.push_back("decodeUplink");
  if (names(script, "encodeDownlink") || names(script, "Encode") || names(script, "Encoder"))
    out.push_back("encodeDownlink");
  if (names(script, "decodeDownlink")) out.push_back("decodeDownlink");
  if (names(script, "normalizeUplink")) out.push_back("normalizeUplink");
  return out;
}

const Codec* Plan::codec(CodecId id) const {
  const auto found = codecs.find(id);
  return found == codecs.end() ? nullptr : &found->second;
}

const Profile* Plan::profile(ProfileId id) const {
  const auto found = profiles.find(id);
  return found == profiles.end() ? nullptr : &found->second;
}

const Device* Plan::device(std::string_view eui) const {
  const auto found = devices.find(eui);
  return found == devices.end() ? nullptr : &found->second;
}

std::size_t Plan::devices_of(ProfileId id) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(devices, [&](const auto& one) { return one.second.profile == id; }));
}

Result<std::unique_ptr<Book>> Book::open(sqlite::Database& db, const Clock& clock, audit::AuditSink& audit) {
  TRY_VOID(sqlite::upgrade_room(db, "lorawan", kSchemaSteps).context("lorawan"));
  std::unique_ptr<Book> self(new Book(db, clock, audit));
  TRY_VOID(self->load().context("lorawan"));
  return self;
}

std::shared_ptr<const Plan> Book::plan() const {
  const std::lock_guard lock(mutex_);
  return plan_;
}

void Book::publish(Plan next) {
  auto plan = std::make_shared<const Plan>(std::move(next));
  const std::lock_guard lock(mutex_);
  plan_ = std::move(plan);
}

Result<> Book::load() {
  Plan next;
  TRY(auto codec, db_.prepare("SELECT id, name, script, sha256, changed, by, strikes, disabled, reason FROM"
                              " lorawan_codec"));
  for (;;) {
    TRY(const bool more, codec.step());
    if (!more) break;
    const CodecId id(static_cast<std::uint32_t>(codec.integer(0)));
    next.codecs[id] = {.id = id,
                       .name = codec.text(1),
                       .script = std::make_shared<const std::string>(codec.text(2)),
                       .sha256 = codec.text(3),
                       .changed = {codec.integer(4)},
                       .by = codec.text(5),
                       .strikes = static_cast<int>(codec.integer(6)),
                       .disabled = codec.integer(7) != 0,
                       .reason = codec.text(8)};
  }
  TRY(auto row, db_.prepare("SELECT id, name, maker, model, decoder, codec, expected_s, variables, fields FROM"
                            " lorawan_profile"));
  for (;;) {
    TRY(const bool more, row.step());
    if (!more) break;
    const ProfileId id(static_cast<std::uint32_t>(row.integer(0)));
    Profile& profile = next.profiles[id];
    profile = {.id = id, .name = row.text(1), .maker = row.text(2), .model = row.text(3)};
    profile.decoder = decoder_from(row.text(4)).value_or(DecoderKind::server);
    if (!row.is_null(5)) profile.codec = CodecId(static_cast<std::uint32_t>(row.integer(5)));
    profile.expected_s = row.integer(6);
    profile.variables = row.text(7);
    TRY(const Json fields, parse_object("{\"fields\":" + row.text(8) + "}"));
    TRY_VOID(read_profile(fields, profile).context(object_of(id)));
  }
  TRY(auto device, db_.prepare("SELECT eui, profile, thing, name FROM lorawan_device"));
  for (;;) {
    TRY(const bool more, device.step());
    if (!more) break;
    next.devices[device.text(0)] = {.eui = device.text(0),
                                    .profile = ProfileId(static_cast<std::uint32_t>(device.integer(1))),
                                    .thing = ThingId(static_cast<std::uint32_t>(device.integer(2))),
                                    .name = device.text(3)};
  }
  publish(std::move(next));
  return {};
}

// ---- codecs

Result<> Book::store(Codec& codec) {
  TRY_VOID(check(codec));
  const auto now = plan();
  const auto taken = std::ranges::find_if(
      now->codecs, [&](const auto& one) { return one.second.name == codec.name && one.first != codec.id; });
  if (taken != now->codecs.end()) return fail(ErrorKind::conflict, "name: there is a codec \"" + codec.name + "\"");
  if (!codec.id && now->codecs.size() >= Limits::kCodecs)
    return fail(ErrorKind::conflict, "a town has at most 500 codecs");
  codec.sha256 = sha256_hex(*codec.script);
  codec.changed = clock_.now();
  TRY(auto row,
      db_.prepare("INSERT INTO lorawan_codec (id, name, script, sha256, changed, by, strikes, disabled, reason)"
                  " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name,"
                  " script = excluded.script, sha256 = excluded.sha256, changed = excluded.changed,"
                  " by = excluded.by, strikes = excluded.strikes, disabled = excluded.disabled,"
                  " reason = excluded.reason"));
  if (codec.id) row.bind(1, std::int64_t{codec.id.value});
  else row.bind_null(1);
  row.bind(2, codec.name).bind(3, *codec.script).bind(4, codec.sha256).bind(5, codec.changed.ns).bind(6, codec.by);
  row.bind(7, std::int64_t{codec.strikes}).bind(8, std::int64_t{codec.disabled}).bind(9, codec.reason);
  TRY_VOID(row.run());
  if (!codec.id) codec.id = CodecId(static_cast<std::uint32_t>(db_.last_insert_id()));
  return {};
}

Result<Codec> Book::put_codec(Codec codec, const audit::Actor& actor) {
  const bool fresh = !codec.id;
  const auto now = plan();
  const Codec* before = fresh ? nullptr : now->codec(codec.id);
  if (!fresh && !before) return fail(ErrorKind::not_found, "there is no such codec");
  const bool same = before && codec.script && *before->script == *codec.script;
  codec.strikes = same ? before->strikes : 0;
  codec.disabled = same && before->disabled;
  codec.reason = same ? before->reason : std::string();
  codec.by = actor.subject;
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  TRY_VOID(store(codec));
  TRY_VOID(audit_.record(actor, fresh ? "codec.added" : "codec.changed", object_of(codec.id),
                         detail(codec.name, "sha256", codec.sha256)));
  TRY_VOID(transaction.commit());
  Plan next = *now;
  next.codecs[codec.id] = codec;
  publish(std::move(next));
  return codec;
}

Result<> Book::remove_codec(CodecId id, const audit::Actor& actor) {
  const auto now = plan();
  const Codec* codec = now->codec(id);
  if (!codec) return fail(ErrorKind::not_found, "there is no such codec");
  std::string users;
  for (const auto& [number, profile] : now->profiles) {
    if (profile.codec == id) users += (users.empty() ? "" : ", ") + profile.name;
  }
  if (!users.empty()) return fail(ErrorKind::conflict, "device profiles use it: " + users);
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  TRY(auto row, db_.prepare("DELETE FROM lorawan_codec WHERE id = ?"));
  row.bind(1, std::int64_t{id.value});
  TRY_VOID(row.run());
  TRY_VOID(audit_.record(actor, "codec.removed", object_of(id), detail(codec->name)));
  TRY_VOID(transaction.commit());
  Plan next = *now;
  next.codecs.erase(id);
  publish(std::move(next));
  return {};
}

Result<> Book::stand(CodecId id, int strikes, bool disabled, const std::string& reason) {
  TRY(auto row, db_.prepare("UPDATE lorawan_codec SET strikes = ?, disabled = ?, reason = ? WHERE id = ?"));
  row.bind(1, std::int64_t{strikes}).bind(2, std::int64_t{disabled}).bind(3, reason).bind(4, std::int64_t{id.value});
  return row.run();
}

Result<> Book::set_standing(CodecId id, int strikes, bool disabled, const std::string& reason) {
  const auto now = plan();
  const Codec* codec = now->codec(id);
  if (!codec) return {};  // it went meanwhile
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  TRY_VOID(stand(id, strikes, disabled, reason));
  if (disabled && !codec->disabled) {
    TRY_VOID(
        audit_.record({"system", "sandbox"}, "codec.disabled", object_of(id), detail(codec->name, "reason", reason)));
  }
  TRY_VOID(transaction.commit());
  Plan next = *now;
  Codec& changed = next.codecs[id];
  changed.strikes = strikes;
  changed.disabled = disabled;
  changed.reason = reason;
  publish(std::move(next));
  return {};
}

Result<> Book::enable_codec(CodecId id, const audit::Actor& actor) {
  const auto now = plan();
  const Codec* codec = now->codec(id);
  if (!codec) return fail(ErrorKind::not_found, "there is no such codec");
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  TRY_VOID(stand(id, 0, false, ""));
  TRY_VOID(audit_.record(actor, "codec.enabled", object_of(id), detail(codec->name)));
  TRY_VOID(transaction.commit());
  Plan next = *now;
  Codec& changed = next.codecs[id];
  changed.strikes = 0;
  changed.disabled = false;
  changed.reason.clear();
  publish(std::move(next));
  return {};
}

// ---- profiles

Result<> Book::store(Profile& profile) {
  TRY_VOID(check(profile));
  const auto now = plan();
  const auto taken = std::ranges::find_if(
      now->profiles, [&](const auto& one) { return one.second.name == profile.name && one.first != profile.id; });
  if (taken != now->profiles.end())
    return fail(ErrorKind::conflict, "name: there is a device profile \"" + profile.name + "\"");
  if (!profile.id && now->profiles.size() >= Limits::kProfiles)
    return fail(ErrorKind::conflict, "a town has at most 1,000 device profiles");
  std::string text;
  JsonWriter json(text);
  json.object();
  write_profile(json, profile);
  json.end();
  TRY(const Json whole, parse_object(text));
  TRY(auto row,
      db_.prepare("INSERT INTO lorawan_profile (id, name, maker, model, decoder, codec, expected_s, variables,"
                  " fields) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
                  " name = excluded.name, maker = excluded.maker, model = excluded.model,"
                  " decoder = excluded.decoder, codec = excluded.codec, expected_s = excluded.expected_s,"
                  " variables = excluded.variables, fields = excluded.fields"));
  if (profile.id) row.bind(1, std::int64_t{profile.id.value});
  else row.bind_null(1);
  row.bind(2, profile.name).bind(3, profile.maker).bind(4, profile.model).bind(5, name_of(profile.decoder));
  if (profile.codec) row.bind(6, std::int64_t{profile.codec.value});
  else row.bind_null(6);
  row.bind(7, profile.expected_s).bind(8, profile.variables).bind(9, written(*member(whole, "fields")));
  TRY_VOID(row.run());
  if (!profile.id) profile.id = ProfileId(static_cast<std::uint32_t>(db_.last_insert_id()));
  return {};
}

Result<Profile> Book::put_profile(Profile profile, const audit::Actor& actor) {
  const auto now = plan();
  const bool fresh = !profile.id;
  if (!fresh && !now->profile(profile.id)) return fail(ErrorKind::not_found, "there is no such device profile");
  if (profile.codec && !now->codec(profile.codec))
    return fail(ErrorKind::invalid, "decoder.codec: there is no such codec");
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  TRY_VOID(store(profile));
  TRY_VOID(audit_.record(actor, fresh ? "device_profile.added" : "device_profile.changed", object_of(profile.id),
                         detail(profile.name)));
  TRY_VOID(transaction.commit());
  Plan next = *now;
  next.profiles[profile.id] = profile;
  publish(std::move(next));
  return profile;
}

Result<> Book::remove_profile(ProfileId id, const audit::Actor& actor) {
  const auto now = plan();
  const Profile* profile = now->profile(id);
  if (!profile) return fail(ErrorKind::not_found, "there is no such device profile");
  if (const auto devices = now->devices_of(id); devices > 0)
    return fail(ErrorKind::conflict, fmt::format("{} devices have it", devices));
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  TRY(auto row, db_.prepare("DELETE FROM lorawan_profile WHERE id = ?"));
  row.bind(1, std::int64_t{id.value});
  TRY_VOID(row.run());
  TRY_VOID(audit_.record(actor, "device_profile.removed", object_of(id), detail(profile->name)));
  TRY_VOID(transaction.commit());
  Plan next = *now;
  next.profiles.erase(id);
  publish(std::move(next));
  return {};
}

Result<Profile> Book::import(Profile profile, std::optional<Codec> codec, const audit::Actor& actor) {
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  if (codec) {
    codec->by = actor.subject;
    TRY_VOID(store(*codec).context("codec"));
    profile.codec = codec->id;
    TRY_VOID(audit_.record(actor, "codec.added", object_of(codec->id), detail(codec->name, "sha256", codec->sha256)));
  }
  TRY_VOID(store(profile));
  TRY_VOID(audit_.record(actor, "device_profile.added", object_of(profile.id), detail(profile.name)));
  TRY_VOID(transaction.commit());
  Plan next = *plan();
  if (codec) next.codecs[codec->id] = *codec;
  next.profiles[profile.id] = profile;
  publish(std::move(next));
  return profile;
}

// ---- devices

Result<> Book::put_device(const Device& device, const audit::Actor& actor) {
  const auto now = plan();
  if (device.name.size() > Limits::kName) return fail(ErrorKind::invalid, "name: at most 200 bytes");
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  TRY(auto row, db_.prepare("INSERT OR REPLACE INTO lorawan_device (eui, profile, thing, name) VALUES (?, ?, ?, ?)"));
  row.bind(1, device.eui);
  if (device.profile) row.bind(2, std::int64_t{device.profile.value});
  else row.bind_null(2);
  row.bind(3, std::int64_t{device.thing.value}).bind(4, device.name);
  TRY_VOID(row.run());
  std::string more;
  JsonWriter json(more);
  json.object().field("profile", device.profile.value).field("thing", device.thing.value);
  json.field("name", device.name).end();
  TRY_VOID(audit_.record(actor, "lorawan_device.assigned", "lorawan device " + device.eui, more));
  TRY_VOID(transaction.commit());
  Plan next = *now;
  next.devices[device.eui] = device;
  publish(std::move(next));
  return {};
}

}  // namespace qala::lorawan
