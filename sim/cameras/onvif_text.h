#pragma once

#include <pugixml.hpp>

#include <string>
#include <string_view>

#include "base/time.h"

/// SOAP as simulated cameras read and write it. Only onvif*.cpp include this.
namespace qala::sim::soap {

std::string_view local(std::string_view name);
pugi::xml_node child(pugi::xml_node parent, std::string_view name);
/// "Header/Security": one after the other.
pugi::xml_node at(pugi::xml_node from, std::string_view path);
std::string escaped(std::string_view text);
std::string reply(std::string_view body);
std::string fault(std::string_view code, std::string_view subcode, std::string_view reason);
/// "PT5S", "PT1M30S": seconds; `otherwise` where it is none.
double seconds_of(std::string_view duration, double otherwise);
std::string sha1_base64(std::string_view bytes);
std::string from_base64(std::string_view text);
std::string seconds_iso(Instant at);  ///< without parts of a second

}  // namespace qala::sim::soap
