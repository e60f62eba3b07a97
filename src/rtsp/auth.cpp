#include "rtsp/auth.h"

#include <openssl/evp.h>

#include <array>

#include <fmt/format.h>

#include "base/base64.h"
#include "base/hex.h"
#include "rtsp/text.h"

namespace qala::rtsp {
namespace {

std::string hex_digest(const EVP_MD* kind, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), bytes.data(), &size, kind, nullptr);
  return to_hex(std::as_bytes(std::span(bytes).first(size)));
}

/// name=value or name="value, with commas"; leaves what is behind the next comma.
std::pair<std::string_view, std::string> next_parameter(std::string_view& text) {
  const auto name = trimmed(cut(text, '='));
  while (text.starts_with(' ')) text.remove_prefix(1);
  if (!text.starts_with('"')) return {name, std::string(trimmed(cut(text, ',')))};
  std::string value;
  std::size_t at = 1;
  for (; at < text.size() && text[at] != '"'; at++) {
    if (text[at] == '\\' && at + 1 < text.size()) at++;
    value.push_back(text[at]);
  }
  text.remove_prefix(std::min(at + 1, text.size()));
  cut(text, ',');
  return {name, std::move(value)};
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    if (static_cast<unsigned char>(c) >= 0x20) out.push_back(c);
  }
  return out + '"';
}

}  // namespace

Authenticator::Offer Authenticator::parse(std::string_view value) {
  Offer offer;
  const auto name = trimmed(cut(value, ' '));
  bool known = true;
  while (!trimmed(value).empty()) {
    const auto [key, text] = next_parameter(value);
    if (same_no_case(key, "realm")) offer.realm = text;
    else if (same_no_case(key, "nonce")) offer.nonce = text;
    else if (same_no_case(key, "opaque")) offer.opaque = text;
    else if (same_no_case(key, "algorithm")) offer.algorithm = text;
    else if (same_no_case(key, "stale")) offer.stale = same_no_case(text, "true");
    else if (same_no_case(key, "qop")) {
      for (std::string_view list = text; !list.empty();) {
        if (same_no_case(trimmed(cut(list, ',')), "auth")) offer.qop = true;
      }
      known = offer.qop;  // auth-int alone: we have no body to sign it with
    }
  }
  if (same_no_case(name, "Basic")) offer.scheme = Scheme::basic;
  if (!same_no_case(name, "Digest") || offer.nonce.empty() || !known) return offer;
  std::string_view algorithm = offer.algorithm;
  if (algorithm.size() > 5 && same_no_case(algorithm.substr(algorithm.size() - 5), "-sess")) {
    offer.session = true;
    algorithm.remove_suffix(5);
  }
  if (algorithm.empty() || same_no_case(algorithm, "MD5")) offer.scheme = Scheme::md5;
  if (same_no_case(algorithm, "SHA-256")) offer.scheme = Scheme::sha256;
  return offer;
}

bool Authenticator::challenge(const Message& unauthorized) {
  Offer best;
  for (const auto& [name, value] : unauthorized.headers) {
    if (!same_no_case(name, "WWW-Authenticate")) continue;
    auto offer = parse(value);
    if (offer.scheme > best.scheme) best = std::move(offer);
  }
  stale_ = best.stale;
  scheme_ = best.scheme;
  offer_ = std::move(best);
  count_ = 0;
  return scheme_ != Scheme::none;
}

std::string Authenticator::hash(std::string_view text) const {
  return hex_digest(scheme_ == Scheme::sha256 ? EVP_sha256() : EVP_md5(), text);
}

std::string Authenticator::authorization(std::string_view method, std::string_view uri, std::string_view client_nonce) {
  if (scheme_ == Scheme::none) return {};
  if (scheme_ == Scheme::basic) return "Basic " + to_base64(fmt::format("{}:{}", user_, password_));
  auto secret = hash(fmt::format("{}:{}:{}", user_, offer_.realm, password_));
  if (offer_.session) secret = hash(fmt::format("{}:{}:{}", secret, offer_.nonce, client_nonce));
  const auto request = hash(fmt::format("{}:{}", method, uri));
  const auto count = fmt::format("{:08x}", ++count_);
  const auto response =
      offer_.qop ? hash(fmt::format("{}:{}:{}:{}:auth:{}", secret, offer_.nonce, count, client_nonce, request))
                 : hash(fmt::format("{}:{}:{}", secret, offer_.nonce, request));
  auto out = fmt::format("Digest username={}, realm={}, nonce={}, uri={}, response=\"{}\"", in_quotes(user_),
                         in_quotes(offer_.realm), in_quotes(offer_.nonce), in_quotes(uri), response);
  if (!offer_.algorithm.empty()) out += fmt::format(", algorithm={}", offer_.algorithm);
  if (!offer_.opaque.empty()) out += fmt::format(", opaque={}", in_quotes(offer_.opaque));
  if (offer_.qop) out += fmt::format(", qop=auth, nc={}, cnonce=\"{}\"", count, client_nonce);
  else if (offer_.session) out += fmt::format(", cnonce=\"{}\"", client_nonce);
  return out;
}

}  // namespace qala::rtsp
