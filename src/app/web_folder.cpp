#include "app/web_folder.h"

#include <filesystem>

namespace qala::app {

std::string find_web_folder() {
  namespace fs = std::filesystem;
  std::error_code ec;
  const fs::path program = fs::read_symlink("/proc/self/exe", ec);
  if (ec) return {};
  for (const char* relative : {"../../../web/dist", "../share/qala/web"}) {
    const fs::path folder = (program.parent_path() / relative).lexically_normal();
    if (fs::exists(folder / "control" / "index.html", ec)) return folder.string();
  }
  return {};
}

}  // namespace qala::app
