#include "registry/photos.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <span>

#include "base/file.h"
#include "base/hex.h"
#include "base/log.h"

namespace qala::registry {

namespace fs = std::filesystem;

namespace {

constexpr PictureKind kJpeg{".jpg", "image/jpeg"}, kPng{".png", "image/png"}, kWebp{".webp", "image/webp"};
constexpr std::size_t kHexLength = 2 * crypto_hash_sha256_BYTES;

bool is_webp(std::string_view bytes) {
  if (bytes.size() < 16 || !bytes.starts_with("RIFF") || bytes.substr(8, 4) != "WEBP") return false;
  const std::string_view first = bytes.substr(12, 4);
  return first == "VP8 " || first == "VP8L" || first == "VP8X";
}

Error refused(const std::string& doing, const std::error_code& ec) {
  const auto kind = ec == std::errc::no_space_on_device ? ErrorKind::full : ErrorKind::unavailable;
  return fail(kind, doing + ": " + ec.message());
}

/// The name begins with what the bytes must hash to.
bool holds_what_it_says(const std::string& name, std::span<const std::byte> bytes) {
  return name.starts_with(sha256_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
}

bool is_whole(const std::string& folder, const std::string& name) {
  std::error_code ec;
  if (!fs::exists(folder + "/" + name, ec)) return false;
  const auto bytes = read_file(folder + "/" + name);
  return bytes && holds_what_it_says(name, *bytes);
}

}  // namespace

std::optional<PictureKind> picture_kind(std::string_view bytes) {
  using namespace std::string_view_literals;
  if (bytes.size() > 4 && bytes.starts_with("\xff\xd8\xff"sv)) return kJpeg;
  if (bytes.size() > 33 && bytes.starts_with("\x89PNG\r\n\x1a\n"sv) && bytes.substr(12, 4) == "IHDR") return kPng;
  if (is_webp(bytes)) return kWebp;
  return std::nullopt;
}

std::optional<PictureKind> picture_kind_of_name(std::string_view name) {
  if (name.size() <= kHexLength) return std::nullopt;
  const auto hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (!std::ranges::all_of(name.substr(0, kHexLength), hex)) return std::nullopt;
  for (const auto& kind : {kJpeg, kPng, kWebp}) {
    if (name.substr(kHexLength) == kind.ending) return kind;
  }
  return std::nullopt;
}

std::string photo_name(std::string_view bytes, const PictureKind& kind) {
  return sha256_hex(bytes) + std::string(kind.ending);
}

Result<> Photos::keep(const std::string& name, std::string_view bytes) const {
  if (is_whole(folder_, name)) return {};
  std::error_code ec;
  if (fs::create_directory(folder_, ec)) TRY_VOID(sync_folder(fs::path(folder_).parent_path().string()));
  if (ec) return refused("making " + folder_, ec);
  const auto held = hold();  // else what is half written would look unnamed
  const std::lock_guard lock(writing_);
  if (is_whole(folder_, name)) return {};
  return write_file_atomically(path(name), std::as_bytes(std::span(bytes)));
}

Photos::Hold::~Hold() {
  if (file_ >= 0) ::close(file_);
}

std::optional<Photos::Hold> Photos::hold() const {
  const int file = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  while (::flock(file, LOCK_SH) != 0 && errno == EINTR) {
  }
  return Hold(file);
}

Result<std::size_t> Photos::sweep(const Registry& registry) const {
  const int file = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return std::size_t{0};
  const Hold held(file);
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) return std::size_t{0};
  const auto list = photo_names(registry);
  const std::set<std::string> named(list.begin(), list.end());
  std::vector<fs::path> orphans;
  std::error_code ec;
  for (const auto& entry : fs::directory_iterator(folder_, ec)) {
    const std::string name = entry.path().filename().string();
    const bool ours = picture_kind_of_name(name.ends_with(".new") ? name.substr(0, name.size() - 4) : name).has_value();
    if (ours && !named.contains(name)) orphans.push_back(entry.path());
  }
  if (ec) return refused("looking through " + folder_, ec);
  for (const auto& path : orphans) {
    fs::remove(path, ec);
    if (ec) return refused("removing " + path.string(), ec);
  }
  if (!orphans.empty()) log::info("pictures that nothing has any more removed", {{"count", orphans.size()}});
  return orphans.size();
}

std::vector<std::string> photo_names(const Registry& registry) {
  std::set<std::string> names;
  registry.read([&](const Registry::View& view) {
    view.each_thing([&](const Thing& thing) {
      if (picture_kind_of_name(thing.photo)) names.insert(thing.photo);
    });
  });
  return {names.begin(), names.end()};
}

Result<std::size_t> copy_photos(const std::string& from, const std::string& to, const std::vector<std::string>& names) {
  std::error_code ec;
  if (names.empty() && !fs::exists(to, ec)) return std::size_t{0};
  fs::create_directories(to, ec);
  if (ec) return refused("making " + to, ec);
  std::size_t there = 0;
  for (const auto& name : names) {
    const std::string target = to + "/" + name;
    if (!fs::exists(from + "/" + name, ec)) continue;
    there++;
    if (is_whole(to, name)) continue;
    TRY(const auto bytes, read_file(from + "/" + name));
    TRY_VOID(write_file_atomically(target, bytes));
  }
  std::vector<fs::path> others;
  for (const auto& entry : fs::directory_iterator(to, ec)) {
    if (!std::ranges::binary_search(names, entry.path().filename().string())) others.push_back(entry.path());
  }
  for (const auto& path : others) fs::remove_all(path, ec);
  TRY_VOID(sync_folder(to));
  return there;
}

std::vector<std::string> check_photos(const std::string& folder, std::size_t& found) {
  std::vector<std::string> problems;
  std::error_code ec;
  found = 0;
  for (const auto& entry : fs::directory_iterator(folder, ec)) {
    const std::string name = entry.path().filename().string();
    if (!picture_kind_of_name(name)) continue;
    found++;
    const auto bytes = read_file(entry.path().string());
    if (!bytes) {
      problems.push_back(entry.path().string() + ": " + bytes.error().message);
      continue;
    }
    if (!holds_what_it_says(name, *bytes)) problems.push_back(entry.path().string() + ": is not the picture it was");
  }
  return problems;
}

}  // namespace qala::registry
