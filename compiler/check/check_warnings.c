#include "compiler/check/check_warnings.h"

#include <errno.h>

#include "compiler/check/check_types.h"
#include "compiler/emit/event_codes.h"

/* Falco's order. evt.latency.quantized is deprecated as well, but never reported. */
static const char *const deprecated_fields[] = {"evt.dir",	  "evt.latency",       "evt.latency.s",
						"evt.latency.ns", "evt.latency.human", "evt.wait_latency"};
#define DEPRECATED_COUNT (sizeof deprecated_fields / sizeof deprecated_fields[0])

struct warning_pass {
	struct arena *arena;
	struct finding_sink *sink;
	bool is_reported[DEPRECATED_COUNT];
	int status;
};

static void warn(struct warning_pass *pass, enum finding_kind kind, struct span span, struct text message,
		 const struct macro_use *used_by)
{
	struct finding finding = {.kind = kind,
				  .span = span,
				  .message = message,
				  .subject = TEXT_EMPTY,
				  .hint = TEXT_EMPTY,
				  .used_by = used_by};

	if (!message.bytes)
		pass->status = -ENOMEM;
	else if (pass->sink)
		pass->sink->report(pass->sink, &finding);
}

/* Calls `visit` for every check, in the order of the text. */
static void for_each_check(struct warning_pass *pass, const struct condition *condition,
			   void (*visit)(struct warning_pass *pass, const struct condition *check))
{
	if (condition->kind == CONDITION_CHECK)
		visit(pass, condition);
	for (uint32_t i = 0; i < condition->child_count; i++)
		for_each_check(pass, condition->children[i], visit);
}

/* ---- before the check ---- */

static void warn_unsafe_na(struct warning_pass *pass, const struct condition *check)
{
	static const char *const operators[] = {"=", "==", "!=", "in", "intersects", "pmatch"};
	const struct expression *left = check->left;
	bool is_affected = false;

	for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
		is_affected |= text_is(check->operator_text, operators[i]);
	if (!is_affected || left->kind != EXPRESSION_FIELD ||
	    (!text_starts_with(left->name, TEXT("ka.")) && !text_starts_with(left->name, TEXT("jevt."))))
		return;
	for (uint32_t i = 0; i < check->constant_count; i++) {
		if (text_is(check->constants[i].value, "<NA>")) {
			warn(pass, FINDING_UNSAFE_NA, check->span, TEXT_EMPTY, check->used_by);
			return;
		}
	}
}

static void warn_deprecated(struct warning_pass *pass, const struct expression *expression, const struct macro_use *used_by)
{
	for (uint32_t i = 0; i < expression->child_count; i++)
		warn_deprecated(pass, expression->children[i], used_by);
	if (expression->kind != EXPRESSION_FIELD)
		return;
	for (size_t i = 0; i < DEPRECATED_COUNT; i++) {
		struct finding finding = {.kind = FINDING_DEPRECATED_FIELD,
					  .span = expression_name_span(expression),
					  .message = TEXT("field is not available due to the drop of enter events."),
					  .subject = expression->name,
					  .hint = TEXT_EMPTY,
					  .used_by = used_by};

		if (pass->is_reported[i] || !text_is(expression->name, deprecated_fields[i]))
			continue;
		pass->is_reported[i] = true;
		if (i == 0)
			finding.message = TEXT("due to the drop of enter events, 'evt.dir = <' always evaluates to true, and "
					       "'evt.dir = >' always evaluates to false. The rule expression can be "
					       "simplified by removing the condition on 'evt.dir'");
		if (pass->sink)
			pass->sink->report(pass->sink, &finding);
	}
}

static void warn_deprecated_left(struct warning_pass *pass, const struct condition *check)
{
	warn_deprecated(pass, check->left, check->used_by);
}

int warn_before_check(struct arena *arena, const struct condition *root, struct finding_sink *sink)
{
	struct warning_pass pass = {.arena = arena, .sink = sink};

	for_each_check(&pass, root, warn_unsafe_na);
	for_each_check(&pass, root, warn_deprecated_left);
	return pass.status;
}

int warn_output(struct arena *arena, struct text output, struct span span, struct finding_sink *sink)
{
	for (size_t i = 0; i < DEPRECATED_COUNT; i++) {
		struct finding finding = {.kind = FINDING_DEPRECATED_FIELD,
					  .span = span,
					  .subject = text_from_string(deprecated_fields[i]),
					  .hint = TEXT_EMPTY};

		if (text_find(output, finding.subject) == SIZE_MAX)
			continue;
		finding.message = arena_format(arena, "usage of deprecated field '%s' has been detected in the rule output",
					       deprecated_fields[i]);
		if (!finding.message.bytes)
			return -ENOMEM;
		if (sink)
			sink->report(sink, &finding);
	}
	return 0;
}

