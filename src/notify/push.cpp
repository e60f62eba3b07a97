#include "notify/push.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>

#include <array>
#include <memory>
#include <vector>

#include "base/base64.h"
#include "base/json_writer.h"
#include "notify/loose_base64.h"

namespace qala::notify {

namespace {

template <auto release>
struct Release {
  template <class T>
  void operator()(T* what) const {
    release(what);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Release<EVP_PKEY_CTX_free>>;

constexpr std::size_t kPoint = 65, kScalar = 32, kSalt = 16, kTag = 16;
constexpr std::uint32_t kRecord = 4096;

Error failed(const char* what) { return fail(ErrorKind::internal, std::string("OpenSSL: ") + what + " failed"); }

unsigned char* raw(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* raw(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

/// Public alone if `secret` is empty.
Result<Key> load_key(std::string_view open, std::string_view secret) {
  std::unique_ptr<OSSL_PARAM_BLD, Release<OSSL_PARAM_BLD_free>> build(OSSL_PARAM_BLD_new());
  std::unique_ptr<BIGNUM, Release<BN_clear_free>> number;
  OSSL_PARAM_BLD_push_utf8_string(build.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(build.get(), OSSL_PKEY_PARAM_PUB_KEY, open.data(), open.size());
  if (!secret.empty()) {
    number.reset(BN_bin2bn(raw(secret), static_cast<int>(secret.size()), nullptr));
    OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_PRIV_KEY, number.get());
  }
  std::unique_ptr<OSSL_PARAM, Release<OSSL_PARAM_free>> params(OSSL_PARAM_BLD_to_param(build.get()));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  const int what = secret.empty() ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR;
  if (!params || EVP_PKEY_fromdata_init(context.get()) <= 0 ||
      EVP_PKEY_fromdata(context.get(), &key, what, params.get()) <= 0) {
    return fail(ErrorKind::invalid, "not a key on P-256");
  }
  return Key(key);
}

Result<std::string> shared_secret(const KeyPair& own, std::string_view other) {
  TRY(const Key mine, load_key(own.open, own.secret));
  TRY(const Key theirs, load_key(other, {}));
  const KeyContext context(EVP_PKEY_CTX_new(mine.get(), nullptr));
  std::string out(kScalar, '\0');
  std::size_t size = out.size();
  if (EVP_PKEY_derive_init(context.get()) <= 0 || EVP_PKEY_derive_set_peer(context.get(), theirs.get()) <= 0 ||
      EVP_PKEY_derive(context.get(), raw(out), &size) <= 0 || size != out.size()) {
    return failed("ECDH");
  }
  return out;
}

Result<std::string> hkdf(std::string salt, std::string key, std::string info, std::size_t size) {
  const std::unique_ptr<EVP_KDF, Release<EVP_KDF_free>> kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  const std::unique_ptr<EVP_KDF_CTX, Release<EVP_KDF_CTX_free>> context(EVP_KDF_CTX_new(kdf.get()));
  std::string digest = "SHA256", out(size, '\0');
  const std::array params{OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), digest.size()),
                          OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, key.data(), key.size()),
                          OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt.data(), salt.size()),
                          OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()),
                          OSSL_PARAM_construct_end()};
  if (EVP_KDF_derive(context.get(), raw(out), out.size(), params.data()) <= 0) return failed("HKDF");
  return out;
}

Result<std::string> seal(std::string_view text, const std::string& key, const std::string& nonce) {
  const std::unique_ptr<EVP_CIPHER_CTX, Release<EVP_CIPHER_CTX_free>> context(EVP_CIPHER_CTX_new());
  std::string out(text.size() + kTag, '\0');
  int size = 0;
  if (EVP_EncryptInit_ex(context.get(), EVP_aes_128_gcm(), nullptr, raw(key), raw(nonce)) <= 0 ||
      EVP_EncryptUpdate(context.get(), raw(out), &size, raw(text), static_cast<int>(text.size())) <= 0 ||
      EVP_EncryptFinal_ex(context.get(), raw(out) + size, &size) <= 0 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(kTag), raw(out) + text.size()) <= 0) {
    return failed("AES-GCM");
  }
  return out;
}

