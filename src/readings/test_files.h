#pragma once

// For tests of the store on a real disk. Include after gtest.h.

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/file.h"
#include "readings/embedded_store.h"
#include "readings/varint.h"

namespace qala::readings::test {

inline constexpr int kAlways = 1'000'000;
inline int folders_sync = kAlways;  ///< so many times, then the disk fails
inline std::optional<std::uint64_t> free_bytes = {};  ///< of every disk, if it is not to be asked
inline std::function<void()> while_syncing = {};  ///< called whenever a folder is synced; set before there are threads
inline std::function<void()> while_removing = {};  ///< the same, whenever a file is removed
inline std::function<void()> before_background = {};  ///< called by the store's thread before it does anything

inline constexpr std::int64_t kStart = 1'764'547'200'000'000'000;  // 2025-12-01T00:00:00Z
inline constexpr Window kAll{-5'000'000'000'000'000'000, 5'000'000'000'000'000'000};

/// A store on the disk with what can happen to it.
class StoreFiles : public ::testing::Test {
 protected:
  StoreFiles() {
    static int number = 0;
    folder_ = ::testing::TempDir() + "qala-files-" + std::to_string(::getpid()) + "-" + std::to_string(number++);
    std::filesystem::remove_all(folder_);
    store_ = open(folder_);
  }
  ~StoreFiles() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
    std::filesystem::remove_all(folder_ + "-copy");
  }
  std::unique_ptr<ReadingStore> open(const std::string& folder) {
    auto opened = open_embedded(folder, zone_, clock_, options_);
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(*opened);
  }
  void reopen() {
    store_.reset();
    store_ = open(folder_);
  }
  void put(std::uint32_t datastream, std::int64_t time, std::int64_t bits) {
    Batch batch;
    batch.rows.push_back({.datastream = DatastreamId(datastream),
                          .flags = 0,
                          .type = ValueType::decimal,
                          .scale = 1,
                          .time = time,
                          .bits = bits});
    append(batch);
  }
  void put_text(std::uint32_t datastream, std::int64_t time, std::string text) {
    Batch batch;
    batch.text = std::move(text);
    const TextRef ref{.offset = 0, .length = static_cast<std::uint32_t>(batch.text.size())};
    batch.rows.push_back({.datastream = DatastreamId(datastream),
                          .flags = 0,
                          .type = ValueType::text,
                          .scale = 0,
                          .time = time,
                          .bits = ref.bits()});
    append(batch);
  }
  void append(const Batch& batch) {
    const Batch* const batches[] = {&batch};
    const auto done = store_->append(batches, {});
    ASSERT_TRUE(done) << done.error().message;
  }
  std::vector<std::string> files(std::string_view part) const {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_)) {
      const std::string path = entry.path().string();
      if (entry.is_regular_file() && path.find(part) != std::string::npos) out.push_back(path);
    }
    return out;
  }
  bool anywhere(std::string_view bytes) const {
    for (const std::string& path : files("")) {
      const auto content = read_file(path);
      if (content && text_of(*content).find(bytes) != std::string_view::npos) return true;
    }
    return false;
  }
  static void flip(const std::string& path, std::uint64_t at) {
    auto file = File::open(path, File::Mode::write);
    std::byte byte[1];
    ASSERT_TRUE(file->read_at(at, byte));
    byte[0] ^= std::byte{0x40};
    ASSERT_TRUE(file->write_at(at, byte));
  }

  std::string folder_;
  Zone zone_ = *Zone::find("Asia/Almaty");
  FakeClock clock_{Instant{kStart}};
  EmbeddedOptions options_{.log_segment = 64 << 10, .background = false};
  std::unique_ptr<ReadingStore> store_;
};

}  // namespace qala::readings::test
