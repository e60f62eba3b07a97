#include "http/coding.h"

#include <algorithm>

#include <zlib.h>

#include "base/assert.h"
#include "http/ascii.h"
#include "http/grow.h"

namespace qala::http {
namespace {

constexpr int kGzipWindow = 15 + 16;  // 16: gzip header and trailer, not zlib's
constexpr std::size_t kStep = 64 * 1024;

void set_input(z_stream& stream, std::string_view text) {
  // zlib does not write to its input; its interface predates const
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
}

/// Makes room for `bytes` more at the end of `out` and points the stream there. Returns where it starts.
std::size_t set_output(z_stream& stream, std::string& out, std::size_t bytes) {
  const auto start = out.size();
  resize_unwritten(out, start + bytes);
  stream.next_out = reinterpret_cast<Bytef*>(out.data() + start);
  stream.avail_out = static_cast<uInt>(bytes);
  return start;
}

}  // namespace

Gunzip::Gunzip(std::uint64_t limit) : stream_(std::make_unique<z_stream>()), limit_(limit) {
  QALA_ASSERT(inflateInit2(stream_.get(), kGzipWindow) == Z_OK, "zlib refuses only wrong arguments and lack of memory");
}

Gunzip::~Gunzip() { inflateEnd(stream_.get()); }

Result<> Gunzip::inflate_some(std::string& out) {
  const auto room = std::min<std::uint64_t>(kStep, limit_ + 1 - out.size());
  const auto start = set_output(*stream_, out, static_cast<std::size_t>(room));
  const int code = inflate(stream_.get(), Z_NO_FLUSH);
  out.resize(start + static_cast<std::size_t>(room) - stream_->avail_out);
  if (out.size() > limit_) return fail(ErrorKind::full, "the unpacked body is larger than allowed here");
  complete_ = code == Z_STREAM_END;
  if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
    return fail(ErrorKind::invalid, "the body is not gzip");
  return {};
}

Result<> Gunzip::feed(std::string_view packed, std::string& out) {
  set_input(*stream_, packed);
  while (true) {
    if (complete_ && !fresh_) {
      if (stream_->avail_in == 0) return {};
      inflateReset(stream_.get());  // a gzip body may be several members
      complete_ = false;
    }
    fresh_ = false;
    const auto left = stream_->avail_in;
    TRY_VOID(inflate_some(out));
    if (!complete_ && stream_->avail_out != 0 && stream_->avail_in == 0) return {};
    if (!complete_ && stream_->avail_out != 0 && stream_->avail_in == left)
      return fail(ErrorKind::invalid, "the body is not gzip");
  }
}

Gzip::Gzip() : stream_(std::make_unique<z_stream>()) {
  QALA_ASSERT(deflateInit2(stream_.get(), 1, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) == Z_OK,
              "zlib refuses only wrong arguments and lack of memory");
}

Gzip::~Gzip() { deflateEnd(stream_.get()); }

void Gzip::run(std::string& out, int flush) {
  do {
    const auto start = set_output(*stream_, out, kStep);
    deflate(stream_.get(), flush);
    out.resize(start + kStep - stream_->avail_out);
  } while (stream_->avail_out == 0);
}

void Gzip::feed(std::string_view plain, std::string& out) {
  set_input(*stream_, plain);
  run(out, Z_NO_FLUSH);
}

void Gzip::finish(std::string& out) {
  set_input(*stream_, {});
  run(out, Z_FINISH);
}

Result<std::string> gunzip(std::string_view packed, std::uint64_t limit) {
  std::string out;
  Gunzip unpacker(limit);
  TRY_VOID(unpacker.feed(packed, out));
  if (!unpacker.complete()) return fail(ErrorKind::invalid, "the gzip body ends too early");
  return out;
}

std::string gzip(std::string_view plain) {
  std::string out;
  Gzip packer;
  packer.feed(plain, out);
  packer.finish(out);
  return out;
}

bool accepts_gzip(std::string_view accept_encoding) {
  bool star = false;
  while (!accept_encoding.empty()) {
    auto item = next_part(accept_encoding, ',');
    const auto name = next_part(item, ';');
    const auto weight = item.substr(item.find('=') + 1);
    const bool refused = equals_ignoring_case(trim(item).substr(0, 2), "q=") && !weight.empty() &&
                         weight.find_first_not_of("0. ") == std::string_view::npos;
    if (equals_ignoring_case(name, "gzip")) return !refused;
    if (name == "*") star = !refused;
  }
  return star;
}

}  // namespace qala::http
