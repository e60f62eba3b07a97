#pragma once

#include <string>
#include <string_view>

#include "base/zone.h"
#include "warnings/model.h"

namespace qala::warnings {

/// Who speaks, for the file and the feed.
struct Issuer {
  std::string sender = {};       ///< CAP sender: no blanks, commas, < and &
  registry::LocalText town = {};  ///< senderName
  std::string address = {};      ///< "https://qala.example.kz" for links; empty: not known
};

/// "2026-01-12T08:00:00+05:00" in the town's zone, to the second. CAP forbids Z: UTC is -00:00.
std::string cap_time(Instant at, const Zone& zone);

/// One message as a CAP 1.2 document (urn:oasis:names:tc:emergency:cap:1.2; OASIS standard of 1 July 2010): elements in
/// the order of its schema, one info block for each language, which differ in words only. `message` needs `self` and,
/// for an update or cancellation, `references`. An exercise or a test has the scope Restricted. Pure.
std::string to_cap_xml(const Message& message, const Issuer& issuer, const Zone& zone);

/// CAP's own words: "Met", "Immediate", "Alert".
std::string_view cap_word(Hazard category_of);
std::string_view cap_word(Urgency urgency);
std::string_view cap_word(Severity severity);
std::string_view cap_word(Certainty certainty);
std::string_view cap_word(Type type);
std::string_view cap_word(Status status);

}  // namespace qala::warnings
