#include "sim/cameras/rtsp_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include <fmt/format.h>
#include <openssl/evp.h>

namespace qala::sim {

namespace {

constexpr std::size_t kMaxHead = 16'384;
constexpr std::size_t kMaxBody = 65'536;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

std::string small(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::optional<std::uint32_t> number_of(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The two numbers of "0-1"; the second is the next one if it is not said.
std::optional<std::pair<std::uint32_t, std::uint32_t>> pair_of(std::string_view text) {
  const auto dash = text.find('-');
  const auto first = number_of(text.substr(0, dash));
  if (!first) return std::nullopt;
  const auto second = dash == std::string_view::npos ? *first + 1 : number_of(text.substr(dash + 1));
  if (!second) return std::nullopt;
  return std::pair{*first, *second};
}

Result<CameraRequest> parse_head(std::string_view head) {
  const Error bad = fail(ErrorKind::invalid, "neither a request nor an interleaved packet");
  CameraRequest request;
  const auto line = head.substr(0, head.find("\r\n"));
  const auto one = line.find(' ');
  const auto two = line.rfind(' ');
  if (one == std::string_view::npos || two == one || one == 0) return bad;
  request.method = line.substr(0, one);
  request.uri = trimmed(line.substr(one, two - one));
  request.version = line.substr(two + 1);
  if (!request.version.starts_with("RTSP/1.") && !request.version.starts_with("HTTP/1.")) return bad;
  for (auto rest = head.substr(std::min(head.size(), line.size() + 2)); !rest.empty();) {
    const auto end = rest.find("\r\n");
    const auto field = rest.substr(0, end);
    rest = end == std::string_view::npos ? "" : rest.substr(end + 2);
    const auto colon = field.find(':');
    if (colon == std::string_view::npos) return bad;
    request.headers[small(field.substr(0, colon))] = trimmed(field.substr(colon + 1));
  }
  return request;
}

std::string md5(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_md5(), nullptr) != 1) return "";
  std::string out;
  for (unsigned i = 0; i < size; i++) out += fmt::format("{:02x}", digest[i]);
  return out;
}

/// The fields of `Digest a="b", c=d`.
std::map<std::string, std::string> fields_of(std::string_view text) {
  std::map<std::string, std::string> out;
  while (!text.empty()) {
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) break;
    const std::string name = small(trimmed(text.substr(0, equals)));
    text.remove_prefix(equals + 1);
    const bool quoted = text.starts_with('"');
    if (quoted) text.remove_prefix(1);
    const auto end = text.find(quoted ? '"' : ',');
    out[name] = quoted ? text.substr(0, end) : trimmed(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end == std::string_view::npos ? end : end + 1));
    const auto next = text.find_first_not_of(", ");
    text.remove_prefix(std::min(text.size(), next));
  }
  return out;
}

}  // namespace

std::string CameraRequest::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

Result<std::optional<Incoming>> take_incoming(std::string& input) {
  const auto first = input.find_first_not_of("\r\n");
  if (first != 0) input.erase(0, first);
  if (input.empty()) return std::optional<Incoming>();
  Incoming out;
  if (input[0] == '$') {
    if (input.size() < 4) return std::optional<Incoming>();
    const std::size_t size = static_cast<std::uint8_t>(input[2]) * 256U + static_cast<std::uint8_t>(input[3]);
    if (input.size() < 4 + size) return std::optional<Incoming>();
    out.channel = static_cast<std::uint8_t>(input[1]);
    input.erase(0, 4 + size);
    return std::optional(out);
  }
  const auto end = input.find("\r\n\r\n");
  if (end == std::string::npos) {
    if (input.size() > kMaxHead) return fail(ErrorKind::invalid, "the head of a request is too long");
    return std::optional<Incoming>();
  }
  TRY(CameraRequest request, parse_head(std::string_view(input).substr(0, end)));
  const std::string length = request.header("content-length");
  const auto size = length.empty() ? 0 : number_of(length);
  if (!size || *size > kMaxBody) return fail(ErrorKind::invalid, "the body of a request is too long");
  if (input.size() < end + 4 + *size) return std::optional<Incoming>();
  request.body = input.substr(end + 4, *size);
  input.erase(0, end + 4 + *size);
  out.request = std::move(request);
  return std::optional(std::move(out));
}

