#include "access/user_agent.h"

#include <array>
#include <utility>

namespace qala::access {

namespace {

using Pair = std::pair<std::string_view, std::string_view>;

// The more particular first: nearly all of them also say Chrome and Safari.
constexpr std::array<Pair, 8> kBrowsers = {{{"Edg/", "Edge"},
                                            {"OPR/", "Opera"},
                                            {"YaBrowser/", "Yandex"},
                                            {"SamsungBrowser/", "Samsung"},
                                            {"Firefox/", "Firefox"},
                                            {"Chrome/", "Chrome"},
                                            {"Version/", "Safari"},
                                            {"curl/", "curl"}}};
constexpr std::array<Pair, 7> kSystems = {{{"Android", "Android"},
                                           {"iPhone", "iOS"},
                                           {"iPad", "iPadOS"},
                                           {"Windows", "Windows"},
                                           {"Mac OS X", "macOS"},
                                           {"CrOS", "ChromeOS"},
                                           {"Linux", "Linux"}}};

std::string_view leading_digits(std::string_view text) {
  const auto end = text.find_first_not_of("0123456789");
  return text.substr(0, end).substr(0, 4);
}

}  // namespace

std::string browser_of(std::string_view user_agent) {
  std::string words;
  for (const auto& [mark, name] : kBrowsers) {
    const auto at = user_agent.find(mark);
    if (at == std::string_view::npos) continue;
    words = name;
    const auto version = leading_digits(user_agent.substr(at + mark.size()));
    if (!version.empty()) words.append(" ").append(version);
    break;
  }
  if (words.empty()) {
    for (const char c : user_agent.substr(0, 40))
      if (c >= 0x20 && c < 0x7f) words += c;
    return words;
  }
  for (const auto& [mark, name] : kSystems) {
    if (user_agent.find(mark) == std::string_view::npos) continue;
    words.append(", ").append(name);
    break;
  }
  return words;
}

}  // namespace qala::access
