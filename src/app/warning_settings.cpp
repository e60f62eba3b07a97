#include "app/warning_settings.h"

#include "words/fold.h"

namespace qala::app {

namespace {

/// Latin letters and digits of the town's name: "Үшөзек" is "ushozek".
std::string plain_name(const Config& config) {
  std::string name = words::fold(config.town_name_en.empty() ? config.town_name_kk : config.town_name_en);
  std::erase_if(name, [](char c) { return !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')); });
  return name.empty() ? "qala" : name.substr(0, 40);
}

/// "qala.town.kz" of "https://qala.town.kz:8443/x"; empty if there is none that a sender may be made of.
std::string host_of(std::string_view address) {
  const auto scheme = address.find("://");
  if (scheme == std::string_view::npos) return "";
  address.remove_prefix(scheme + 3);
  address = address.substr(0, address.find_first_of(":/?#"));
  const bool plain = address.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") == std::string_view::npos;
  return plain ? std::string(address) : "";
}

}  // namespace

warnings::Settings warning_settings(const Config& config) {
  const std::string name = plain_name(config), host = host_of(config.notify_address);
  std::string address = config.notify_address;
  while (address.ends_with('/')) address.pop_back();
  warnings::Settings settings{.issuer = {.sender = config.town_cap_sender,
                                         .town = {config.town_name_kk, config.town_name_ru, config.town_name_en},
                                         .address = address},
                              .identifiers = name,
                              .town = {.name = {config.town_name_kk, config.town_name_ru, config.town_name_en}},
                              .training = config.town_exercise};
  if (settings.issuer.sender.empty()) settings.issuer.sender = "alerts@" + (host.empty() ? name + ".invalid" : host);
  if (!config.town_cap_area.empty()) settings.town.polygons.push_back(config.town_cap_area);
  return settings;
}

}  // namespace qala::app
