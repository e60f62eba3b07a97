#include "oidc/begun.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <sodium.h>

#include "base/base64.h"
#include "oidc/text.h"

namespace qala::oidc {

namespace {

constexpr std::chrono::minutes kLives{10};
constexpr std::size_t kRandomBytes = 32;

const unsigned char* raw(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* raw(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

std::string random_bytes(Random& random, std::size_t size) {
  std::string out(size, '\0');
  random.fill(std::as_writable_bytes(std::span(out)));
  return out;
}

Error not_ours() {
  return fail(ErrorKind::denied, "this sign-in was not begun in this browser, or too long ago, or has ended already");
}

}  // namespace

BegunSignIns::BegunSignIns(const Clock& clock, Random& random)
    : clock_(clock), random_(random), key_(random_bytes(random, crypto_secretbox_KEYBYTES)) {}

std::pair<Begun, std::string> BegunSignIns::begin(std::string redirect_uri, std::string return_to) {
  Begun begun{.state = random_.token(kRandomBytes),
              .nonce = random_.token(kRandomBytes),
              .verifier = random_.token(kRandomBytes),
              .redirect_uri = std::move(redirect_uri),
              .return_to = std::move(return_to)};
  const std::string until = std::to_string((clock_.now() + kLives).ms());
  std::string plain;
  for (const std::string_view field :
       {std::string_view(until), std::string_view(begun.state), std::string_view(begun.nonce),
        std::string_view(begun.verifier), std::string_view(begun.redirect_uri), std::string_view(begun.return_to)})
    plain.append(field).append("\n");
  std::string box = random_bytes(random_, crypto_secretbox_NONCEBYTES);
  box.resize(box.size() + crypto_secretbox_MACBYTES + plain.size());
  crypto_secretbox_easy(raw(box) + crypto_secretbox_NONCEBYTES, raw(std::string_view(plain)), plain.size(), raw(box),
                        raw(std::string_view(key_)));
  return {std::move(begun), to_base64url(box)};
}

Result<Begun> BegunSignIns::end(std::string_view cookie, std::string_view state) {
  const auto box = from_base64url(cookie);
  constexpr std::size_t kAround = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
  if (!box || box->size() <= kAround) return not_ours();
  std::string plain(box->size() - kAround, '\0');
  const std::string_view whole(*box);
  const auto sealed = whole.substr(crypto_secretbox_NONCEBYTES);
  if (crypto_secretbox_open_easy(raw(plain), raw(sealed), sealed.size(), raw(whole), raw(std::string_view(key_))) != 0)
    return not_ours();
  std::array<std::string, 6> fields;
  std::string_view rest(plain);
  for (auto& field : fields) {
    const auto end = rest.find('\n');
    if (end == std::string_view::npos) return not_ours();
    field = rest.substr(0, end);
    rest.remove_prefix(end + 1);
  }
  std::int64_t until = 0;
  std::from_chars(fields[0].data(), fields[0].data() + fields[0].size(), until);
  const Instant now = clock_.now();
  if (state.size() != fields[1].size() || sodium_memcmp(state.data(), fields[1].data(), state.size()) != 0 ||
      now.ms() >= until) {
    return not_ours();
  }
  const std::lock_guard guard(lock_);
  std::erase_if(used_, [now](const auto& entry) { return entry.second <= now; });
  if (used_.contains(fields[1])) return not_ours();
  if (used_.size() >= kMostUsed) used_.erase(used_.begin());
  used_[fields[1]] = Instant::from_ms(until);
  return Begun{
      .state = fields[1], .nonce = fields[2], .verifier = fields[3], .redirect_uri = fields[4], .return_to = fields[5]};
}

std::string BegunSignIns::challenge(const Begun& begun) { return to_base64url(sha256(begun.verifier)); }

}  // namespace qala::oidc
