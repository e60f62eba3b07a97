#include "base/durable_copy.h"

#include <filesystem>

#include "base/file.h"

namespace qala {

namespace fs = std::filesystem;

Result<> make_folders(const std::string& path) {
  std::error_code ec;
  if (fs::is_directory(path, ec)) return {};
  auto whole = fs::absolute(path).lexically_normal();
  if (!whole.has_filename()) whole = whole.parent_path();  // it ended with a slash
  const std::string above = whole.parent_path().string();
  TRY_VOID(make_folders(above));
  fs::create_directory(whole, ec);
  if (ec) return from_errno(ec.value(), "making " + path);
  return sync_folder(above);
}

Result<> copy_durably(const std::string& from, const std::string& to) {
  std::error_code ec;
  if (!fs::is_directory(from, ec)) {
    fs::copy_file(from, to, fs::copy_options::overwrite_existing, ec);
    if (ec) return from_errno(ec.value(), "copying " + from + " to " + to);
    TRY(auto file, File::open(to, File::Mode::read));
    return file.sync_data();
  }
  fs::create_directory(to, from, ec);
  if (ec) return from_errno(ec.value(), "making " + to);
  for (fs::directory_iterator at(from, ec), end; !ec && at != end; at.increment(ec)) {
    TRY_VOID(copy_durably(at->path().string(), to + "/" + at->path().filename().string()));
  }
  if (ec) return from_errno(ec.value(), "reading " + from);
  return sync_folder(to);
}

}  // namespace qala
