#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/server.h"

namespace qala::http {

struct Route {
  std::string pattern;  ///< as given to add(): what logs name, since paths may hold tokens
  std::vector<std::string> names;
  Handler handler;
  RouteOptions options;
};

struct SocketRoute {
  std::string pattern;
  std::vector<std::string> names;
  WebSocketRoute route;
};

/// One segment of the tree of patterns.
struct RouteNode {
  std::map<std::string, std::unique_ptr<RouteNode>, std::less<>> statics;
  std::unique_ptr<RouteNode> any;   ///< {name}
  std::unique_ptr<RouteNode> rest;  ///< {name*}
  std::vector<std::pair<Method, Route>> routes;
  std::unique_ptr<SocketRoute> socket;

  bool answers() const { return socket || !routes.empty(); }
};

struct Folder {
  std::string prefix;
  std::string folder;  ///< of the single page's index: the file
};

/// What answers a request. At most one of route and socket; folder and page when there is no pattern for the path.
struct Match {
  const Route* route = nullptr;
  const SocketRoute* socket = nullptr;
  const Folder* folder = nullptr;
  const Folder* page = nullptr;
  std::vector<std::pair<std::string, std::string>> params;
  std::string allow;  ///< not empty: the path is known, the method is not
};

struct Router::Impl {
  RouteNode root;
  std::vector<Folder> folders;  ///< longest prefix first
  std::vector<Folder> pages;

  RouteNode& node_of(std::string_view pattern, std::vector<std::string>& names);
  Match match(Method method, std::string_view path) const;
};

std::string_view name_of(Method method);

}  // namespace qala::http
