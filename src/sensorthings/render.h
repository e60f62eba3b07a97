#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json_writer.h"
#include "sensorthings/page.h"
#include "sensorthings/resource.h"

namespace qala::sensorthings {

/// Entities as JSON, with what is expanded and selected. `root`: what links begin with.
class Renderer {
 public:
  /// More in one answer, expanded ones counted: `invalid`, ask for less.
  static constexpr std::size_t kMostEntities = 100'000;
  Renderer(const TownFacts& facts, Evaluator& evaluator, std::string_view root, Limits limits)
      : facts_(facts), evaluator_(evaluator), root_(root), limits_(limits) {}

  Result<> entity(JsonWriter& json, const Ref& entity, const Query& query);
  /// {"@iot.count":n,"value":[…],"@iot.nextLink":"…"}; `next`: empty or the link.
  Result<std::string> collection(const Page& page, const Query& query, const std::string& next);
  std::string references(const Page& page, const std::string& next) const;
  Result<std::string> data_array(const Page& page, const Query& query, const std::string& next);
  Result<std::string> geojson(const Page& page, const Query& query, const std::string& next);
  Result<std::string> csv(const Page& page, const Query& query);
  /// Entities are told without links to others, as by MQTT.
  void leave_out_links() { links_ = false; }

 private:
  Result<> expanded(JsonWriter& json, const Ref& entity, const Expand& expand);
  Result<> property(JsonWriter& json, const Ref& entity, int index, const Query& query);
  std::string geometry(const Ref& entity) const;
  std::string link(const Ref& entity) const { return root_ + path_of(entity.kind, entity.id); }

  const TownFacts& facts_;
  Evaluator& evaluator_;
  const std::string root_;
  const Limits limits_;
  bool links_ = true;
  std::size_t entities_ = 0;
};

/// `root` + path + "?" + the options, but $skip and $skiptoken, + where the page ended.
std::string next_link(std::string_view base, const std::vector<std::pair<std::string, std::string>>& options,
                      const Mark& end);
std::string percent_encoded(std::string_view text, bool path);

}  // namespace qala::sensorthings
