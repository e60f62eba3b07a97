#include "http/files.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <memory>

#include <fmt/core.h>

#include "http/ascii.h"

namespace qala::http {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 25> kTypes{{
    {"html", "text/html; charset=utf-8"},
    {"css", "text/css; charset=utf-8"},
    {"js", "text/javascript; charset=utf-8"},
    {"mjs", "text/javascript; charset=utf-8"},
    {"json", "application/json"},
    {"map", "application/json"},
    {"geojson", "application/geo+json"},
    {"pmtiles", "application/vnd.pmtiles"},
    {"pbf", "application/x-protobuf"},
    {"svg", "image/svg+xml"},
    {"png", "image/png"},
    {"jpg", "image/jpeg"},
    {"jpeg", "image/jpeg"},
    {"webp", "image/webp"},
    {"ico", "image/x-icon"},
    {"woff2", "font/woff2"},
    {"woff", "font/woff"},
    {"ttf", "font/ttf"},
    {"txt", "text/plain; charset=utf-8"},
    {"md", "text/plain; charset=utf-8"},
    {"csv", "text/csv; charset=utf-8"},
    {"xml", "application/xml"},
    {"webmanifest", "application/manifest+json"},
    {"wasm", "application/wasm"},
    {"mp4", "video/mp4"},
}};

Error absent() { return fail(ErrorKind::not_found, "no such file"); }

bool has_hidden_segment(std::string_view relative) {
  while (!relative.empty()) {
    const auto slash = relative.find('/');
    if (relative.front() == '.') return true;
    relative.remove_prefix(slash == std::string_view::npos ? relative.size() : slash + 1);
  }
  return false;
}

std::optional<std::string> real_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> resolved(::realpath(path.c_str(), nullptr), &std::free);
  if (!resolved) return std::nullopt;
  return std::string(resolved.get());
}

bool is_folder(const std::string& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

bool parse_number(std::string_view text, std::uint64_t& out) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out);
  return !text.empty() && code == std::errc{} && end == text.data() + text.size();
}

/// `follow`: a link is as good as the file.
Result<FoundFile> open_regular(const std::string& path, bool follow) {
  struct stat before{};
  const int found = follow ? ::stat(path.c_str(), &before) : ::lstat(path.c_str(), &before);
  if (found != 0 || !S_ISREG(before.st_mode)) return absent();
  TRY(auto file, File::open(path, File::Mode::read));
  struct stat info{};
  if (::fstat(file.descriptor(), &info) != 0) return from_errno(errno, "reading " + path);
  auto etag =
      fmt::format("\"{:x}-{:x}-{:x}{:09x}\"", info.st_ino, info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
  return FoundFile{std::move(file), static_cast<std::uint64_t>(info.st_size), std::move(etag)};
}

}  // namespace

std::string_view content_type_of(std::string_view path) {
  const auto name = path.substr(path.rfind('/') + 1);
  const auto dot = name.rfind('.');
  if (dot != std::string_view::npos)
    for (const auto& [ending, type] : kTypes)
      if (equals_ignoring_case(name.substr(dot + 1), ending)) return type;
  return "application/octet-stream";
}

bool is_hashed_name(std::string_view path) {
  const auto name = path.substr(path.rfind('/') + 1);
  const auto dot = name.find('.', name.size() > 9 ? 9 : name.size());
  for (auto at = dot; at != std::string_view::npos; at = name.find('.', at + 1)) {
    if (at < 10 || name[at - 9] != '-') continue;
    const auto hash = name.substr(at - 8, 8);
    const bool fits =
        std::ranges::all_of(hash, [](char c) { return is_alpha(c) || is_digit(c) || c == '_' || c == '-'; });
    // a word of eight small letters ("own-document.pdf") is no hash
    const bool mixed = std::ranges::any_of(hash, [](char c) { return is_digit(c) || (c >= 'A' && c <= 'Z'); });
    if (fits && mixed) return true;
  }
  return false;
}

Result<FoundFile> open_file(const std::string& path, bool gzip) {
  auto packed = open_regular(path + ".gz", false);
  if (packed && gzip) {
    packed->gzip = packed->varies = true;
    packed->hashed = is_hashed_name(path);
    return packed;
  }
  TRY(auto plain, open_regular(path, true));
  plain.varies = packed.has_value();
  plain.hashed = is_hashed_name(path);
  return plain;
}

Result<std::string> path_below(const std::string& folder, std::string_view relative) {
  while (relative.starts_with('/')) relative.remove_prefix(1);
  if (has_hidden_segment(relative)) return absent();
  auto path = folder + "/" + std::string(relative);
  if (path.ends_with('/') || is_folder(path)) path += "/index.html";
  const auto root = real_path(folder);
  const auto real = real_path(path);
  if (!root || !real || !real->starts_with(*root + "/")) return absent();
  return *real;
}

Result<FoundFile> open_below(const std::string& folder, std::string_view relative, bool gzip) {
  TRY(auto path, path_below(folder, relative));
  return open_file(path, gzip);
}

RangeKind parse_range(std::string_view header, std::uint64_t size, ByteRange& out) {
  if (!header.starts_with("bytes=")) return RangeKind::whole;
  const auto spec = trim(header.substr(6));
  const auto dash = spec.find('-');
  if (dash == std::string_view::npos || spec.contains(',')) return RangeKind::whole;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  const auto last_text = spec.substr(dash + 1);
  if (!last_text.empty() && !parse_number(last_text, last)) return RangeKind::whole;
  if (dash == 0) {
    if (last_text.empty()) return RangeKind::whole;
    if (last == 0 || size == 0) return RangeKind::unsatisfiable;
    out.count = std::min(last, size);
    out.first = size - out.count;
    return RangeKind::part;
  }
  if (!parse_number(spec.substr(0, dash), first)) return RangeKind::whole;
  if (!last_text.empty() && last < first) return RangeKind::whole;
  if (first >= size) return RangeKind::unsatisfiable;
  if (last_text.empty() || last >= size) last = size - 1;
  out = {first, last - first + 1};
  return RangeKind::part;
}

bool none_match_hits(std::string_view header, std::string_view etag) {
  while (!header.empty()) {
    auto tag = next_part(header, ',');
    if (tag == "*") return true;
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag == etag) return true;
  }
  return false;
}

}  // namespace qala::http
