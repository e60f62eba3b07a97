#pragma once

#include <string>
#include <string_view>

#include "api/context.h"
#include "words/language.h"

namespace qala::api {

/// "ЖП-3 · Орталық"; "№17" for a thing that is gone. Any thread.
std::string name_of_thing(const Context& context, ThingId id, words::Language language);
/// A rule's name, or its key if it is gone. Any thread.
std::string name_of_rule(const alarms::Rules& rules, std::string_view key, words::Language language);

}  // namespace qala::api
