#pragma once

#include "alarms/model.h"
#include "api/body.h"
#include "api/context.h"
#include "http/message.h"
#include "http/router.h"

namespace qala::api {

/// The alarm as JSON, or why not: what the engine says before the colon of a conflict is the code.
http::Response alarm_answer(const Result<alarms::Alarm>& alarm);
http::Response alarm_refusal(const Error& error);
Result<AlarmId> alarm_id(const http::Request& request);

/// Lets the writer write what the rules found, step by step, before a person's change: so that one is a short step too.
boost::asio::awaitable<void> write_backlog(Context& context);

/// "until" (ISO 8601 or milliseconds) or "minutes" from now.
Result<Instant> end_of_shelving(const Body& body, Instant now);

/// `{"exercise":EX|null,"town":false}`, as answer and as message of the live stream.
std::string render_exercise(const Context& context, bool for_stream = false);

// Called by add_alarm_routes.
void add_exercise_routes(http::Router& router, Context& context);
void add_handling_routes(http::Router& router, Context& context);
void add_performance_routes(http::Router& router, Context& context);
void add_rule_editor_routes(http::Router& router, Context& context);
void add_rule_routes(http::Router& router, Context& context);

}  // namespace qala::api
