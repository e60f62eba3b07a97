#include "http/router.h"

#include <algorithm>

#include "base/assert.h"

namespace qala::http {
namespace {

/// Takes the first segment off `path`, which starts with a slash.
std::string_view next_segment(std::string_view& path) {
  path.remove_prefix(1);
  const auto end = std::min(path.find('/'), path.size());
  const auto segment = path.substr(0, end);
  path.remove_prefix(end);
  return segment;
}

using Values = std::vector<std::string_view>;

const RouteNode* find(const RouteNode& node, std::string_view path, Values& values) {
  if (path.empty()) return node.answers() ? &node : nullptr;
  auto tail = path;
  const auto segment = next_segment(tail);
  if (const auto next = node.statics.find(segment); next != node.statics.end())
    if (const auto* found = find(*next->second, tail, values)) return found;
  if (node.any && !segment.empty()) {
    values.push_back(segment);
    if (const auto* found = find(*node.any, tail, values)) return found;
    values.pop_back();
  }
  if (!node.rest) return nullptr;
  values.push_back(path.substr(1));
  return node.rest.get();
}

std::string allowed_methods(const RouteNode& node) {
  std::string out;
  const auto add = [&out](std::string_view name) {
    if (!out.empty()) out += ", ";
    out += name;
  };
  for (const auto& [method, route] : node.routes) {
    add(name_of(method));
    if (method == Method::get) add("HEAD");
  }
  if (node.socket && node.routes.empty()) add("GET");
  add("OPTIONS");
  return out;
}

const Route* route_of(const RouteNode& node, Method method) {
  for (const auto& [candidate, route] : node.routes)
    if (candidate == method) return &route;
  return method == Method::head ? route_of(node, Method::get) : nullptr;
}

bool lies_under(std::string_view path, std::string_view prefix) {
  if (!path.starts_with(prefix)) return false;
  return prefix.ends_with('/') || path.size() == prefix.size() || path[prefix.size()] == '/';
}

const Folder* folder_of(const std::vector<Folder>& folders, std::string_view path) {
  const auto found = std::ranges::find_if(folders, [path](const Folder& f) { return lies_under(path, f.prefix); });
  return found == folders.end() ? nullptr : &*found;
}

void insert(std::vector<Folder>& folders, Folder folder) {
  const auto shorter = [&folder](const Folder& known) { return known.prefix.size() < folder.prefix.size(); };
  folders.insert(std::ranges::find_if(folders, shorter), std::move(folder));
}

void name_params(Match& match, const std::vector<std::string>& names, const Values& values) {
  for (std::size_t i = 0; i < names.size() && i < values.size(); ++i)
    match.params.emplace_back(names[i], std::string(values[i]));
}

}  // namespace

std::string_view name_of(Method method) {
  switch (method) {
    case Method::get: return "GET";
    case Method::head: return "HEAD";
    case Method::post: return "POST";
    case Method::put: return "PUT";
    case Method::patch: return "PATCH";
    case Method::del: return "DELETE";
    case Method::options: return "OPTIONS";
  }
  return "GET";
}

RouteNode& Router::Impl::node_of(std::string_view pattern, std::vector<std::string>& names) {
  QALA_ASSERT(pattern.starts_with('/'), "a pattern starts with a slash");
  RouteNode* node = &root;
  while (!pattern.empty()) {
    const auto segment = next_segment(pattern);
    auto* next = &node->any;
    if (segment.starts_with('{') && segment.ends_with("*}")) {
      QALA_ASSERT(pattern.empty(), "a remainder is the last segment of a pattern");
      names.emplace_back(segment.substr(1, segment.size() - 3));
      next = &node->rest;
    } else if (segment.starts_with('{') && segment.ends_with('}')) {
      names.emplace_back(segment.substr(1, segment.size() - 2));
    } else {
      next = &node->statics[std::string(segment)];
    }
    if (!*next) *next = std::make_unique<RouteNode>();
    node = next->get();
  }
  return *node;
}

Match Router::Impl::match(Method method, std::string_view path) const {
  Match out;
  Values values;
  if (const auto* node = find(root, path, values)) {
    out.route = route_of(*node, method);
    if (out.route) name_params(out, out.route->names, values);
    if (node->socket && method == Method::get) {
      out.socket = node->socket.get();
      if (!out.route) name_params(out, out.socket->names, values);
    }
    if (!out.route && !out.socket) out.allow = allowed_methods(*node);
    return out;
  }
  out.folder = folder_of(folders, path);
  out.page = folder_of(pages, path);
  if ((out.folder || out.page) && method != Method::get && method != Method::head) out.allow = "GET, HEAD, OPTIONS";
  return out;
}

Router::Router() : impl_(std::make_unique<Impl>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

void Router::add(Method method, std::string_view pattern, Handler handler, RouteOptions options) {
  std::vector<std::string> names;
  auto& node = impl_->node_of(pattern, names);
  QALA_ASSERT(std::ranges::none_of(node.routes, [method](const auto& known) { return known.first == method; }),
              "one handler for a method of a path");
  node.routes.emplace_back(method, Route{std::string(pattern), std::move(names), std::move(handler), options});
}

namespace {

void visit_all(const RouteNode& node, const std::function<void(Method, std::string_view, const Handler&)>& visit) {
  for (const auto& [method, route] : node.routes) visit(method, route.pattern, route.handler);
  for (const auto& [segment, next] : node.statics) visit_all(*next, visit);
  if (node.any) visit_all(*node.any, visit);
  if (node.rest) visit_all(*node.rest, visit);
}

}  // namespace

void Router::each(const std::function<void(Method, std::string_view, const Handler&)>& visit) const {
  visit_all(impl_->root, visit);
}

void Router::websocket(std::string_view pattern, WebSocketRoute route) {
  std::vector<std::string> names;
  auto& node = impl_->node_of(pattern, names);
  node.socket = std::make_unique<SocketRoute>(SocketRoute{std::string(pattern), std::move(names), std::move(route)});
}

void Router::files(std::string_view prefix, std::string folder) {
  insert(impl_->folders, {std::string(prefix), std::move(folder)});
}

void Router::spa(std::string_view prefix, std::string index_file) {
  insert(impl_->pages, {std::string(prefix), std::move(index_file)});
}

}  // namespace qala::http
