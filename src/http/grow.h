#pragma once

#include <cstddef>
#include <string>

namespace qala::http {

/// Like resize(), but what is new is not written: the caller reads into it next.
inline void resize_unwritten(std::string& text, std::size_t size) {
  // libstdc++ 12 tells the operation the capacity it chose, not the size asked for
  text.resize_and_overwrite(size, [size](char*, std::size_t) { return size; });
}

}  // namespace qala::http
