#include <algorithm>

#include <boost/json.hpp>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "base/base64.h"
#include "oidc/jwt.h"
#include "oidc/text.h"

namespace qala::oidc {

namespace json = boost::json;

namespace {

constexpr std::size_t kMostKeys = 100, kLongest = 1 << 20;
constexpr int kLeastRsaBits = 2048, kMostRsaBits = 8192;
constexpr std::size_t kEcBytes = 32;

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* it) const {
    Free(it);
  }
};
using Pkey = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using PkeyContext = std::unique_ptr<EVP_PKEY_CTX, Freer<EVP_PKEY_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, Freer<BN_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Freer<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Freer<OSSL_PARAM_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX_free>>;
using EcSignature = std::unique_ptr<ECDSA_SIG, Freer<ECDSA_SIG_free>>;

const unsigned char* raw(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

std::string text_of(const json::object& key, std::string_view name) {
  const auto* value = key.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

Number number_of(const json::object& key, std::string_view name) {
  const auto bytes = from_base64url(text_of(key, name));
  if (!bytes || bytes->empty() || bytes->size() > kMostRsaBits / 8 + 1) return nullptr;
  return Number(BN_bin2bn(raw(*bytes), static_cast<int>(bytes->size()), nullptr));
}

Pkey made_of(const char* type, OSSL_PARAM_BLD* builder) {
  const Params params(OSSL_PARAM_BLD_to_param(builder));
  const PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* made = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return nullptr;
  }
  return Pkey(made);
}

Pkey rsa_of(const json::object& key) {
  const Number n = number_of(key, "n"), e = number_of(key, "e");
  if (!n || !e || BN_num_bits(n.get()) < kLeastRsaBits || BN_num_bits(n.get()) > kMostRsaBits || !BN_is_odd(e.get()) ||
      BN_num_bits(e.get()) > 33 || BN_is_one(e.get())) {
    return nullptr;
  }
  const Builder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  return made_of("RSA", builder.get());
}

Pkey ec_of(const json::object& key) {
  const auto x = from_base64url(text_of(key, "x")), y = from_base64url(text_of(key, "y"));
  if (text_of(key, "crv") != "P-256" || !x || !y || x->size() != kEcBytes || y->size() != kEcBytes) return nullptr;
  const std::string point = "\x04" + *x + *y;
  const Builder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  auto made = made_of("EC", builder.get());
  if (!made) return nullptr;
  const PkeyContext check(EVP_PKEY_CTX_new_from_pkey(nullptr, made.get(), nullptr));
  if (!check || EVP_PKEY_public_check(check.get()) != 1) return nullptr;  // a point of the curve
  return made;
}

/// JWS has the two numbers side by side, OpenSSL wants them in DER.
std::string der_of(std::string_view signature) {
  if (signature.size() != 2 * kEcBytes) return {};
  const EcSignature made(ECDSA_SIG_new());
  ECDSA_SIG_set0(made.get(), BN_bin2bn(raw(signature), kEcBytes, nullptr),
                 BN_bin2bn(raw(signature) + kEcBytes, kEcBytes, nullptr));
  unsigned char* der = nullptr;
  const int length = i2d_ECDSA_SIG(made.get(), &der);
  if (length <= 0) return {};
  std::string out(reinterpret_cast<char*>(der), static_cast<std::size_t>(length));
  OPENSSL_free(der);
  return out;
}

bool signed_by(EVP_PKEY* key, const Jwt& token) {
  const Digest context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* padding = nullptr;  // belongs to context
  if (!context || EVP_DigestVerifyInit(context.get(), &padding, EVP_sha256(), nullptr, key) != 1) return false;
  if (token.algorithm == Algorithm::ps256 && (EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING) != 1 ||
                                              EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, RSA_PSS_SALTLEN_DIGEST) != 1)) {
    return false;
  }
  const std::string signature = token.algorithm == Algorithm::es256 ? der_of(token.signature) : token.signature;
  return EVP_DigestVerify(context.get(), raw(signature), signature.size(), raw(token.signed_part),
                          token.signed_part.size()) == 1;
}

}  // namespace

struct KeySet::Impl {
  struct Key {
    std::string id, algorithm;
    bool rsa = false;
    Pkey key;
  };
  std::vector<Key> keys;

  /// The type of the key decides, not what the token says: an RSA key verifies no ES256.
  std::vector<const Key*> candidates(const Jwt& token) const {
    const std::string_view name = token.algorithm == Algorithm::rs256   ? "RS256"
                                  : token.algorithm == Algorithm::ps256 ? "PS256"
                                                                        : "ES256";
    std::vector<const Key*> out;
    for (const auto& key : keys) {
      if (key.rsa != (token.algorithm != Algorithm::es256)) continue;
      if (!key.algorithm.empty() && key.algorithm != name) continue;
      if (!token.key_id.empty() && key.id != token.key_id) continue;
      out.push_back(&key);
    }
    if (token.key_id.empty() && out.size() > 1) out.clear();
    return out;
  }
};

KeySet::KeySet(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
KeySet::KeySet(KeySet&&) noexcept = default;
KeySet& KeySet::operator=(KeySet&&) noexcept = default;
KeySet::~KeySet() = default;

Result<KeySet> KeySet::parse(std::string_view text) {
  boost::system::error_code ec;
  const auto parsed = text.size() > kLongest ? json::value() : json::parse(text, ec);
  const auto* object = ec ? nullptr : parsed.if_object();
  const auto* list = object ? object->if_contains("keys") : nullptr;
  if (!list || !list->is_array()) return fail(ErrorKind::corrupt, "the provider's keys are no key set");
  auto impl = std::make_unique<Impl>();
  for (const auto& entry : list->get_array()) {
    const auto* key = entry.if_object();
    if (!key || impl->keys.size() >= kMostKeys) continue;
    const std::string type = text_of(*key, "kty"), use = text_of(*key, "use");
    if (!use.empty() && use != "sig") continue;
    auto made = type == "RSA" ? rsa_of(*key) : type == "EC" ? ec_of(*key) : nullptr;
    if (!made) continue;
    impl->keys.push_back({text_of(*key, "kid"), text_of(*key, "alg"), type == "RSA", std::move(made)});
  }
  return KeySet(std::move(impl));
}

std::size_t KeySet::size() const { return impl_->keys.size(); }
bool KeySet::knows(const Jwt& token) const { return !impl_->candidates(token).empty(); }
bool KeySet::verifies(const Jwt& token) const {
  return std::ranges::any_of(impl_->candidates(token),
                             [&](const auto* key) { return signed_by(key->key.get(), token); });
}

}  // namespace qala::oidc
