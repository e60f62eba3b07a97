#include "notify/webhook.h"

#include <openssl/evp.h>

#include <array>

#include "alarms/render.h"
#include "base/base64.h"
#include "base/json_writer.h"
#include "notify/loose_base64.h"
#include "notify/mail.h"

namespace qala::notify {

namespace {

constexpr std::string_view kPrefix = "whsec_";

std::string hmac_sha256(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  std::size_t size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (!EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, key.data(), key.size(), bytes, text.size(), out.data(),
                 out.size(), &size)) {
    return {};
  }
  return {reinterpret_cast<const char*>(out.data()), size};
}

void open_body(JsonWriter& json, std::string_view key, const Letter& letter, bool test) {
  json.object().field("type", test ? "qala.test" : "qala.alarms").field("key", key).field("at", letter.now.ms());
  json.field("town", letter.names.town(letter.language)).field("language", words::code_of(letter.language));
}

}  // namespace

std::string hook_body(std::span<const Told> told, std::uint64_t left_out, std::string_view key, const Letter& letter) {
  std::string body;
  JsonWriter json(body);
  open_body(json, key, letter, false);
  json.field("left_out", left_out).key("events").array();
  for (const auto& one : told) {
    json.object().field("step", one.step).field("event", name_of(one.event)).field("at", one.at.ms());
    json.field("text", headline(one, letter)).field("thing_key", letter.names.thing_key(one.alarm.thing));
    const auto link = link_to(one.alarm.id, letter);
    json.key("url");
    if (link.empty()) json.null();
    else json.string(link);
    json.key("alarm");
    alarms::render(json, one.alarm);
    json.end();
  }
  json.end().end();
  return body;
}

std::string hook_test_body(std::string_view key, const Letter& letter) {
  std::string body;
  JsonWriter json(body);
  open_body(json, key, letter, true);
  json.field("text", test_text(letter).subject).field("left_out", 0).key("events").array().end().end();
  return body;
}

Headers hook_headers(std::string_view key, Instant at, std::string_view body, std::string_view secret) {
  if (secret.starts_with(kPrefix)) secret.remove_prefix(kPrefix.size());
  const std::string timestamp = std::to_string(at.seconds());
  std::string text(key);
  text.append(".").append(timestamp).append(".").append(body);
  return {{"webhook-id", std::string(key)},
          {"webhook-timestamp", timestamp},
          {"webhook-signature", "v1," + to_base64(hmac_sha256(from_loose_base64(secret).value_or(""), text))},
          {"Idempotency-Key", std::string(key)}};
}

std::string new_hook_secret(Random& random) {
  std::array<std::byte, 32> bytes{};
  random.fill(bytes);
  return std::string(kPrefix) + to_base64({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

bool is_hook_secret(std::string_view text) {
  if (!text.starts_with(kPrefix)) return false;
  const auto key = from_loose_base64(text.substr(kPrefix.size()));
  return key && key->size() >= 24 && key->size() <= 64;
}

}  // namespace qala::notify
