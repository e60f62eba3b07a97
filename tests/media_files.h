#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "media/mp4.h"

/// Clips for the tests of cameras: small ones of tests/media, real ones of the shared test data.
namespace qala::tests {

inline std::string read_whole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline std::string small_clip(const std::string& name) { return read_whole("tests/media/" + name); }

/// Empty when this machine has no shared test data: skip then.
inline std::string real_clip(const std::string& name) {
  const char* shared = std::getenv("QALA_TEST_SHARED");
  const std::string path = std::string(shared ? shared : "../shared") + "/testdata/camera/" + name;
  return std::ifstream(path).good() ? read_whole(path) : std::string();
}

/// A track of a plain MP4 with its samples' bytes.
struct Clip {
  media::Track track;
  std::vector<media::Sample> samples;
};

inline Clip clip_of(const std::string& file, media::Codec codec) {
  const auto tracks = media::read_mp4(file);
  EXPECT_TRUE(tracks.has_value()) << (tracks ? "" : tracks.error().message);
  Clip clip;
  if (!tracks) return clip;
  for (const auto& t : *tracks) {
    if (t.track.codec != codec) continue;
    clip.track = t.track;
    for (const auto& s : t.samples) {
      clip.samples.push_back({.dts = s.dts,
                              .composition = s.composition,
                              .duration = s.duration,
                              .key = s.key,
                              .data = file.substr(s.offset, s.size)});
    }
  }
  EXPECT_FALSE(clip.samples.empty());
  return clip;
}

inline bool have_ffmpeg() { return std::system("command -v ffmpeg >/dev/null 2>&1") == 0; }

/// What ffmpeg says while it decodes everything; empty: no complaint.
inline std::string complaints_of_ffmpeg(const std::string& path) {
  const auto log = path + ".log";
  const auto command = "ffmpeg -v warning -xerror -i '" + path + "' -f null - >'" + log + "' 2>&1 </dev/null";
  const int code = std::system(command.c_str());
  std::string said;
  std::ifstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("Guessed Channel Layout")) said += line + "\n";  // of every telephone sound
  }
  if (code != 0) said += "exit code " + std::to_string(code);
  return said;
}

/// Number of packets that ffprobe sees, and the first and last pts: "20 0.000000 1.900000".
inline std::string packets_by_ffprobe(const std::string& path, const std::string& stream) {
  const auto out = path + ".packets";
  const auto command = "ffprobe -v error -select_streams " + stream + " -show_entries packet=pts_time -of csv=p=0 '" +
                       path + "' 2>&1 | sort -n >'" + out + "'";
  EXPECT_EQ(std::system(command.c_str()), 0);
  std::ifstream file(out);
  std::string line, first, last;
  std::size_t count = 0;
  while (std::getline(file, line)) {
    while (!line.empty() && (line.back() == ',' || line.back() == '\r')) line.pop_back();
    if (count++ == 0) first = line;
    last = line;
  }
  return std::to_string(count) + " " + first + " " + last;
}

}  // namespace qala::tests
