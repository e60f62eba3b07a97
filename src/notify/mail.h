#pragma once

#include <string>
#include <string_view>

#include "base/time.h"
#include "words/language.h"

namespace qala::notify {

/// What a mail consists of, in plain words.
struct Mail {
  std::string from = {};       ///< address
  std::string from_name = {};  ///< "Үшөзек"
  std::string to = {};         ///< address
  std::string subject = {};
  std::string body = {};
  std::string message_id = {};  ///< without <>; the same for every attempt
  std::string thread = {};      ///< id that mails about one alarm share, without <>; empty: none
  words::Language language = words::Language::kk;
  bool urgent = false;
  Instant at = {};
};

/// The message as it goes over the wire (RFC 5322, lines end in CRLF): headers in RFC 2047's encoded words where they
/// are not ASCII, the text as base64 of UTF-8, marked as made by a machine (RFC 3834) so that nothing answers it. What
/// is in the fields cannot begin a header of its own.
std::string render(const Mail& mail);

/// A header's value: as it is if it is plain ASCII, else encoded words of at most 75 characters that hold whole
/// letters.
std::string encoded_header(std::string_view text);
/// "Sat, 17 Jan 2026 14:26:00 +0000"
std::string mail_date(Instant at);

}  // namespace qala::notify
