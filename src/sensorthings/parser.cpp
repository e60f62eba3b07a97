#include "sensorthings/parser.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "sensorthings/lexer.h"

namespace qala::sensorthings {

using Op = Expr::Op;

namespace {

constexpr int kDeepestExpression = 100;
constexpr int kDeepestExpand = 8;

constexpr Function kFunctions[] = {
    {"substringof", 2, 2},   {"contains", 2, 2},    {"endswith", 2, 2},
    {"startswith", 2, 2},    {"length", 1, 1},      {"indexof", 2, 2},
    {"substring", 2, 3},     {"tolower", 1, 1},     {"toupper", 1, 1},
    {"trim", 1, 1},          {"concat", 2, 8},      {"year", 1, 1},
    {"month", 1, 1},         {"day", 1, 1},         {"hour", 1, 1},
    {"minute", 1, 1},        {"second", 1, 1},      {"fractionalseconds", 1, 1},
    {"date", 1, 1},          {"time", 1, 1},        {"totaloffsetminutes", 1, 1},
    {"now", 0, 0},           {"mindatetime", 0, 0}, {"maxdatetime", 0, 0},
    {"round", 1, 1},         {"floor", 1, 1},       {"ceiling", 1, 1},
    {"geo.distance", 2, 2},  {"geo.length", 1, 1},  {"geo.intersects", 2, 2},
    {"st_equals", 2, 2},     {"st_disjoint", 2, 2}, {"st_touches", 2, 2},
    {"st_within", 2, 2},     {"st_overlaps", 2, 2}, {"st_crosses", 2, 2},
    {"st_intersects", 2, 2}, {"st_contains", 2, 2}, {"st_relate", 3, 3},
    {"before", 2, 2},        {"after", 2, 2},       {"meets", 2, 2},
    {"during", 2, 2},        {"overlaps", 2, 2},    {"starts", 2, 2},
    {"finishes", 2, 2},
};

/// Names in force while an expression is read: lambda variables and the collections that paths lead through.
struct Scope {
  struct Variable {
    std::string name;
    int number;
    Kind kind;
  };
  Kind root = Kind::thing;
  std::vector<Variable> variables = {};
  std::vector<Slot>* slots = nullptr;  ///< of the innermost body
  int next = 1;                        ///< variable number
};

class Parser {
 public:
  Parser(std::string_view text, std::vector<Token> tokens) : text_(text), tokens_(std::move(tokens)) {}

