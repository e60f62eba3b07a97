#include "notify/testbed.h"

#include "notify/loose_base64.h"

namespace qala::notify::testing {

namespace {
std::string decoded(std::string_view text) {
  std::string out, line;
  for (const char c : text) {
    if (c == '\n') out += from_loose_base64(line).value_or("?"), line.clear();
    else if (c != '\r') line += c;
  }
  return out + from_loose_base64(line).value_or("?");
}
}  // namespace

std::string body_of(const Parcel& mail) {
  return decoded(std::string_view(mail.body).substr(mail.body.find("\r\n\r\n") + 4));
}

std::string subject_of(const Parcel& mail) {
  const auto begin = mail.body.find("\r\nSubject: ") + 11;
  const auto end = mail.body.find("\r\nMessage-ID", begin);
  std::string out;
  std::string_view rest = std::string_view(mail.body).substr(begin, end - begin);
  if (!rest.starts_with("=?")) return std::string(rest);
  while (rest.starts_with("=?UTF-8?B?")) {
    rest.remove_prefix(10);
    out += from_loose_base64(rest.substr(0, rest.find("?="))).value_or("?");
    rest.remove_prefix(std::min(rest.size(), rest.find("?=") + 5));
  }
  return out;
}

}  // namespace qala::notify::testing
