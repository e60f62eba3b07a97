#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "registry/registry.h"

namespace qala::registry {

/// A kind of picture that things may have: how its files end, and what a browser is told it is.
struct PictureKind {
  std::string_view ending;        ///< ".jpg"
  std::string_view content_type;  ///< "image/jpeg"
};

/// JPEG, PNG or WebP by its first bytes, whatever anybody says it is; nothing else is a picture here. Pure.
std::optional<PictureKind> picture_kind(std::string_view bytes);
/// Of a name as photo_name() makes them; none: no such name, a file of another program.
std::optional<PictureKind> picture_kind_of_name(std::string_view name);
/// SHA-256 of the bytes in hex and the ending: the same picture has the same name, another one never.
std::string photo_name(std::string_view bytes, const PictureKind& kind);

constexpr std::size_t kLargestPhoto = 1 << 20;

/// DATA/photos: a file per picture, named after what is in it and never written into. Thing::photo holds the name. A
/// file is on the disk before a thing names it; one that no thing names any more goes with sweep(). A copier holds the
/// folder (flock, shared) while it copies: nothing is removed meanwhile. Any thread; `data` is the data folder. Those
/// who keep pictures at the same time do it with one of these.
class Photos {
 public:
  explicit Photos(std::string data) : folder_(std::move(data) + "/photos") {}
  std::string path(std::string_view name) const { return folder_ + "/" + std::string(name); }
  const std::string& folder() const { return folder_; }

  /// The picture is on the disk when this returns. Does nothing if it is there already; a damaged one is put right.
  Result<> keep(const std::string& name, std::string_view bytes) const;

  /// While one exists, sweep() removes nothing, in this process or another.
  class Hold {
   public:
    explicit Hold(int file) : file_(file) {}
    Hold(Hold&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
    Hold& operator=(Hold&& other) noexcept {
      std::swap(file_, other.file_);
      return *this;
    }
    ~Hold();

   private:
    int file_;
  };
  /// None: there is no folder, so there is nothing to hold.
  std::optional<Hold> hold() const;

  /// Removes files that no thing names, and what a kill left half written. On the writer thread, between changes: a
  /// picture whose thing is just being changed must not look unnamed. Gives the number; 0 while somebody holds it.
  Result<std::size_t> sweep(const Registry& registry) const;

 private:
  std::string folder_;
  mutable std::mutex writing_;  ///< two of the same name would write one file
};

/// The names of pictures that things have, each once, in order. Only names of ours.
std::vector<std::string> photo_names(const Registry& registry);

/// Copies the pictures named into the folder `to`. Those that are there already are left, others there are removed. A
/// picture that is missing in `from` is left out. Gives the number that is there now. On the disk when this returns.
Result<std::size_t> copy_photos(const std::string& from, const std::string& to, const std::vector<std::string>& names);

/// Pictures in the folder whose bytes are not what their name says, a line each.
std::vector<std::string> check_photos(const std::string& folder, std::size_t& found);

}  // namespace qala::registry
