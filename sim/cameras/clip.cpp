#include "sim/cameras/clip.h"

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "media/mp4.h"

namespace qala::sim {

namespace {

std::int64_t in_90k(std::int64_t ticks, std::uint32_t clock) { return ticks * 90'000 / std::max(clock, 1U); }

/// NAL units behind lengths of four bytes.
Result<std::vector<std::string>> units_of(std::string_view sample) {
  std::vector<std::string> out;
  while (sample.size() >= 4) {
    const auto at = [&](std::size_t i) { return std::uint32_t{static_cast<std::uint8_t>(sample[i])}; };
    const std::uint32_t size = at(0) << 24 | at(1) << 16 | at(2) << 8 | at(3);
    if (size == 0 || size > sample.size() - 4) break;
    out.emplace_back(sample.substr(4, size));
    sample.remove_prefix(4 + size);
  }
  if (!sample.empty() || out.empty()) return fail(ErrorKind::corrupt, "a picture's units do not add up");
  return out;
}

}  // namespace

Result<LoopPtr> read_clip(const std::string& path) {
  TRY(const auto bytes, read_file(path));
  const std::string_view file(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  TRY(const auto tracks, media::read_mp4(file).context(path));
  const auto track = std::find_if(tracks.begin(), tracks.end(),
                                  [](const media::Mp4Track& t) { return t.track.codec == media::Codec::h264; });
  if (track == tracks.end()) return fail(ErrorKind::invalid, path + ": there is no H.264 in it");
  TRY(const auto sets, media::parameter_sets(track->track).context(path));
  auto loop = std::make_shared<Loop>();
  loop->name = std::filesystem::path(path).stem();
  loop->width = static_cast<int>(track->track.width);
  loop->height = static_cast<int>(track->track.height);
  for (const std::string& set : sets) ((set.at(0) & 0x1F) == 7 ? loop->sps : loop->pps) = set;
  const auto first = std::find_if(track->samples.begin(), track->samples.end(), [](const auto& s) { return s.key; });
  for (auto sample = first; sample != track->samples.end(); ++sample) {
    if (sample->offset + sample->size > file.size()) return fail(ErrorKind::corrupt, path + ": it ends too early");
    LoopPicture picture;
    picture.at = in_90k(sample->dts - first->dts, track->track.clock);
    picture.composition = in_90k(sample->composition, track->track.clock);
    picture.key = sample->key;
    TRY(picture.units, units_of(file.substr(sample->offset, sample->size)).context(path));
    loop->length = picture.at + std::max<std::int64_t>(1, in_90k(sample->duration, track->track.clock));
    loop->pictures.push_back(std::move(picture));
  }
  if (loop->pictures.empty() || loop->sps.size() < 4) return fail(ErrorKind::invalid, path + ": no picture in it");
  loop->fps = static_cast<double>(loop->pictures.size()) * 90'000 / static_cast<double>(loop->length);
  return LoopPtr(std::move(loop));
}

Result<std::vector<LoopPtr>> read_clips(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code code;
  for (const auto& entry : std::filesystem::directory_iterator(folder, code)) {
    if (entry.path().extension() == ".mp4") paths.push_back(entry.path());
  }
  if (paths.empty()) return fail(ErrorKind::not_found, folder + ": no *.mp4 there");
  std::sort(paths.begin(), paths.end());
  std::vector<LoopPtr> out;
  for (const std::string& path : paths) {
    TRY(LoopPtr clip, read_clip(path));
    out.push_back(std::move(clip));
  }
  return out;
}

}  // namespace qala::sim
