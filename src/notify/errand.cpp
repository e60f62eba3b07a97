#include "notify/errand.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace qala::notify {

namespace {

constexpr std::size_t kMostAnswer = 64 * 1024, kShownAnswer = 200;
constexpr std::int64_t kLongestPatience = 3600;

/// Foreign words on our pages: one line, printable, short.
std::string tidy(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool blank = static_cast<unsigned char>(c) <= ' ' || c == 0x7f;
    if (blank && (out.empty() || out.back() == ' ')) continue;
    out += blank ? ' ' : c;
  }
  std::size_t end = std::min(out.size(), kShownAnswer);
  while (end > 0 && end < out.size() && (static_cast<unsigned char>(out[end]) & 0xc0) == 0x80) end--;
  out.resize(end);
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

bool is_retry_after(std::string_view line, std::int64_t& out) {
  constexpr std::string_view kName = "retry-after:";
  if (line.size() < kName.size()) return false;
  const bool same = std::ranges::equal(line.substr(0, kName.size()), kName, {},
                                       [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c); });
  if (!same) return false;
  line.remove_prefix(kName.size());
  while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  return std::from_chars(line.data(), line.data() + line.size(), out).ec == std::errc();
}

}  // namespace

Errand::Errand(Parcel parcel, Carrier::Done done, const CourierOptions& options)
    : parcel_(std::move(parcel)), done_(std::move(done)), options_(options), handle_(curl_easy_init()) {
  if (!handle_) {
    refusal_ = "libcurl does not start";
    return;
  }
  set(CURLOPT_PRIVATE, static_cast<void*>(this));
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_QUICK_EXIT, 1L);
  set(CURLOPT_ERRORBUFFER, error_);
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(options_.deadline.count()));
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.deadline.count()));
  set(CURLOPT_PROXY, "");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_FORBID_REUSE, 1L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_HEADERFUNCTION, &Errand::on_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_WRITEFUNCTION, &Errand::on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(CURLOPT_READFUNCTION, &Errand::on_read);
  set(CURLOPT_READDATA, static_cast<void*>(this));
  set(CURLOPT_OPENSOCKETFUNCTION, &Errand::on_socket);
  set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
  if (parcel_.channel == Channel::mail) prepare_mail();
  else prepare_http();
}

Errand::~Errand() {
  curl_easy_cleanup(handle_);
  curl_slist_free_all(list_);
}

void Errand::prepare_mail() {
  const MailServer& mail = options_.mail;
  if (mail.host.empty()) {
    refusal_ = "no mail server is named: section [mail] of the configuration";
    return;
  }
  const bool v6 = mail.host.find(':') != std::string::npos;
  const std::string host = v6 ? "[" + mail.host + "]" : mail.host;
  const std::string us = mail.from.substr(mail.from.rfind('@') + 1);
  const std::string url = std::string(mail.tls == MailTls::tls ? "smtps://" : "smtp://") + host + ":" +
                          std::to_string(mail.port) + "/" + us;
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  set(CURLOPT_USE_SSL, static_cast<long>(mail.tls == MailTls::none ? CURLUSESSL_NONE : CURLUSESSL_ALL));
  if (!mail.ca_file.empty()) set(CURLOPT_CAINFO, mail.ca_file.c_str());
  if (!mail.user.empty()) {
    set(CURLOPT_USERNAME, mail.user.c_str());
    set(CURLOPT_PASSWORD, mail.password.c_str());
  }
  set(CURLOPT_MAIL_FROM, ("<" + mail.from + ">").c_str());
  list_ = curl_slist_append(nullptr, ("<" + parcel_.address + ">").c_str());
  set(CURLOPT_MAIL_RCPT, list_);
  set(CURLOPT_UPLOAD, 1L);
}

void Errand::prepare_http() {
  set(CURLOPT_URL, parcel_.address.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_USERAGENT, options_.agent.c_str());
  if (!options_.ca_file.empty()) set(CURLOPT_CAINFO, options_.ca_file.c_str());
  for (const auto& [name, value] : parcel_.headers) list_ = curl_slist_append(list_, (name + ": " + value).c_str());
  list_ = curl_slist_append(list_, "Expect:");
  set(CURLOPT_HTTPHEADER, list_);
  set(CURLOPT_POST, 1L);
  set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(parcel_.body.size()));
  set(CURLOPT_POSTFIELDS, parcel_.body.data());
}

