#include "readings/manifest.h"

#include <cstring>

#include "base/crc32c.h"
#include "readings/varint.h"

namespace qala::readings {

namespace {

// manifest := "QALAMAN" version:u8 length:u64 body crc32c:u32   (of all before it)
// body     := counters files heads owners erased expired erasing   (varints; see docs/formats/manifest.md)
constexpr std::string_view kMagic = "QALAMAN";
constexpr std::size_t kFrame = 7 + 1 + 8;

void put_text(std::string& out, std::string_view text) {
  put_varint(out, text.size());
  out += text;
}

std::string take_text(Cursor& in) { return std::string(text_of(in.take(in.varint()))); }

/// A count that the bytes left could hold, so that damage cannot ask for all memory.
std::size_t take_count(Cursor& in) {
  const std::uint64_t n = in.varint();
  if (n > in.left()) in.fail();
  return in.bad() ? 0 : static_cast<std::size_t>(n);
}

void put_file(std::string& out, const FileEntry& file) {
  put_byte(out, static_cast<unsigned>(file.kind));
  put_text(out, file.name);
  put_signed(out, file.month);
  put_varint(out, file.generation);
  put_byte(out, static_cast<unsigned>(file.packing));
  put_varint(out, file.rows);
  put_varint(out, file.bytes);
  put_fixed(out, file.checksum);
}

FileEntry take_file(Cursor& in) {
  FileEntry file;
  file.kind = static_cast<FileEntry::Kind>(in.byte());
  file.name = take_text(in);
  file.month = static_cast<Month>(in.signed_varint());
  file.generation = in.varint();
  file.packing = static_cast<Packing>(in.byte());
  file.rows = in.varint();
  file.bytes = in.varint();
  file.checksum = in.fixed<std::uint32_t>();
  const bool plain = !file.name.empty() && file.name.find('/') == std::string::npos && file.name.front() != '.';
  if (!plain || file.kind > FileEntry::Kind::superseded || file.packing > Packing::small) in.fail();
  return file;
}

/// Datastreams that were never seen are left out.
void put_heads(std::string& out, const Heads& heads) {
  std::size_t seen = 0;
  for (const Head& head : heads.rows) seen += head.bound != Head::kNever ? 1 : 0;
  put_varint(out, seen);
  std::size_t before = 0;
  for (std::size_t id = 0; id < heads.rows.size(); id++) {
    const Head& head = heads.rows[id];
    if (head.bound == Head::kNever) continue;
    put_varint(out, id - before);
    before = id;
    put_signed(out, head.bound);
    put_signed(out, wrap_sub(head.time, head.bound));
    put_signed(out, head.bits);
    put_varint(out, head.plain_next);
    put_varint(out, head.odd_next);
    put_varint(out, head.flags);
    put_byte(out, static_cast<unsigned>(head.type));
    put_byte(out, static_cast<std::uint8_t>(head.scale));
    put_varint(out, static_cast<std::uint64_t>(head.pace.step));
    put_byte(out, head.pace.steady);
    put_byte(out, head.pace.unused);
  }
  put_varint(out, heads.texts.size());
  for (const auto& [id, text] : heads.texts) {
    put_varint(out, id);
    put_text(out, text);
  }
}

void put_gaps(std::string& out, const Places& places) {
  std::size_t seen = 0;
  for (const auto& [id, gaps] : places.gaps()) seen += gaps.empty() ? 0 : 1;
  put_varint(out, seen);
  for (const auto& [id, gaps] : places.gaps()) {
    if (gaps.empty()) continue;
    put_varint(out, id);
    put_varint(out, gaps.size());
    for (const Places::Gap& gap : gaps) {
      put_signed(out, gap.after);
      put_signed(out, wrap_sub(gap.before, gap.after));
      put_varint(out, gap.first);
      put_varint(out, std::uint64_t{gap.count} * 2 + (gap.touched ? 1 : 0));
    }
  }
}

void take_gaps(Cursor& in, Places& places) {
  Places::Gaps all;
  for (std::size_t n = take_count(in); n != 0 && !in.bad(); n--) {
    auto& gaps = all[static_cast<std::uint32_t>(in.varint())];
    for (std::size_t k = take_count(in); k != 0 && !in.bad(); k--) {
      Places::Gap gap;
      gap.after = in.signed_varint();
      gap.before = wrap_add(gap.after, in.signed_varint());
      gap.first = in.varint();
      const std::uint64_t count = in.varint();
      gap.count = static_cast<std::uint32_t>(count >> 1);
      gap.touched = (count & 1) != 0;
      if (gap.count == 0 || gap.count >= Places::kMostSteps || gap.after >= gap.before) in.fail();
      gaps.push_back(gap);
    }
    if (gaps.size() > Places::kMostGaps) in.fail();
  }
  places.restore(std::move(all));
}

void take_heads(Cursor& in, std::uint32_t version, Heads& heads) {
  std::uint64_t id = 0;
  for (std::size_t n = take_count(in); n != 0 && !in.bad(); n--) {
    id += in.varint();
    if (id > (1u << 24)) return in.fail();
    if (id >= heads.rows.size()) heads.rows.resize(id + 1);
    Head& head = heads.rows[id];
    head.bound = head.pending = in.signed_varint();
    head.time = wrap_add(head.bound, in.signed_varint());
    head.bits = in.signed_varint();
    head.plain_next = in.varint();
    head.odd_next = in.varint();
    head.flags = static_cast<std::uint16_t>(in.varint());
    head.type = static_cast<ValueType>(in.byte());
    head.scale = static_cast<std::int8_t>(in.byte());
    if (head.type > ValueType::json) in.fail();
    if (version < 2) continue;
    head.pace.step = static_cast<std::int64_t>(in.varint());
    head.pace.steady = static_cast<std::uint8_t>(in.byte());
    head.pace.unused = static_cast<std::uint8_t>(in.byte());
    if (head.pace.step < 0) in.fail();
  }
  for (std::size_t n = take_count(in); n != 0 && !in.bad(); n--) {
    const auto datastream = static_cast<std::uint32_t>(in.varint());
    heads.texts[datastream] = take_text(in);
  }
  if (version >= 2) take_gaps(in, heads.places);
}

void put_body(std::string& out, const Manifest& m) {
  put_varint(out, m.flushed);
  put_varint(out, m.next_file);
  put_varint(out, m.observations);
  put_varint(out, m.files.size());
  for (const FileEntry& file : m.files) put_file(out, file);
  put_heads(out, m.heads);
  put_gaps(out, m.heads.places);
  put_varint(out, m.owners.size());
  for (const std::uint64_t owner : m.owners) put_varint(out, owner);
  put_varint(out, m.erased.size());
  for (const auto& [id, times] : m.erased) {
    put_varint(out, id);
    put_varint(out, times.size());
    for (const std::int64_t time : times) put_signed(out, time);
  }
  put_varint(out, m.expired_before.size());
  for (const auto& [id, before] : m.expired_before) {
    put_varint(out, id);
    put_signed(out, before);
  }
  put_varint(out, m.erasing.size());
  for (const auto& [id, until] : m.erasing) {
    put_varint(out, id);
    put_varint(out, until.sequence);
    put_varint(out, until.generation);
  }
}

void take_body(Cursor& in, std::uint32_t version, Manifest& m) {
  m.flushed = in.varint();
  m.next_file = in.varint();
  m.observations = in.varint();
  for (std::size_t n = take_count(in); n != 0 && !in.bad(); n--) m.files.push_back(take_file(in));
  take_heads(in, version, m.heads);
  for (std::size_t n = take_count(in); n != 0 && !in.bad(); n--) {
    m.owners.push_back(in.varint());
    if (m.owners.back() >> 1 > (1u << 24)) in.fail();
  }
  for (std::size_t n = take_count(in); n != 0 && !in.bad(); n--) {
    auto& times = m.erased[static_cast<std::uint32_t>(in.varint())];
    for (std::size_t k = take_count(in); k != 0 && !in.bad(); k--) times.insert(in.signed_varint());
  }
  for (std::size_t n = take_count(in); n != 0 && !in.bad(); n--) {
    const auto id = static_cast<std::uint32_t>(in.varint());
    m.expired_before[id] = in.signed_varint();
  }
  for (std::size_t n = take_count(in); n != 0 && !in.bad(); n--) {
    const auto id = static_cast<std::uint32_t>(in.varint());
    auto& until = m.erasing[id];
    until.sequence = in.varint();
    until.generation = in.varint();
  }
}

}  // namespace

std::string Manifest::encode() const {
  std::string body;
  put_body(body, *this);
  std::string out(kMagic);
  put_byte(out, kVersion);
  put_fixed(out, std::uint64_t{body.size()});
  out += body;
  put_fixed(out, crc32c(bytes_of(out)));
  return out;
}

Result<Manifest> Manifest::decode(std::span<const std::byte> bytes) {
  if (bytes.size() < kFrame + 4 || text_of(bytes.first(kMagic.size())) != kMagic) {
    return fail(ErrorKind::corrupt, "this is no manifest of Qala's readings");
  }
  const auto version = static_cast<std::uint32_t>(bytes[7]);
  if (version > kVersion) {
    return fail(ErrorKind::invalid, "written by a newer version of Qala (manifest version " + std::to_string(version) +
                                        ", this program knows " + std::to_string(kVersion) + "): use that one");
  }
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data() + 8, 8);
  if (version == 0 || length != bytes.size() - kFrame - 4) return fail(ErrorKind::corrupt, "the manifest is cut off");
  std::uint32_t checksum = 0;
  std::memcpy(&checksum, bytes.data() + bytes.size() - 4, 4);
  if (crc32c(bytes.first(bytes.size() - 4)) != checksum) {
    return fail(ErrorKind::corrupt, "the manifest's checksum does not hold");
  }
  Cursor in(bytes.subspan(kFrame, length));
  Manifest manifest;
  take_body(in, version, manifest);
  if (in.bad() || in.left() != 0) return fail(ErrorKind::corrupt, "the manifest does not parse");
  return manifest;
}

}  // namespace qala::readings
