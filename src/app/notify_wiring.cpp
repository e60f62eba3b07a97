#include "app/notify_wiring.h"

#include <algorithm>

#include "app/version.h"
#include "base/file.h"

namespace qala::app {

namespace {

Result<std::string> password_in(const std::string& path) {
  if (path.empty()) return std::string();
  TRY(const auto bytes, read_file(path).context("mail.password_file"));
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

Result<notify::MailServer> mail_server(const Config& config) {
  notify::MailServer mail;
  if (config.mail_host.empty()) return mail;
  if (!notify::is_mail_address(config.mail_from))
    return fail(ErrorKind::invalid, "mail.from: the address that alarms are sent from, such as qala@example.kz");
  const auto numeric = notify::Address::parse(config.mail_host);
  const bool here = config.mail_host == "localhost" || (numeric && notify::is_loopback(*numeric));
  if (config.mail_tls == "none" && !here)
    return fail(ErrorKind::denied, "mail.tls: none only for a server on this machine; others need starttls or tls");
  mail.host = config.mail_host;
  mail.port = static_cast<std::uint16_t>(config.mail_port);
  mail.tls = config.mail_tls == "tls"    ? notify::MailTls::tls
             : config.mail_tls == "none" ? notify::MailTls::none
                                         : notify::MailTls::starttls;
  mail.user = config.mail_user;
  mail.from = config.mail_from;
  mail.ca_file = config.mail_ca_file;
  TRY(mail.password, password_in(config.mail_password_file));
  return mail;
}

}  // namespace

Result<notify::CourierOptions> courier_options(const Config& config) {
  notify::CourierOptions options;
  TRY(options.mail, mail_server(config));
  std::vector<notify::Network> allowed;
  for (const auto& text : config.notify_allow_private) {
    TRY(const auto network, notify::Network::parse(text).context("notify.allow_private"));
    allowed.push_back(network);
  }
  options.guard = notify::AddressGuard(std::move(allowed));
  options.ca_file = config.notify_ca_file;
  options.deadline = std::chrono::seconds(config.notify_timeout_s);
  options.sends = !config.town_exercise;
  options.agent = "Qala/" + std::string(kVersion);
  return options;
}

notify::Settings notify_settings(const Config& config) {
  std::string address = config.notify_address;
  while (address.ends_with('/')) address.pop_back();
  return {.address = std::move(address),
          .contact = config.notify_contact,
          .mail_from = config.mail_host.empty() ? "" : config.mail_from,
          .give_up_s = std::max<std::int64_t>(1, static_cast<std::int64_t>(config.notify_give_up_h * 3600)),
          .burst = config.notify_burst,
          .gap_s = config.notify_gap_s};
}

bool NotifyAudience::knows(UserId user) const {
  const auto users = access_.users();
  return std::ranges::find(users, user, &access::User::id) != users.end();
}

}  // namespace qala::app
