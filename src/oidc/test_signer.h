#pragma once

#include <memory>
#include <string>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include "base/base64.h"
#include "oidc/text.h"

namespace qala::oidc::test {

/// A provider's key, and tokens signed by it. Written with OpenSSL's other half: what is verified elsewhere is signed
/// here.
class Signer {
 public:
  static Signer rsa(std::string kid = "k1", unsigned bits = 2048) { return Signer(EVP_RSA_gen(bits), std::move(kid)); }
  static Signer ec(std::string kid = "k1") { return Signer(EVP_EC_gen("P-256"), std::move(kid)); }

  std::string jwk(const std::string& more = "") const {
    const bool is_rsa = EVP_PKEY_is_a(key_.get(), "RSA") == 1;
    return "{\"kid\":\"" + kid_ + "\"," + (is_rsa ? rsa_fields() : ec_fields()) + more + "}";
  }
  std::string jwks() const { return "{\"keys\":[" + jwk() + "]}"; }

  /// `header`: the whole one; empty: what belongs to `algorithm`.
  std::string sign(const std::string& payload, const std::string& algorithm, std::string header = "") const {
    if (header.empty()) header = R"({"alg":")" + algorithm + R"(","typ":"JWT","kid":")" + kid_ + "\"}";
    const std::string text = to_base64url(header) + "." + to_base64url(payload);
    return text + "." + to_base64url(signature_of(text, algorithm));
  }

 private:
  Signer(EVP_PKEY* key, std::string kid) : key_(key, EVP_PKEY_free), kid_(std::move(kid)) {}

  std::string number(const char* name, int size = 0) const {
    BIGNUM* value = nullptr;
    EVP_PKEY_get_bn_param(key_.get(), name, &value);
    std::string bytes(static_cast<std::size_t>(size > 0 ? size : BN_num_bytes(value)), '\0');
    BN_bn2binpad(value, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    BN_free(value);
    return to_base64url(bytes);
  }
  std::string rsa_fields() const {
    return R"("kty":"RSA","n":")" + number(OSSL_PKEY_PARAM_RSA_N) + R"(","e":")" + number(OSSL_PKEY_PARAM_RSA_E) + "\"";
  }
  std::string ec_fields() const {
    return R"("kty":"EC","crv":"P-256","x":")" + number(OSSL_PKEY_PARAM_EC_PUB_X, 32) + R"(","y":")" +
           number(OSSL_PKEY_PARAM_EC_PUB_Y, 32) + "\"";
  }

  std::string signature_of(const std::string& text, const std::string& algorithm) const {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EVP_PKEY_CTX* padding = nullptr;
    EVP_DigestSignInit(context, &padding, EVP_sha256(), nullptr, key_.get());
    if (algorithm == "PS256") {
      EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING);
      EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, RSA_PSS_SALTLEN_DIGEST);
    }
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    std::size_t size = 0;
    EVP_DigestSign(context, nullptr, &size, bytes, text.size());
    std::string out(size, '\0');
    EVP_DigestSign(context, reinterpret_cast<unsigned char*>(out.data()), &size, bytes, text.size());
    out.resize(size);
    EVP_MD_CTX_free(context);
    return EVP_PKEY_is_a(key_.get(), "EC") == 1 ? side_by_side(out) : out;
  }
  static std::string side_by_side(const std::string& der) {
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    ECDSA_SIG* parsed = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
    std::string out(64, '\0');
    auto* to = reinterpret_cast<unsigned char*>(out.data());
    BN_bn2binpad(ECDSA_SIG_get0_r(parsed), to, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(parsed), to + 32, 32);
    ECDSA_SIG_free(parsed);
    return out;
  }

  std::shared_ptr<EVP_PKEY> key_;
  std::string kid_;
};

}  // namespace qala::oidc::test
