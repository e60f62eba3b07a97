#include "sim/cameras/loop.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "base/crc32c.h"
#include "base/file.h"

namespace qala::sim {

namespace {

// u32 magic, then strings (u32 size, bytes) and numbers (u64) in the order below, u32 CRC-32C of all before it.
constexpr std::uint32_t kMagic = 0x324C5351;  // "QSL2"

class Writer {
 public:
  void number(std::uint64_t value) { out_.append(reinterpret_cast<const char*>(&value), sizeof(value)); }
  void text(const std::string& text) {
    number(text.size());
    out_ += text;
  }
  std::string finish() {
    const std::uint32_t crc = crc32c(std::as_bytes(std::span(out_)));
    out_.append(reinterpret_cast<const char*>(&crc), sizeof(crc));
    return std::move(out_);
  }

 private:
  std::string out_;
};

class Reader {
 public:
  explicit Reader(std::string_view in) : in_(in) {}
  std::uint64_t number() {
    std::uint64_t value = 0;
    if (in_.size() < sizeof(value)) return good_ = false, 0;
    std::memcpy(&value, in_.data(), sizeof(value));
    in_.remove_prefix(sizeof(value));
    return value;
  }
  std::string text() {
    const std::uint64_t size = number();
    if (size > in_.size()) return good_ = false, std::string();
    std::string out(in_.substr(0, size));
    in_.remove_prefix(size);
    return out;
  }
  bool good() const { return good_; }

 private:
  std::string_view in_;
  bool good_ = true;
};

}  // namespace

std::size_t Loop::bytes() const {
  std::size_t sum = 0;
  for (const LoopPicture& picture : pictures) {
    for (const std::string& unit : picture.units) sum += unit.size();
  }
  return sum;
}

std::size_t Loop::picture_at(std::int64_t position) const {
  const auto found = std::lower_bound(pictures.begin(), pictures.end(), position,
                                      [](const LoopPicture& p, std::int64_t at) { return p.at < at; });
  return static_cast<std::size_t>(found - pictures.begin());
}

Result<> save_loop(const Loop& loop, const std::string& path, const std::string& key) {
  Writer out;
  out.number(kMagic);
  out.text(key);
  out.text(loop.name);
  out.number(static_cast<std::uint64_t>(loop.width));
  out.number(static_cast<std::uint64_t>(loop.height));
  out.number(static_cast<std::uint64_t>(loop.fps * 1000));
  out.number(static_cast<std::uint64_t>(loop.length));
  out.text(loop.sps);
  out.text(loop.pps);
  out.number(static_cast<std::uint64_t>(loop.clock_scale));
  out.number(loop.pictures.size());
  for (const LoopPicture& picture : loop.pictures) {
    out.number(static_cast<std::uint64_t>(picture.at));
    out.number(static_cast<std::uint64_t>(picture.composition));
    out.number(picture.key ? 1 : 0);
    out.number(picture.units.size());
    for (const std::string& unit : picture.units) out.text(unit);
  }
  const std::string bytes = out.finish();
  return write_file_atomically(path, std::as_bytes(std::span(bytes)));
}

Result<LoopPtr> load_loop(const std::string& path, const std::string& key) {
  TRY(const auto file, read_file(path));
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  const Error damaged = fail(ErrorKind::corrupt, path + ": damaged; it is made anew");
  std::uint32_t crc = 0;
  if (text.size() < 32) return damaged;
  std::memcpy(&crc, text.data() + text.size() - sizeof(crc), sizeof(crc));
  if (crc32c(std::span(file).first(file.size() - sizeof(crc))) != crc) return damaged;
  Reader in(text.substr(0, text.size() - sizeof(crc)));
  if (in.number() != kMagic || in.text() != key) return fail(ErrorKind::not_found, path + ": made of something else");
  auto loop = std::make_shared<Loop>();
  loop->name = in.text();
  loop->width = static_cast<int>(in.number());
  loop->height = static_cast<int>(in.number());
  loop->fps = static_cast<double>(in.number()) / 1000;
  loop->length = static_cast<std::int64_t>(in.number());
  loop->sps = in.text();
  loop->pps = in.text();
  loop->clock_scale = static_cast<int>(in.number());
  if (loop->clock_scale > 0) {
    TRY(loop->sets, read_parameter_sets(loop->sps, loop->pps));
  }
  for (std::uint64_t left = in.number(); left > 0 && in.good(); left--) {
    LoopPicture picture;
    picture.at = static_cast<std::int64_t>(in.number());
    picture.composition = static_cast<std::int64_t>(in.number());
    picture.key = in.number() != 0;
    for (std::uint64_t units = in.number(); units > 0 && in.good(); units--) picture.units.push_back(in.text());
    if (picture.units.empty()) return damaged;
    if (loop->clock_scale > 0) {
      TRY(picture.head, read_slice_head(loop->sets, picture.units[0]));
    }
    loop->pictures.push_back(std::move(picture));
  }
  if (!in.good() || loop->pictures.empty() || loop->length <= 0) return damaged;
  return LoopPtr(std::move(loop));
}

}  // namespace qala::sim