std::optional<CameraPath> parse_camera_path(std::string_view uri) {
  if (const auto scheme = uri.find("://"); scheme != std::string_view::npos) {
    const auto slash = uri.find('/', scheme + 3);
    if (slash == std::string_view::npos) return std::nullopt;
    uri = uri.substr(slash);
  }
  uri = uri.substr(0, uri.find('?'));
  while (uri.ends_with('/')) uri.remove_suffix(1);
  CameraPath path;
  if (uri.ends_with("/track1")) {
    path.track = true;
    uri.remove_suffix(7);
  }
  if (!uri.starts_with("/camera/")) return std::nullopt;
  uri.remove_prefix(8);
  const auto slash = uri.find('/');
  const auto number = number_of(uri.substr(0, slash));
  const auto stream = slash == std::string_view::npos ? "main" : uri.substr(slash + 1);
  if (!number || (stream != "main" && stream != "sub")) return std::nullopt;
  path.camera = *number;
  path.sub = stream == "sub";
  return path;
}

std::optional<Transport> choose_transport(std::string_view header) {
  while (!header.empty()) {
    const auto comma = header.find(',');
    std::string_view one = trimmed(header.substr(0, comma));
    header = comma == std::string_view::npos ? "" : header.substr(comma + 1);
    Transport out;
    const auto protocol = one.substr(0, one.find(';'));
    out.tcp = protocol == "RTP/AVP/TCP";
    if (!out.tcp && protocol != "RTP/AVP" && protocol != "RTP/AVP/UDP") continue;
    bool multicast = false, ports = false;
    while (one.find(';') != std::string_view::npos) {
      one = one.substr(one.find(';') + 1);
      const auto part = one.substr(0, one.find(';'));
      multicast = multicast || part == "multicast";
      const auto equals = part.find('=');
      if (equals == std::string_view::npos) continue;
      const auto numbers = pair_of(part.substr(equals + 1));
      if (part.starts_with("interleaved=") && numbers && numbers->first < 255)
        out.channel = static_cast<std::uint8_t>(numbers->first);
      if (part.starts_with("client_port=") && numbers && numbers->first < 65536 && numbers->second < 65536) {
        out.rtp_port = static_cast<std::uint16_t>(numbers->first);
        out.rtcp_port = static_cast<std::uint16_t>(numbers->second);
        ports = true;
      }
    }
    if (!multicast && (out.tcp || ports)) return out;
  }
  return std::nullopt;
}

std::string base64(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

std::string describe(const Loop& loop, std::uint32_t camera, const std::string& host) {
  const auto profile = [&](std::size_t i) { return static_cast<unsigned>(static_cast<std::uint8_t>(loop.sps[i])); };
  return fmt::format(
      "v=0\r\no=- {0} 1 IN IP4 {1}\r\ns=camera {0}\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\na=tool:qala-sim\r\na=control:*\r\n"
      "a=range:npt=now-\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
      "a=fmtp:96 packetization-mode=1;profile-level-id={2:02X}{3:02X}{4:02X};sprop-parameter-sets={5},{6}\r\n"
      "a=framerate:{7:.2f}\r\na=control:track1\r\n",
      camera, host, profile(1), profile(2), profile(3), base64(loop.sps), base64(loop.pps), loop.fps);
}

bool Credentials::fits(std::string_view header, std::string_view method, std::string_view nonce) const {
  if (small(header.substr(0, 6)) == "basic ") return trimmed(header.substr(6)) == base64(user + ":" + password);
  if (small(header.substr(0, 7)) != "digest ") return false;
  auto given = fields_of(header.substr(7));
  if (given["username"] != user || given["realm"] != kRealm || given["nonce"] != nonce) return false;
  const std::string secret = md5(fmt::format("{}:{}:{}", user, kRealm, password));
  const std::string asked = md5(fmt::format("{}:{}", method, given["uri"]));
  const std::string right =
      given["qop"].empty()
          ? md5(fmt::format("{}:{}:{}", secret, nonce, asked))
          : md5(fmt::format("{}:{}:{}:{}:{}:{}", secret, nonce, given["nc"], given["cnonce"], given["qop"], asked));
  return given["response"] == right;
}

}  // namespace qala::sim