/// DER to the two numbers beside each other, as JOSE wants them.
Result<std::string> es256(const KeyPair& pair, std::string_view text) {
  TRY(const Key key, load_key(pair.open, pair.secret));
  const std::unique_ptr<EVP_MD_CTX, Release<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
  std::string der(128, '\0');
  std::size_t size = der.size();
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) <= 0 ||
      EVP_DigestSign(context.get(), raw(der), &size, raw(text), text.size()) <= 0) {
    return failed("ECDSA");
  }
  const unsigned char* at = raw(std::string_view(der));
  const std::unique_ptr<ECDSA_SIG, Release<ECDSA_SIG_free>> signature(
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)));
  std::string out(2 * kScalar, '\0');
  if (!signature || BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), raw(out), kScalar) < 0 ||
      BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), raw(out) + kScalar, kScalar) < 0) {
    return failed("ECDSA");
  }
  return out;
}

}  // namespace

Result<KeyPair> KeyPair::make() {
  const Key key(EVP_EC_gen("prime256v1"));
  if (!key) return failed("making a key");
  KeyPair pair{.secret = std::string(kScalar, '\0'), .open = std::string(kPoint, '\0')};
  BIGNUM* number = nullptr;
  std::size_t size = 0;
  const bool read = EVP_PKEY_get_bn_param(key.get(), OSSL_PKEY_PARAM_PRIV_KEY, &number) > 0;
  const std::unique_ptr<BIGNUM, Release<BN_clear_free>> owned(number);
  if (!read || BN_bn2binpad(number, raw(pair.secret), kScalar) < 0 ||
      EVP_PKEY_get_octet_string_param(key.get(), OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, raw(pair.open), kPoint, &size) <=
          0 ||
      size != kPoint) {
    return failed("reading a new key");
  }
  return pair;
}

Result<PushKeys> PushKeys::parse(std::string_view p256dh, std::string_view auth) {
  const auto point = from_loose_base64(p256dh);
  const auto common = from_loose_base64(auth);
  if (!point || point->size() != kPoint || point->front() != 4)
    return fail(ErrorKind::invalid, "keys.p256dh: 65 bytes of an uncompressed point as base64url");
  if (!common || common->size() != 16) return fail(ErrorKind::invalid, "keys.auth: 16 bytes as base64url");
  const auto key = load_key(*point, {});
  if (!key) return fail(ErrorKind::invalid, "keys.p256dh: not a point on P-256");
  const KeyContext context(EVP_PKEY_CTX_new(key->get(), nullptr));
  if (EVP_PKEY_public_check(context.get()) <= 0) return fail(ErrorKind::invalid, "keys.p256dh: not a point on P-256");
  return PushKeys{*point, *common};
}

std::string PushKeys::stored() const { return to_base64url(p256dh) + "." + to_base64url(auth); }

Result<PushKeys> PushKeys::from_stored(std::string_view text) {
  const auto dot = text.find('.');
  if (dot == std::string_view::npos) return fail(ErrorKind::corrupt, "keys of a browser are damaged");
  return parse(text.substr(0, dot), text.substr(dot + 1));
}

Result<std::string> encrypt_push(std::string_view text, const PushKeys& browser, const KeyPair& pair,
                                 std::string_view salt) {
  if (text.size() > kLongestPush) return fail(ErrorKind::invalid, "a push holds at most 3,993 bytes");
  if (salt.size() != kSalt) return fail(ErrorKind::internal, "a salt has 16 bytes");
  using std::string_literals::operator""s;
  TRY(auto secret, shared_secret(pair, browser.p256dh));
  TRY(auto material, hkdf(browser.auth, std::move(secret), "WebPush: info\0"s + browser.p256dh + pair.open, 32));
  TRY(const auto key, hkdf(std::string(salt), material, "Content-Encoding: aes128gcm\0"s, 16));
  TRY(const auto nonce, hkdf(std::string(salt), material, "Content-Encoding: nonce\0"s, 12));
  TRY(const auto sealed, seal(std::string(text) + '\x02', key, nonce));
  std::string out(salt);
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(kRecord >> shift & 0xff);
  out += static_cast<char>(pair.open.size());
  return out + pair.open + sealed;
}

std::string origin_of(std::string_view url) {
  const auto host = url.find("://");
  if (host == std::string_view::npos) return {};
  return std::string(url.substr(0, url.find_first_of("/?", host + 3)));
}

Result<std::string> vapid_authorization(const KeyPair& town, std::string_view endpoint, std::string_view contact,
                                        Instant expires) {
  std::string claims;
  JsonWriter json(claims);
  json.object().field("aud", origin_of(endpoint)).field("exp", expires.seconds());
  if (!contact.empty()) json.field("sub", contact);
  json.end();
  const std::string signed_part = to_base64url(R"({"typ":"JWT","alg":"ES256"})") + "." + to_base64url(claims);
  TRY(const auto signature, es256(town, signed_part));
  return "vapid t=" + signed_part + "." + to_base64url(signature) + ", k=" + to_base64url(town.open);
}

}  // namespace qala::notify
