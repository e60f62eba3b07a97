#include "api/body.h"

#include <charconv>

#include <boost/json.hpp>

#include "base/time.h"

namespace qala::api {

namespace json = boost::json;

struct Body::Impl {
  json::object object;
};

Body::Body(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Body::Body(Body&&) noexcept = default;
Body::~Body() = default;

Result<Body> Body::parse(std::string_view text) {
  json::error_code ec;
  json::parse_options options;
  options.max_depth = 16;
  json::value value = json::parse(text, ec, {}, options);
  if (ec) return fail(ErrorKind::invalid, "the body is not JSON: " + ec.message());
  if (!value.is_object()) return fail(ErrorKind::invalid, "the body must be a JSON object");
  auto impl = std::make_unique<Impl>();
  impl->object = std::move(value.get_object());
  return Body(std::move(impl));
}

namespace {
Error wrong(std::string_view name, std::string_view expected) {
  return fail(ErrorKind::invalid, "\"" + std::string(name) + "\" must be " + std::string(expected));
}

const json::value* find(const json::object& object, std::string_view name) {
  const auto* found = object.if_contains(name);
  return found && !found->is_null() ? found : nullptr;
}
}  // namespace

bool Body::has(std::string_view name) const { return find(impl_->object, name) != nullptr; }

Result<std::string> Body::text(std::string_view name) const {
  TRY(auto value, optional_text(name));
  if (!value) return fail(ErrorKind::invalid, "\"" + std::string(name) + "\" is missing");
  return std::move(*value);
}

Result<std::optional<std::string>> Body::optional_text(std::string_view name) const {
  const auto* value = find(impl_->object, name);
  if (!value) return std::optional<std::string>();
  if (!value->is_string()) return wrong(name, "text");
  return std::optional<std::string>(std::string(value->get_string()));
}

Result<std::optional<double>> Body::optional_number(std::string_view name) const {
  const auto* value = find(impl_->object, name);
  if (!value) return std::optional<double>();
  if (!value->is_number()) return wrong(name, "a number");
  return std::optional<double>(value->to_number<double>());
}

Result<std::optional<std::int64_t>> Body::optional_integer(std::string_view name) const {
  const auto* value = find(impl_->object, name);
  if (!value) return std::optional<std::int64_t>();
  json::error_code ec;
  const auto number = value->is_number() ? value->to_number<std::int64_t>(ec) : 0;
  if (!value->is_number() || ec) return wrong(name, "a whole number");
  return std::optional<std::int64_t>(number);
}

Result<std::vector<std::int64_t>> Body::integers(std::string_view name, std::size_t most) const {
  const auto* value = find(impl_->object, name);
  if (!value || !value->is_array()) return wrong(name, "a list of whole numbers");
  if (value->get_array().size() > most) return wrong(name, "a list of at most " + std::to_string(most) + " numbers");
  std::vector<std::int64_t> numbers;
  for (const auto& element : value->get_array()) {
    json::error_code ec;
    const auto number = element.is_number() ? element.to_number<std::int64_t>(ec) : 0;
    if (!element.is_number() || ec) return wrong(name, "a list of whole numbers");
    numbers.push_back(number);
  }
  return numbers;
}

Result<std::vector<std::string>> Body::texts(std::string_view name) const {
  const auto* value = find(impl_->object, name);
  if (!value || !value->is_array() || value->get_array().size() > 100) return wrong(name, "a list of texts");
  std::vector<std::string> all;
  for (const auto& element : value->get_array()) {
    if (!element.is_string()) return wrong(name, "a list of texts");
    all.emplace_back(element.get_string());
  }
  return all;
}

Result<std::vector<Body>> Body::objects(std::string_view name) const {
  constexpr std::size_t kMost = 100;
  std::vector<Body> all;
  const auto* value = find(impl_->object, name);
  if (!value) return all;
  if (!value->is_array() || value->get_array().size() > kMost) return wrong(name, "a list of at most 100 objects");
  for (const auto& element : value->get_array()) {
    if (!element.is_object()) return wrong(name, "a list of objects");
    auto impl = std::make_unique<Impl>();
    impl->object = element.get_object();
    all.push_back(Body(std::move(impl)));
  }
  return all;
}

bool Body::is_null(std::string_view name) const {
  const auto* found = impl_->object.if_contains(name);
  return found && found->is_null();
}

Result<std::optional<bool>> Body::optional_boolean(std::string_view name) const {
  const auto* value = find(impl_->object, name);
  if (!value) return std::optional<bool>();
  if (!value->is_bool()) return wrong(name, "true or false");
  return std::optional<bool>(value->get_bool());
}

std::string Body::json(std::string_view name) const {
  const auto* value = find(impl_->object, name);
  return value ? json::serialize(*value) : std::string();
}

Result<std::uint64_t> parse_id(std::string_view text, std::uint64_t highest) {
  std::uint64_t value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc() || end != text.data() + text.size() || value == 0 || value > highest) {
    return fail(ErrorKind::not_found, "\"" + std::string(text) + "\" is not an id");
  }
  return value;
}

Result<std::int64_t> time_of(const http::Request& request, std::string_view name,
                             std::optional<std::int64_t> fallback) {
  const auto text = request.query_value(name);
  if (!text || text->empty()) {
    if (fallback) return *fallback;
    return fail(ErrorKind::invalid, "the parameter " + std::string(name) + " is missing");
  }
  std::int64_t ms = 0;
  const auto [end, ec] = std::from_chars(text->data(), text->data() + text->size(), ms);
  if (ec == std::errc() && end == text->data() + text->size()) {
    if (ms > 9'000'000'000'000 || ms < -9'000'000'000'000) {
      return fail(ErrorKind::invalid, std::string(name) + " is out of range: milliseconds since 1970 are expected");
    }
    return ms * 1'000'000;
  }
  std::string with_plus(*text);  // "+05:00" unescaped in a query arrives as a space
  for (auto& c : with_plus) {
    if (c == ' ') c = '+';
  }
  const auto at = parse_iso(with_plus);
  if (!at) return fail(ErrorKind::invalid, std::string(name) + " is neither ISO 8601 with an offset nor milliseconds");
  return at->ns;
}

Result<std::uint64_t> count_of(const http::Request& request, std::string_view name, std::uint64_t fallback,
                               std::uint64_t highest) {
  const auto text = request.query_value(name);
  if (!text || text->empty()) return fallback;
  std::uint64_t value = 0;
  const auto [end, ec] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (ec != std::errc() || end != text->data() + text->size() || value > highest) {
    return fail(ErrorKind::invalid, std::string(name) + " must be a whole number up to " + std::to_string(highest));
  }
  return value;
}

}  // namespace qala::api
