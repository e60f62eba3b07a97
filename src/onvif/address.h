#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace qala::onvif {

/// An http, https or rtsp address, taken apart. Pure.
struct Address {
  std::string scheme = {};  ///< "http", "https", "rtsp"
  std::string host = {};    ///< without the brackets of IPv6
  std::uint16_t port = 0;
  std::string path = {};  ///< with the query; begins with '/'

  /// `invalid`: another scheme, a name and password in it, blanks, over Limits::kUrl.
  static Result<Address> parse(std::string_view text);
  std::string text() const;
  std::string authority() const;  ///< "10.0.0.5", "[fd00::5]:8080"; the port where it is not the scheme's
};

/// "10.0.3.17", "cam-17.lan:8080", "[fd00::5]": a host to be asked. `port` 0: none was said.
struct Host {
  std::string name = {};
  std::uint16_t port = 0;
  static Result<Host> parse(std::string_view text);
};

/// What a camera at `device` means by the address it answers: its own host, whatever it believes that to be (behind an
/// address translation it names one that only it knows, and a hostile one names another's). Its port counts for rtsp,
/// and for http where it named the host it was reached by.
Result<Address> at_the_camera(const Address& device, std::string_view answered);

}  // namespace qala::onvif