void Errand::finish(int how) {
  if (!handle()) return done_({.fate = Fate::later, .words = refusal_});
  const auto result = static_cast<CURLcode>(how);
  long code = 0;
  curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &code);
  Outcome outcome = parcel_.channel == Channel::mail ? mail_outcome(result, code) : http_outcome(result, code);
  outcome.wait_s = std::clamp<std::int64_t>(retry_after_, 0, kLongestPatience);
  done_(std::move(outcome));
}

std::string Errand::hindrance(CURLcode result) const {
  if (!refusal_.empty()) return refusal_;
  const std::string why = error_[0] != 0 ? error_ : curl_easy_strerror(result);
  return tidy(last_line_.empty() || parcel_.channel != Channel::mail ? why : why + ": " + last_line_);
}

Outcome Errand::mail_outcome(CURLcode result, long code) const {
  if (result == CURLE_OK) return {.fate = Fate::delivered, .words = tidy(last_line_)};
  // What is wrong with our sign-in or our TLS is ours to repair; what the server says of this address stays so.
  const bool about_us = result == CURLE_LOGIN_DENIED || result == CURLE_USE_SSL_FAILED;
  const bool final_no = code >= 500 && code < 600 && !about_us && refusal_.empty();
  return {.fate = final_no ? Fate::never : Fate::later, .words = hindrance(result)};
}

Outcome Errand::http_outcome(CURLcode result, long code) const {
  const bool too_much = result == CURLE_WRITE_ERROR && received_ > kMostAnswer;
  if (result != CURLE_OK && !(too_much && code != 0)) return {.fate = Fate::later, .words = hindrance(result)};
  // Anybody may enter a push service: what it answers beyond the status is not for him to read.
  const bool with_body = code >= 300 && !answer_.empty() && parcel_.channel == Channel::webhook;
  const std::string words = tidy(with_body ? last_line_ + ": " + answer_ : last_line_);
  if (code >= 200 && code < 300) return {.fate = Fate::delivered, .words = words};
  if (code == 410 || (code == 404 && parcel_.channel == Channel::push)) return {.fate = Fate::gone, .words = words};
  // A push service does not change its mind about a message; a receiver of web-hooks may be repaired.
  const bool final_no = parcel_.channel == Channel::push && (code == 400 || code == 413);
  return {.fate = final_no ? Fate::never : Fate::later, .words = words};
}

std::size_t Errand::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  auto& errand = *static_cast<Errand*>(self);
  const std::string_view line(data, size * count);
  const bool mail = errand.parcel_.channel == Channel::mail;
  // SMTP: the last reply, but for the good-bye. HTTP: the status line.
  if (mail && !line.starts_with("221") && line.size() > 3) errand.last_line_ = tidy(line);
  if (!mail && line.starts_with("HTTP/")) errand.last_line_ = tidy(line.substr(line.find(' ') + 1));
  if (!mail) is_retry_after(line, errand.retry_after_);
  return size * count;
}

std::size_t Errand::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& errand = *static_cast<Errand*>(self);
  const std::size_t bytes = size * count;
  errand.received_ += bytes;
  if (errand.answer_.size() < 4 * kShownAnswer) errand.answer_.append(data, std::min(bytes, 4 * kShownAnswer));
  return errand.received_ > kMostAnswer ? 0 : bytes;
}

std::size_t Errand::on_read(char* data, std::size_t size, std::size_t count, void* self) {
  auto& errand = *static_cast<Errand*>(self);
  const std::size_t take = std::min(size * count, errand.parcel_.body.size() - errand.read_);
  std::memcpy(data, errand.parcel_.body.data() + errand.read_, take);
  errand.read_ += take;
  return take;
}

/// The last moment before a connection: the address is the one that will be used.
curl_socket_t Errand::on_socket(void* self, curlsocktype, curl_sockaddr* to) {
  auto& errand = *static_cast<Errand*>(self);
  const auto address = Address::from(to->addr);
  if (!address) return CURL_SOCKET_BAD;
  if (errand.parcel_.channel != Channel::mail) {
    const bool encrypted = errand.parcel_.address.starts_with("https://");
    if (const auto allowed = errand.options_.guard.check(*address, encrypted); !allowed) {
      errand.refusal_ = allowed.error().message;
      return CURL_SOCKET_BAD;
    }
  } else if (errand.options_.mail.tls == MailTls::none && !is_loopback(*address)) {
    errand.refusal_ = "mail without TLS goes to this machine only: set mail.tls";
    return CURL_SOCKET_BAD;
  }
  return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

}  // namespace qala::notify
