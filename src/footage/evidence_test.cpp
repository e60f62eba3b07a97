#include "footage/evidence.h"

#include <sys/stat.h>

#include <gtest/gtest.h>

#include <fstream>

#include "footage/manifest.h"
#include "footage/testbed.h"

namespace qala::footage {
namespace {

using std::chrono::seconds;
namespace fs = std::filesystem;

struct EvidenceBench : Bench {
  SeededRandom seeded{4};
  EvidenceKey key = *evidence_key(place.path(), seeded);
  std::string out = place.file("evidence/12");
  Facts facts{.camera = 7,
              .camera_key = "CAM-7",
              .camera_name = "Алаң, \"солтүстік\"",
              .from = start + std::chrono::seconds(1),
              .to = start + std::chrono::seconds(4),
              .clock_offset_ms = -120,
              .operator_name = "aigul",
              .case_number = "2026/17",
              .reason = "theft of a bicycle",
              .exported = start + std::chrono::seconds(100),
              .program = "qala test"};

  EvidenceBench() {
    begin();
    seconds_with_small_pictures(5);
  }
  void seconds_with_small_pictures(int count) {
    for (int at = 0; at < count; at++)
      EXPECT_TRUE(recorder->append(id, start + std::chrono::seconds(at), camera.group(10, true, 30), at == 2));
  }
  Covered make() {
    auto covered = make_evidence(*library, facts, out, key);
    EXPECT_TRUE(covered) << covered.error().message;
    return covered ? *covered : Covered{};
  }
  EvidenceVerdict verify() {
    auto verdict = verify_evidence(out);
    EXPECT_TRUE(verdict) << verdict.error().message;
    return verdict ? *verdict : EvidenceVerdict{};
  }
  std::string file(std::string_view name) const { return out + "/" + std::string(name); }
};

std::string all(const EvidenceVerdict& verdict) {
  std::string text;
  for (const auto& line : verdict.changed) text += line + "\n";
  return text;
}

void flip(const std::string& path, std::uint64_t at) {
  auto file = File::open(path, File::Mode::write);
  std::byte byte{};
  ASSERT_TRUE(file->read_at(at, std::span(&byte, 1)));
  byte ^= std::byte{static_cast<unsigned char>(1U << (at % 8))};
  ASSERT_TRUE(file->write_at(at, std::span(&byte, 1)));
}

TEST(Evidence, VerifiesByItselfAndSaysWhatItIs) {
  EvidenceBench bench;
  const auto covered = bench.make();
  const auto verdict = bench.verify();
  EXPECT_TRUE(verdict.ok) << all(verdict);
  EXPECT_EQ(verdict.fingerprint, bench.key.fingerprint);
  EXPECT_EQ(verdict.fingerprint.size(), 16 * 4 + 15u);
  EXPECT_EQ(verdict.facts.camera_name, bench.facts.camera_name);
  EXPECT_EQ(verdict.facts.case_number, "2026/17");
  EXPECT_EQ(verdict.facts.clock_offset_ms, -120);
  EXPECT_EQ(verdict.covers_from, bench.start + seconds(1));
  EXPECT_EQ(verdict.covers_to, covered.to);
  EXPECT_EQ(verdict.spans.size(), 3u) << "motion is told apart";
  EXPECT_EQ(verdict.fragments, 3u);
  EXPECT_EQ(verdict.video_bytes, fs::file_size(bench.file("video.mp4")));
  EXPECT_FALSE(fs::exists(bench.out + ".new"));
}

TEST(Evidence, EveryChangedByteIsNamed) {
  EvidenceBench bench;
  bench.make();
  const std::pair<std::string, std::string> files[] = {{"video.mp4", "video.mp4 is changed: first in "},
                                                       {"manifest.json", "manifest.json is changed"},
                                                       {"manifest.sig", "manifest.sig is not"}};
  for (const auto& [name, said] : files) {
    const auto size = fs::file_size(bench.file(name));
    const std::uint64_t step = name == "video.mp4" ? 7 : 3;
    for (std::uint64_t at = 0; at < size; at += at < 100 || at + 100 > size ? 1 : step) {
      flip(bench.file(name), at);
      const auto verdict = bench.verify();
      EXPECT_FALSE(verdict.ok) << name << " byte " << at;
      ASSERT_FALSE(verdict.changed.empty());
      EXPECT_TRUE(verdict.changed.front().starts_with(said)) << name << " byte " << at << ": " << all(verdict);
      for (const auto& [other, word] : files) {
        if (other != name)
          EXPECT_EQ(all(verdict).find(other + " is "), std::string::npos) << at << ": " << all(verdict);
      }
      flip(bench.file(name), at);
    }
  }
  EXPECT_TRUE(bench.verify().ok);
}

TEST(Evidence, TheFirstChangedFragmentIsNamedWithItsTime) {
  EvidenceBench bench;
  const auto covered = bench.make();
  std::uint64_t begin = 0;
  for (const auto& part : covered.parts) {
    flip(bench.file("video.mp4"), begin + part.bytes / 2);
    const auto verdict = bench.verify();
    const std::string bytes = "(bytes " + std::to_string(begin) + " to " + std::to_string(begin + part.bytes - 1) + ")";
    EXPECT_NE(all(verdict).find(bytes), std::string::npos) << all(verdict);
    if (part.source == Part::kHead) {
      EXPECT_NE(all(verdict).find("its beginning"), std::string::npos) << all(verdict);
    } else {
      const auto& source = covered.sources[part.source];
      EXPECT_NE(all(verdict).find("fragment " + std::to_string(part.source + 1) + " of 3, " + to_iso(source.at)),
                std::string::npos)
          << all(verdict);
    }
    flip(bench.file("video.mp4"), begin + part.bytes / 2);
    begin += part.bytes;
  }
}

TEST(Evidence, BytesAddedOrCutOffAreNamed) {
  EvidenceBench bench;
  bench.make();
  const auto size = fs::file_size(bench.file("video.mp4"));
  fs::resize_file(bench.file("video.mp4"), size + 5);
  EXPECT_NE(all(bench.verify()).find("longer than it was: 5 bytes"), std::string::npos) << all(bench.verify());
  fs::resize_file(bench.file("video.mp4"), size - 5);
  EXPECT_NE(all(bench.verify()).find("shorter than it was"), std::string::npos) << all(bench.verify());
  fs::remove(bench.file("video.mp4"));
  EXPECT_EQ(verify_evidence(bench.out).error().kind, ErrorKind::not_found);
}

TEST(Evidence, AManifestWrittenAnewByAnotherIsNotSigned) {
  EvidenceBench bench;
  bench.make();
  auto manifest = *read_manifest(tests::read_whole(bench.file("manifest.json")));
  manifest.facts.case_number = "2026/18";
  const std::string text = write_manifest(manifest);
  ASSERT_TRUE(write_file_atomically(bench.file("manifest.json"), std::as_bytes(std::span(text))));
  const auto verdict = bench.verify();
  EXPECT_FALSE(verdict.ok);
  EXPECT_TRUE(all(verdict).starts_with("manifest.sig is not the signature")) << all(verdict);
  SeededRandom other(5);
  const tests::TemporaryFolder elsewhere;
  EXPECT_NE(evidence_key(elsewhere.path(), other)->fingerprint, verdict.fingerprint)
      << "and signed anew it has another key";
}

TEST(Evidence, OfAPictureMadeAnewIsHashedInPieces) {
  EvidenceBench bench;
  auto writer = EvidenceWriter::begin(bench.out);
  ASSERT_TRUE(writer);
  const std::string piece(700'000, 'v');
  for (int at = 0; at < 4; at++) ASSERT_TRUE(writer->write(piece));
  Covered covered{.from = bench.facts.from, .to = bench.facts.to};
  covered.sources = *bench.library->sources(bench.id, bench.facts.from, bench.facts.to);
  bench.facts.masked = true;
  ASSERT_TRUE(writer->finish(bench.facts, covered, bench.key));
  EXPECT_TRUE(bench.verify().ok) << all(bench.verify());
  EXPECT_TRUE(bench.verify().facts.masked);
  EXPECT_EQ(bench.verify().fragments, 3u);
  flip(bench.file("video.mp4"), 2'000'000);
  EXPECT_NE(all(bench.verify()).find("first in bytes 1048576 to 2097151"), std::string::npos) << all(bench.verify());
}

TEST(Evidence, WhatIsNotFinishedLeavesNothing) {
  EvidenceBench bench;
  bench.facts.from = bench.start + std::chrono::hours(1);
  bench.facts.to = bench.start + std::chrono::hours(2);
  EXPECT_EQ(make_evidence(*bench.library, bench.facts, bench.out, bench.key).error().kind, ErrorKind::not_found);
  EXPECT_FALSE(fs::exists(bench.out));
  EXPECT_FALSE(fs::exists(bench.out + ".new"));
  bench.facts.from = bench.start;
  bench.make();
  EXPECT_EQ(make_evidence(*bench.library, bench.facts, bench.out, bench.key).error().kind, ErrorKind::conflict);
}

TEST(Evidence, WhatAKilledProcessLeftIsRemovedAndTheRestStays) {
  EvidenceBench bench;
  const std::string all = bench.place.file("evidence");
  EXPECT_TRUE(remove_unfinished_evidence(all)) << "none was ever made";
  bench.make();
  fs::create_directories(all + "/13.new");
  std::ofstream(all + "/13.new/video.mp4") << "half a video";
  EXPECT_TRUE(remove_unfinished_evidence(all));
  EXPECT_FALSE(fs::exists(all + "/13.new"));
  EXPECT_TRUE(bench.verify().ok);
}

TEST(Evidence, ItsKeyIsMadeOnceAndReadableByItsOwnerOnly) {
  EvidenceBench bench;
  SeededRandom other(99);
  EXPECT_EQ(evidence_key(bench.place.path(), other)->fingerprint, bench.key.fingerprint);
  struct stat info{};
  ASSERT_EQ(::stat(bench.place.file("evidence.key").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  ASSERT_TRUE(write_file_atomically(bench.place.file("evidence.key"), std::as_bytes(std::span("no key", 6))));
  EXPECT_EQ(evidence_key(bench.place.path(), other).error().kind, ErrorKind::corrupt);
}

}  // namespace
}  // namespace qala::footage
