#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "registry/model.h"

namespace qala::words {

/// The languages of the town, Kazakh first.
enum class Language : std::uint8_t { kk, ru, en };
constexpr std::array kLanguages{Language::kk, Language::ru, Language::en};
std::string_view code_of(Language language);  ///< "kk": also the lang attribute
std::optional<Language> language_from(std::string_view code);
/// What an Accept-Language header prefers; Kazakh if it names none of ours.
Language preferred_language(std::string_view accept_language);

/// Puts `values` in the place of the `{}` of a text, in order. What is left over is dropped.
std::string fill(std::string_view text, std::initializer_list<std::string_view> values);
/// The town's own words; in another language of the town where one is missing.
const std::string& pick(const registry::LocalText& text, Language language);

}  // namespace qala::words
