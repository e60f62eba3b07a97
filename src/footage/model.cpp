#include "footage/model.h"

namespace qala::footage {

std::string to_text(StreamId id) {
  return "camera " + std::to_string(id.camera) + " " + std::string(name_of_stream(id.stream));
}

}  // namespace qala::footage
