#include "http/certificate.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <memory>
#include <span>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "base/file.h"
#include "http/ascii.h"

namespace qala::http {
namespace {

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>>;
using Memory = std::unique_ptr<BIO, Deleter<BIO_free_all>>;

constexpr long kTenYears = 3653L * 24 * 3600;
constexpr long kClockSlack = 24L * 3600;  // a device whose clock is a little behind accepts it too

Error openssl_failed(const char* doing) { return fail(ErrorKind::internal, std::string("OpenSSL failed ") + doing); }

bool is_address(const std::string& host) {
  return host.find_first_not_of("0123456789.") == std::string::npos || host.contains(':');
}

Result<std::string> alternative_names(const std::vector<std::string>& hosts) {
  std::string out;
  for (const auto& host : hosts) {
    for (const char c : host)
      if (!is_alpha(c) && !is_digit(c) && c != '.' && c != '-' && c != ':' && c != '*')
        return fail(ErrorKind::invalid, "certificate: \"" + host + "\" is no host name");
    if (!out.empty()) out += ",";
    out += (is_address(host) ? "IP:" : "DNS:") + host;
  }
  if (out.empty()) return fail(ErrorKind::invalid, "certificate: no host name given");
  return out;
}

Result<> add_extension(X509* certificate, int name, const char* value) {
  X509V3_CTX context{};
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, name, value));
  if (!extension || X509_add_ext(certificate, extension.get(), -1) != 1)
    return fail(ErrorKind::invalid, std::string("certificate: not acceptable: ") + value);
  return {};
}

Result<> set_serial(X509* certificate) {
  std::uint64_t serial = 0;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) != 1)
    return openssl_failed("drawing a serial");
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1);
  return {};
}

Result<Certificate> make_certificate(EVP_PKEY* key, const std::vector<std::string>& hosts) {
  TRY(const auto names, alternative_names(hosts));
  Certificate certificate(X509_new());
  if (!certificate) return openssl_failed("making a certificate");
  X509* raw = certificate.get();
  X509_set_version(raw, X509_VERSION_3);
  TRY_VOID(set_serial(raw));
  X509_gmtime_adj(X509_getm_notBefore(raw), -kClockSlack);
  X509_gmtime_adj(X509_getm_notAfter(raw), kTenYears);
  X509_set_pubkey(raw, key);
  X509_NAME* name = X509_get_subject_name(raw);
  const auto subject = "Qala " + hosts.front().substr(0, 50);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(subject.c_str()), -1, -1,
                             0);
  X509_set_issuer_name(raw, name);
  TRY_VOID(add_extension(raw, NID_basic_constraints, "critical,CA:TRUE,pathlen:0"));
  TRY_VOID(add_extension(raw, NID_key_usage, "critical,digitalSignature,keyCertSign"));
  TRY_VOID(add_extension(raw, NID_ext_key_usage, "serverAuth"));
  TRY_VOID(add_extension(raw, NID_subject_key_identifier, "hash"));
  TRY_VOID(add_extension(raw, NID_subject_alt_name, names.c_str()));
  if (X509_sign(raw, key, EVP_sha256()) == 0) return openssl_failed("signing the certificate");
  return certificate;
}

std::string text_of(BIO* memory) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(memory, &data);
  return std::string(data, static_cast<std::size_t>(size));
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

Result<> write_private(const std::string& path, const std::string& text) {
  ::unlink(path.c_str());
  const int made = ::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (made < 0) return from_errno(errno, "creating " + path);
  ::close(made);
  TRY(auto file, File::open(path, File::Mode::write));
  TRY_VOID(file.write_at(0, std::as_bytes(std::span(text))));
  return file.sync_data();
}

}  // namespace

Result<TlsFiles> ensure_self_signed(const std::string& folder, const std::vector<std::string>& hosts) {
  TlsFiles files{folder + "/tls.crt", folder + "/tls.key"};
  if (exists(files.certificate) && exists(files.key)) return files;
  const Key key(EVP_EC_gen("P-256"));
  if (!key) return openssl_failed("making a key");
  TRY(const auto certificate, make_certificate(key.get(), hosts));
  const Memory key_text(BIO_new(BIO_s_mem()));
  const Memory certificate_text(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1 ||
      PEM_write_bio_X509(certificate_text.get(), certificate.get()) != 1)
    return openssl_failed("writing the certificate");
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return from_errno(errno, "making the folder " + folder);
  TRY_VOID(write_private(files.key, text_of(key_text.get())));
  const auto text = text_of(certificate_text.get());
  TRY_VOID(write_file_atomically(files.certificate, std::as_bytes(std::span(text))));
  return files;
}

Result<CertificateFacts> certificate_facts(const std::string& pem_file) {
  TRY(const auto pem, read_file(pem_file));
  const Memory bytes(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const Certificate certificate(bytes ? PEM_read_bio_X509(bytes.get(), nullptr, nullptr, nullptr) : nullptr);
  if (!certificate) return fail(ErrorKind::invalid, pem_file + " holds no certificate");
  std::tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &end) != 1) return openssl_failed("reading a time");
  const X509_NAME* subject = X509_get_subject_name(certificate.get());
  char name[256] = {};
  if (X509_NAME_get_text_by_NID(subject, NID_commonName, name, sizeof name) < 0)
    X509_NAME_oneline(subject, name, sizeof name);
  return CertificateFacts{.subject = name,
                          .self_signed = X509_NAME_cmp(subject, X509_get_issuer_name(certificate.get())) == 0,
                          .end = Instant::from_seconds(::timegm(&end))};
}

}  // namespace qala::http
