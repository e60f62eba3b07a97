#pragma once

#include <cstdint>

namespace qala::shim {

// journal := record*                  little-endian, appended with one write() each, before the change is made
// record  := Head path[path_bytes] data[data_bytes]
//
// The journal says how to take back what a program did to the files of a folder and did not make durable. Files are
// known by their inode: before a name goes away the file gets a second one, JOURNAL.files/INODE, so that it can come
// back and its number is not given to another file meanwhile.
enum class Kind : std::uint32_t {
  write = 1,  ///< inode: offset, length; data: what was there before, shorter than length if the file ended earlier
  resize,  ///< inode: offset is the new size; data: what is cut off
  create,  ///< inode has the name path now
  rename,  ///< path: from, a zero byte, to; other: inode that had the name before, or 0
  remove,  ///< inode lost the name path
  sync_file,  ///< inode: all its records before `until` are durable
  sync_folder,  ///< folder: all its records before `until` are durable
};

struct Head {
  static constexpr std::uint32_t kMagic = 0x51435741;
  std::uint32_t magic = kMagic;
  Kind kind = Kind::write;
  std::uint64_t inode = 0;
  std::uint64_t other = 0;
  std::uint64_t folder = 0;  ///< inode of the folder whose sync makes create, rename and remove durable
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::uint64_t size = 0;  ///< of the file before this
  std::uint64_t until = 0;  ///< number of a record
  std::uint32_t path_bytes = 0;
  std::uint32_t data_bytes = 0;
};

}  // namespace qala::shim
