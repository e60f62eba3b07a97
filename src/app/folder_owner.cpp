#include "app/folder_owner.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include <fmt/format.h>

#include "base/file.h"

namespace qala::app {

Result<> become_owner_of(const std::string& data) {
  if (::geteuid() != 0) return {};
  struct stat folder{};
  std::error_code ec;
  auto path = std::filesystem::absolute(data, ec).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();  // it ended with a slash
  if (::stat(path.c_str(), &folder) != 0 && ::stat(path.parent_path().c_str(), &folder) != 0) return {};
  if (folder.st_uid == 0) return {};
  const passwd* user = ::getpwuid(folder.st_uid);
  const std::string name = user ? user->pw_name : std::to_string(folder.st_uid);
  const gid_t group = user ? user->pw_gid : folder.st_gid;
  if ((user ? ::initgroups(user->pw_name, group) : ::setgroups(1, &group)) != 0 ||
      ::setresgid(group, group, group) != 0 || ::setresuid(folder.st_uid, folder.st_uid, folder.st_uid) != 0) {
    return from_errno(errno, "going on as " + name + ", to whom " + data + " belongs");
  }
  fmt::print(stderr, "qala: going on as {}, to whom {} belongs\n", name, data);
  return {};
}

}  // namespace qala::app
