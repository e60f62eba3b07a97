#pragma once

#include <pugixml.hpp>

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

/// A hostile document, read. Only answers*.cpp include this. Devices choose their prefixes freely, so names are
/// compared without them.
namespace qala::onvif::xml {

std::string_view local(std::string_view name);  ///< "tt:Name" → "Name"
pugi::xml_node child(pugi::xml_node parent, std::string_view name);
/// "Body/GetProfilesResponse": one child after the other; none on the way: an empty node.
pugi::xml_node at(pugi::xml_node from, std::string_view path);
pugi::xml_attribute attribute(pugi::xml_node node, std::string_view name);

/// For people and for us: one line of valid UTF-8, blanks at its ends taken off, at most `most` bytes.
std::string text(std::string_view raw, std::size_t most);
/// Of tokens and addresses, which are given back as they are: empty if longer than `most`.
std::string exact(pugi::xml_node node, std::size_t most);
std::optional<bool> truth(std::string_view raw);
double number(std::string_view raw);  ///< 0 if it is none, or not finite

/// What parses, is an Envelope and holds no fault. The document outlives the node.
class Envelope {
 public:
  static Result<pugi::xml_node> body(pugi::xml_document& document, std::string_view bytes);
  static Result<pugi::xml_node> whole(pugi::xml_document& document, std::string_view bytes);
};

template <class Each>
void each(pugi::xml_node parent, std::string_view name, Each&& take) {
  for (pugi::xml_node node = parent.first_child(); node; node = node.next_sibling()) {
    if (local(node.name()) == name) take(node);
  }
}

}  // namespace qala::onvif::xml