  const Token& peek(std::size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  bool is_sign(char c, std::size_t ahead = 0) const {
    return peek(ahead).kind == Token::Kind::sign && peek(ahead).text[0] == c;
  }
  bool is_word(std::string_view word) const { return peek().kind == Token::Kind::word && peek().text == word; }
  bool at_end() const { return peek().kind == Token::Kind::end; }
  bool take(char c) {
    if (!is_sign(c)) return false;
    at_++;
    return true;
  }
  bool take_word(std::string_view word) {
    if (!is_word(word)) return false;
    at_++;
    return true;
  }
  Result<> expect(char c) {
    if (take(c)) return {};
    return unexpected(std::string("'") + c + "' is expected");
  }
  Error unexpected(std::string_view wanted) const {
    const Token& token = peek();
    return at_position(token.at, std::string(wanted) + (token.kind == Token::Kind::end ? ", but this is the end" : ""));
  }
  Result<> finish() const {
    if (at_end()) return {};
    return at_position(peek().at, "the expression should have ended here");
  }

  // ---- expressions, from what binds least to what binds most

  Result<Filter> filter(Kind kind) {
    Filter out;
    Scope scope{.root = kind, .slots = &out.slots};
    TRY(out.root, expression(scope, 0));
    out.variables = scope.next;
    return out;
  }

  Result<std::vector<Order>> order(Kind kind) {
    std::vector<Order> out;
    do {
      Order one;
      TRY(one.by, filter(kind));
      one.descending = take_word("desc");
      if (!one.descending) take_word("asc");
      out.push_back(std::move(one));
    } while (take(','));
    return out;
  }

  Result<std::vector<Select>> select(Kind kind) {
    std::vector<Select> out;
    do {
      if (peek().kind != Token::Kind::word) return unexpected("a property is expected");
      const Token token = tokens_[at_++];
      const KindInfo& of = info(kind);
      Select one;
      if (token.text == "id" || token.text == "@iot.id") {
        one.what = Select::What::id;
      } else if (token.text == "selfLink" || token.text == "@iot.selfLink") {
        one.what = Select::What::self;
      } else if (const int property = of.property(token.text); property >= 0) {
        one.index = property;
        TRY(one.inside, inside());
      } else if (const int relation = of.relation(token.text); relation >= 0) {
        one.what = Select::What::relation;
        one.index = relation;
      } else {
        return no_such(token, kind);
      }
      out.push_back(std::move(one));
    } while (take(','));
    return out;
  }

  Result<std::vector<Expand>> expand(Kind kind, int depth) {
    std::vector<Expand> out;
    do {
      TRY_VOID(expand_one(kind, depth, out));
    } while (take(','));
    return out;
  }

 private:
  Error no_such(const Token& token, Kind kind) const {
    return at_position(token.at, std::string(info(kind).set) + " have no \"" + token.text + "\"");
  }

  Result<> expand_one(Kind kind, int depth, std::vector<Expand>& out) {
    if (depth >= kDeepestExpand) return at_position(peek().at, "expansions go at most 8 deep");
    if (peek().kind != Token::Kind::word) return unexpected("a relation is expected");
    const Token token = tokens_[at_++];
    const int relation = info(kind).relation(token.text);
    if (relation < 0) return no_such(token, kind);
    const Relation& to = info(kind).relations[static_cast<std::size_t>(relation)];
    auto found = std::ranges::find(out, relation, &Expand::relation);
    if (found == out.end()) {
      out.push_back({.relation = relation, .options = std::vector<Query>(1)});
      found = out.end() - 1;
    }
    Query& query = found->options[0];
    if (take('/')) {
      const std::size_t from = peek().at;
      TRY_VOID(expand_one(to.to, depth + 1, query.expand));
      add_text(query, "$expand", from);
      return {};
    }
    if (!take('(')) return {};
    do {
      const std::string name = peek().text;
      const std::size_t from = peek(2).at;
      TRY_VOID(option(to, depth, query));
      add_text(query, name, from);
    } while (take(';'));
    return expect(')');
  }

  /// What was written from `from` to here, for links to the rest. Expansions add up.
  void add_text(Query& query, const std::string& name, std::size_t from) const {
    const std::string text(text_.substr(from, tokens_[at_ - 1].end - from));
    const auto known = std::ranges::find(query.texts, name, &std::pair<std::string, std::string>::first);
    if (known == query.texts.end()) query.texts.emplace_back(name, text);
    else if (name == "$expand") known->second += "," + text;
    else known->second = text;
  }

  /// One `$name=value` inside of parentheses.
  Result<> option(const Relation& to, int depth, Query& query) {
    if (peek().kind != Token::Kind::word || !peek().text.starts_with('$')) return unexpected("an option is expected");
    const Token name = tokens_[at_++];
    TRY_VOID(expect('='));
    if (name.text == "$select") {
      TRY(query.select, select(to.to));
      return {};
    }
    if (name.text == "$expand") {
      do {
        TRY_VOID(expand_one(to.to, depth + 1, query.expand));
      } while (take(','));
      return {};
    }
    const bool known = name.text == "$filter" || name.text == "$orderby" || name.text == "$top" ||
                       name.text == "$skip" || name.text == "$count";
    if (!known) return fail(ErrorKind::invalid, std::string(kUnknownOption) + name.text);
    if (!to.many) return at_position(name.at, name.text + " is for collections, this is one entity");
    if (name.text == "$filter") {
      TRY(query.filter, filter(to.to));
    } else if (name.text == "$orderby") {
      TRY(query.order, order(to.to));
    } else if (name.text == "$count") {
      if (peek().kind != Token::Kind::literal || peek().value.type != Value::Type::boolean)
        return unexpected("true or false is expected");
      query.count = tokens_[at_++].value.truth;
    } else {
      TRY(const auto number, whole());
      (name.text == "$top" ? query.top : query.skip) = number;
    }
    return {};
  }

  Result<std::uint64_t> whole() {
    const Token& token = peek();
    if (token.kind != Token::Kind::literal || token.value.type != Value::Type::number || token.value.number < 0 ||
        token.value.number > 1e15L || token.value.number != static_cast<std::uint64_t>(token.value.number))
      return unexpected("a whole number is expected");
    at_++;
    return static_cast<std::uint64_t>(token.value.number);
  }

  static Expr binary(Op op, std::size_t at, Expr left, Expr right) {
    Expr out;
    out.op = op;
    out.at = at;
    if (op == Op::eq || op == Op::ne) id_from_text(left, right), id_from_text(right, left);
    out.args.push_back(std::move(left));
    out.args.push_back(std::move(right));
    return out;
  }

  /// `id eq '1'`, of clients that take every id for text.
  static void id_from_text(const Expr& path, Expr& literal) {
    if (path.op != Op::path || path.path.property != -1) return;
    if (literal.op != Op::literal || literal.value.type != Value::Type::string) return;
    const std::string& text = literal.value.text;
    std::uint64_t id = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (ec == std::errc() && end == text.data() + text.size()) literal.value = Value::of(static_cast<long double>(id));
  }

  using Level = Result<Expr> (Parser::*)(Scope&, int);
  /// Left-associative operators of one precedence.
  Result<Expr> level(Scope& scope, int depth, Level below, std::initializer_list<std::pair<std::string_view, Op>> ops) {
    TRY(Expr left, (this->*below)(scope, depth));
    for (int links = 0;; links++) {
      const auto* found = std::ranges::find_if(ops, [this](const auto& op) { return is_word(op.first); });
      if (found == ops.end()) return left;
      if (links > 500) return at_position(peek().at, "this is too long");
      const std::size_t at = tokens_[at_++].at;
      TRY(Expr right, (this->*below)(scope, depth));
      left = binary(found->second, at, std::move(left), std::move(right));
    }
  }

  Result<Expr> expression(Scope& scope, int depth) {
    if (depth > kDeepestExpression) return at_position(peek().at, "this is nested too deeply");
    return level(scope, depth + 1, &Parser::conjunction, {{"or", Op::logical_or}});
  }
  Result<Expr> conjunction(Scope& scope, int depth) {
    return level(scope, depth, &Parser::negation, {{"and", Op::logical_and}});
  }
  /// `not a lt b` is not (a lt b): on its own `not` would have nothing true or false before it.
  Result<Expr> negation(Scope& scope, int depth) {
    if (!is_word("not")) return equality(scope, depth);
    if (depth > kDeepestExpression) return at_position(peek().at, "this is nested too deeply");
    Expr out;
    out.op = Op::logical_not;
    out.at = tokens_[at_++].at;
    TRY(auto inner, negation(scope, depth + 1));
    out.args.push_back(std::move(inner));
    return out;
  }
  Result<Expr> equality(Scope& scope, int depth) {
    return level(scope, depth, &Parser::relational, {{"eq", Op::eq}, {"ne", Op::ne}});
  }
  Result<Expr> relational(Scope& scope, int depth) {
    return level(scope, depth, &Parser::additive,
                 {{"gt", Op::gt}, {"ge", Op::ge}, {"lt", Op::lt}, {"le", Op::le}, {"in", Op::in}});
  }
  Result<Expr> additive(Scope& scope, int depth) {
    return level(scope, depth, &Parser::multiplicative, {{"add", Op::add}, {"sub", Op::sub}});
  }
  Result<Expr> multiplicative(Scope& scope, int depth) {
    return level(scope, depth, &Parser::unary, {{"mul", Op::mul}, {"div", Op::div}, {"mod", Op::mod}});
  }

  Result<Expr> unary(Scope& scope, int depth) {
    if (depth > kDeepestExpression) return at_position(peek().at, "this is nested too deeply");
    if (is_word("not")) return negation(scope, depth + 1);
    if (is_sign('-')) {
      Expr out;
      out.op = Op::negate;
      out.at = tokens_[at_++].at;
      TRY(auto inner, unary(scope, depth + 1));
      out.args.push_back(std::move(inner));
      return out;
    }
    return primary(scope, depth);
  }

  Result<Expr> primary(Scope& scope, int depth) {
    const Token token = peek();
    if (take('(')) {
      TRY(auto inner, expression(scope, depth + 1));
      if (is_sign(',')) {  // a list of `in`
        Expr list;
        list.op = Op::list;
        list.at = token.at;
        list.args.push_back(std::move(inner));
        while (take(',')) {
          TRY(auto item, expression(scope, depth + 1));
          list.args.push_back(std::move(item));
        }
        TRY_VOID(expect(')'));
        return list;
      }
      TRY_VOID(expect(')'));
      return inner;
    }
    if (token.kind == Token::Kind::literal) {
      at_++;
      Expr out;
      out.at = token.at;
      out.value = token.value;
      return out;
    }
    if (token.kind != Token::Kind::word) return unexpected("a value is expected");
    if (is_sign('(', 1) && token.end == peek(1).at) return call(scope, depth);
    return path(scope, depth);
  }

  Result<Expr> call(Scope& scope, int depth) {
    const Token name = tokens_[at_++];
    const auto* known = std::ranges::find(kFunctions, name.text, &Function::name);
    if (known == std::end(kFunctions)) return at_position(name.at, "there is no function \"" + name.text + "\"");
    at_++;  // (
    Expr out;
    out.op = Op::call;
    out.at = name.at;
    out.name = name.text;
    if (!is_sign(')')) {
      do {
        TRY(auto arg, expression(scope, depth + 1));
        out.args.push_back(std::move(arg));
      } while (take(','));
    }
    TRY_VOID(expect(')'));
    const int given = static_cast<int>(out.args.size());
    if (given < known->least || given > known->most) {
      return at_position(name.at, name.text + " takes " + std::to_string(known->least) +
                                      (known->least == known->most ? "" : " to " + std::to_string(known->most)) +
                                      " arguments");
    }
    if (name.text == "during") TRY_VOID(check_during(out));
    if (name.text == "st_relate") TRY_VOID(check_pattern(out));
    return out;
  }

  /// Only an interval can hold something.
  static Result<> check_during(const Expr& call) {
    const Expr& outer = call.args[1];
    const bool instant =
        (outer.op == Op::literal && outer.value.type != Value::Type::interval) ||
        (outer.op == Op::path && outer.path.property >= 0 && outer.path.inside.empty() &&
         info(outer.path.kind).properties[static_cast<std::size_t>(outer.path.property)].holds == Holds::instant);
    if (instant) return at_position(outer.at, "during needs an interval here");
    return {};
  }

  static Result<> check_pattern(const Expr& call) {
    const Expr& pattern = call.args[2];
    if (pattern.op != Op::literal || pattern.value.type != Value::Type::string ||
        !matches("FFFFFFFFF", pattern.value.text))
      return at_position(pattern.at, "st_relate needs a pattern such as 'T*****FF*' here");
    return {};
  }

  Result<std::vector<Inside>> inside() {
    std::vector<Inside> out;
    for (;;) {
      if (take('[')) {
        TRY(const auto index, whole());
        if (index > 1'000'000) return unexpected("the index is too large");
        out.push_back({.index = static_cast<int>(index)});
        TRY_VOID(expect(']'));
      } else if (is_sign('/') && (peek(1).kind == Token::Kind::word || peek(1).kind == Token::Kind::literal)) {
        at_++;
        const Token& token = tokens_[at_++];
        if (token.kind == Token::Kind::literal && (token.value.type == Value::Type::string || token.text.empty()))
          return at_position(token.at, "the name of a member is expected");
        out.push_back({.member = token.text});
      } else {
        return out;
      }
      if (out.size() > 64) return unexpected("this is nested too deeply");
    }
  }

  Result<Expr> path(Scope& scope, int depth) {
    Expr out;
    out.op = Op::path;
    out.at = peek().at;
    Path& path = out.path;
    Kind kind = scope.root;
    const auto variable = std::ranges::find(scope.variables, peek().text, &Scope::Variable::name);
    if (variable != scope.variables.end()) {
      path.variable = variable->number;
      kind = variable->kind;
      at_++;
      if (!take('/')) return unexpected("a property is expected after the variable");
    } else if (is_word("$it")) {
      at_++;
      if (!take('/')) return unexpected("a property is expected after $it");
    }
    std::vector<Hop> hops;
    for (;;) {
      if (peek().kind != Token::Kind::word) return unexpected("a property is expected");
      const Token token = tokens_[at_++];
      const KindInfo& of = info(kind);
      if (const int relation = of.relation(token.text); relation >= 0) {
        hops.push_back({kind, relation});
        const Relation& to = of.relations[static_cast<std::size_t>(relation)];
        kind = to.to;
        if (!take('/'))
          return at_position(token.at, "\"" + token.text + "\" is not a property: go on with /id or such");
        if (to.many && (is_word("any") || is_word("all")) && is_sign('(', 1))
          return lambda(scope, depth, path.variable, std::move(hops), kind);
        if (to.many) {
          path.variable = slot_of(scope, path.variable, hops);
          hops.clear();
        }
        continue;
      }
      path.hops = std::move(hops);
      path.kind = kind;
      if (token.text == "id" || token.text == "@iot.id") return out;
      if (token.text == "@iot.selfLink" || token.text == "selfLink") return path.property = -2, std::move(out);
      path.property = of.property(token.text);
      if (path.property < 0) return no_such(token, kind);
      TRY(path.inside, inside());
      const Property& property = of.properties[static_cast<std::size_t>(path.property)];
      const bool deep =
          property.holds == Holds::json || property.holds == Holds::object || property.holds == Holds::geometry;
      if (!path.inside.empty() && !deep) return at_position(token.at, "\"" + token.text + "\" has nothing inside");
      return out;
    }
  }

  /// The variable that stands for a member of the collection; the same collection gets the same one.
  int slot_of(Scope& scope, int base, const std::vector<Hop>& hops) {
    const auto same = [&](const Slot& slot) {
      return slot.base == base && std::ranges::equal(slot.hops, hops, [](const Hop& a, const Hop& b) {
               return a.from == b.from && a.relation == b.relation;
             });
    };
    const auto found = std::ranges::find_if(*scope.slots, same);
    if (found != scope.slots->end()) return found->variable;
    scope.slots->push_back({.variable = scope.next, .base = base, .hops = hops});
    return scope.next++;
  }

  Result<Expr> lambda(Scope& scope, int depth, int base, std::vector<Hop> hops, Kind kind) {
    Expr out;
    out.at = peek().at;
    out.op = tokens_[at_++].text == "any" ? Op::any : Op::all;
    at_++;  // (
    out.collection = {.variable = scope.next++, .base = base, .hops = std::move(hops)};
    if (take(')')) {
      if (out.op == Op::all) return at_position(out.at, "all needs a condition");
      return out;
    }
    if (peek().kind != Token::Kind::word) return unexpected("a variable is expected");
    scope.variables.push_back({tokens_[at_++].text, out.collection.variable, kind});
    TRY_VOID(expect(':'));
    std::vector<Slot>* outer = std::exchange(scope.slots, &out.slots);
    auto body = expression(scope, depth + 1);
    scope.slots = outer;
    scope.variables.pop_back();
    if (!body) return std::move(body.error());
    out.args.push_back(std::move(*body));
    TRY_VOID(expect(')'));
    return out;
  }

  std::string_view text_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
};

Result<std::uint64_t> parse_whole(std::string_view name, std::string_view text) {
  std::uint64_t out = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (ec != std::errc() || end != text.data() + text.size() || out > 1'000'000'000'000'000ULL) {
    return fail(ErrorKind::invalid, std::string(name) + ", position " +
                                        std::to_string(static_cast<std::size_t>(end - text.data()) + 1) +
                                        ": a whole number, 0 or more, is expected");
  }
  return out;
}

}  // namespace

std::span<const Function> functions() { return kFunctions; }

bool Query::selects(Select::What what, int index) const {
  return std::ranges::any_of(select, [&](const Select& one) {
    return one.what == what && (what == Select::What::id || what == Select::What::self || one.index == index);
  });
}

Result<Filter> parse_filter(std::string_view text, Kind kind) {
  TRY(auto tokens, cut(text));
  Parser parser(text, std::move(tokens));
  TRY(auto out, parser.filter(kind));
  TRY_VOID(parser.finish());
  return out;
}

Result<std::vector<Order>> parse_order(std::string_view text, Kind kind) {
  TRY(auto tokens, cut(text));
  Parser parser(text, std::move(tokens));
  TRY(auto out, parser.order(kind));
  TRY_VOID(parser.finish());
  return out;
}

Result<std::vector<Select>> parse_select(std::string_view text, Kind kind) {
  TRY(auto tokens, cut(text));
  Parser parser(text, std::move(tokens));
  TRY(auto out, parser.select(kind));
  TRY_VOID(parser.finish());
  return out;
}

Result<std::vector<Expand>> parse_expand(std::string_view text, Kind kind) {
  TRY(auto tokens, cut(text));
  Parser parser(text, std::move(tokens));
  TRY(auto out, parser.expand(kind, 0));
  TRY_VOID(parser.finish());
  return out;
}

Result<Query> parse_query(Options options, Kind kind, bool collection) {
  Query query;
  std::set<std::string_view> seen;
  for (const auto& [name, text] : options) {
    if (!name.starts_with('$')) continue;
    if (!seen.insert(name).second) return fail(ErrorKind::invalid, name + " is given twice");
    const std::string doing = name;
    if (name == "$select") {
      TRY(query.select, parse_select(text, kind).context(doing));
      continue;
    }
    if (name == "$expand") {
      TRY(query.expand, parse_expand(text, kind).context(doing));
      continue;
    }
    if (name == "$resultFormat" || name == "$format") {
      std::string lower;
      for (const char c : text) lower += static_cast<char>(c >= 'A' && c <= 'Z' ? c | 32 : c);
      if (lower == "json" || lower == "default" || lower == "application/json") query.format = Format::json;
      else if (lower == "dataarray" && kind == Kind::observation && collection) query.format = Format::data_array;
      else if (lower == "geojson") query.format = Format::geojson;
      else if (lower == "csv" || lower == "text/csv") query.format = Format::csv;
      else
        return fail(ErrorKind::invalid, name + " \"" + text + "\": JSON, dataArray (of Observations), GeoJSON or CSV");
      continue;
    }
    const bool known = name == "$filter" || name == "$orderby" || name == "$top" || name == "$skip" ||
                       name == "$count" || name == "$skiptoken";
    if (!known) return fail(ErrorKind::invalid, std::string(kUnknownOption) + name);
    if (!collection) return fail(ErrorKind::invalid, name + " is for collections, this is one entity");
    if (name == "$filter") {
      TRY(query.filter, parse_filter(text, kind).context(doing));
    } else if (name == "$orderby") {
      TRY(query.order, parse_order(text, kind).context(doing));
    } else if (name == "$top") {
      TRY(query.top, parse_whole(name, text));
    } else if (name == "$skip") {
      TRY(query.skip, parse_whole(name, text));
    } else if (name == "$skiptoken") {
      query.token = text;
    } else {
      if (text != "true" && text != "false") return fail(ErrorKind::invalid, "$count, position 1: true or false");
      query.count = text == "true";
    }
  }
  return query;
}

}  // namespace qala::sensorthings