/* ---- after the check ---- */

static bool is_repetition(struct text two)
{
	return text_is(two, ".*") || text_is(two, ".+") || text_is(two, ".?");
}

/* No special character but ^ first, $ last, and .* .+ .? as the first two and the last two characters. */
static bool needs_no_regex(struct text pattern)
{
	size_t length = pattern.length;

	for (size_t i = 0; i < length; i++) {
		bool is_first_two = i < 2 && is_repetition(text_slice(pattern, 0, 2));
		bool is_last_two = length >= 2 && i >= length - 2 && is_repetition(text_slice(pattern, length - 2, 2));
		char c = pattern.bytes[i];

		if (strchr(".+*?^$()[]{}|\\", c) == NULL || c == '\0' || is_first_two || is_last_two)
			continue;
		if ((c == '^' && i == 0) || (c == '$' && i == length - 1))
			continue;
		return false;
	}
	return true;
}

/* "tolower(...)" or "val(...)". */
static bool looks_like_transformer(struct text value)
{
	size_t open = text_find_byte(value, '(');
	struct text name = text_slice(value, 0, open);

	return open != SIZE_MAX && text_ends_with(value, TEXT(")")) && (text_is(name, "val") || transformer_by_name(name) >= 0);
}

static bool is_blank(char byte)
{
	return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* The value itself when it has none, as nearly all. */
static struct text without_blanks(struct warning_pass *pass, struct text value)
{
	size_t length = 0;
	char *bytes;

	while (length < value.length && !is_blank(value.bytes[length]))
		length++;
	if (length == value.length)
		return value;
	bytes = arena_allocate(pass->arena, value.length);
	if (!bytes) {
		pass->status = -ENOMEM;
		return TEXT_EMPTY;
	}
	memcpy(bytes, value.bytes, length);
	for (size_t i = length; i < value.length; i++)
		if (!is_blank(value.bytes[i]))
			bytes[length++] = value.bytes[i];
	return text_of(bytes, length);
}

static void warn_constants(struct warning_pass *pass, const struct condition *check)
{
	for (uint32_t i = 0; i < check->constant_count; i++) {
		const struct constant *constant = &check->constants[i];
		struct text value = without_blanks(pass, constant->value);

		if (check->operator == OPERATOR_REGEX && needs_no_regex(constant->value))
			warn(pass, FINDING_CONDITION, constant_span(check, constant),
			     arena_format(pass->arena,
					  "regex check with '" TEXT_FORMAT "' may be optimized with simpler operators such as "
					  "'=', 'contains', 'startswith', 'endswith'",
					  TEXT_ARGUMENTS(constant->value)),
			     check->used_by);
		if (check_is_field(value))
			warn(pass, FINDING_CONDITION, constant_span(check, constant),
			     arena_format(pass->arena,
					  "'" TEXT_FORMAT "' may be a valid field misused as a const string value",
					  TEXT_ARGUMENTS(constant->value)),
			     check->used_by);
		else if (looks_like_transformer(value))
			warn(pass, FINDING_CONDITION, constant_span(check, constant),
			     arena_format(pass->arena,
					  "'" TEXT_FORMAT "' may be a valid field transformer misused as a const string value",
					  TEXT_ARGUMENTS(constant->value)),
			     check->used_by);
	}
}

int warn_after_check(struct arena *arena, const struct condition *root, struct finding_sink *sink)
{
	struct warning_pass pass = {.arena = arena, .sink = sink};

	for_each_check(&pass, root, warn_constants);
	return pass.status;
}

void warn_event_types(const struct condition *root, struct span span, struct finding_sink *sink)
{
	struct event_codes codes;
	struct finding finding = {.kind = FINDING_NO_EVENT_TYPE,
				  .span = span,
				  .message = TEXT("Rule matches too many evt.type values. This has a significant performance "
						  "penalty."),
				  .subject = TEXT_EMPTY,
				  .hint = TEXT_EMPTY};

	event_codes_of_condition(root, &codes);
	if (event_codes_count(&codes) > EVENT_CODES_WARNING_THRESHOLD)
		sink->report(sink, &finding);
}
