#include "compiler/lints/lint_rules.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/buffer.h"
#include "base/exit_status.h"
#include "base/log.h"
#include "compiler/lints/lint_internal.h"

#define SHOWN_BYTES 60u
#define SHOWN_EVENTS 4u

/* ---- helpers ---- */

struct text lint_text(struct lint *lint, struct span span)
{
	struct text whole = text_slice(span.text->text, span.start, span.end - span.start);
	struct buffer shown = BUFFER_INIT;
	struct text copy;
	bool is_blank = false;

	for (size_t i = 0; i < whole.length; i++) {
		char byte = whole.bytes[i];
		bool blank = byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';

		if (shown.length >= SHOWN_BYTES && ((unsigned char)byte & 0xc0) != 0x80) {
			buffer_append_string(&shown, "...");
			break;
		}
		if (!blank)
			buffer_append_byte(&shown, (uint8_t)byte);
		else if (!is_blank)
			buffer_append_byte(&shown, ' ');
		is_blank = blank;
	}
	copy = shown.failed ? (struct text){0} : arena_copy_text(lint->arena, buffer_text(&shown));
	buffer_release(&shown);
	if (copy.bytes)
		return copy;
	lint->failed = true;
	return TEXT_EMPTY;
}

void lint_each_check(struct lint *lint, const struct condition *condition, void *context,
		     void (*visit)(struct lint *lint, const struct condition *check, void *context))
{
	if (condition->kind == CONDITION_CHECK)
		visit(lint, condition, context);
	for (uint32_t i = 0; i < condition->child_count; i++)
		lint_each_check(lint, condition->children[i], context, visit);
}

static bool has_insertion(struct span span, enum insertion_kind kind)
{
	for (uint32_t at = span.start; at < span.end; at++) {
		const struct insertion *insertion = mapped_text_insertion((struct span){span.text, at, at + 1});

		for (; insertion; insertion = insertion->outer)
			if (insertion->kind == kind)
				return true;
	}
	return false;
}

bool lint_is_of_exception(const struct condition *check)
{
	const struct insertion *insertion = mapped_text_insertion(check->operator_span);

	for (; insertion; insertion = insertion->outer)
		if (insertion->kind == INSERTION_EXCEPTION)
			return true;
	return false;
}

bool lint_has_list(const struct condition *check)
{
	return has_insertion((struct span){check->span.text, check->operator_span.end, check->span.end},
			     INSERTION_LIST);
}

bool lint_is_placeholder(const struct condition *check)
{
	bool holds;

	if (condition_decides_event_number(check, &holds))
		return check->used_by != NULL;
	return check->right_side == RIGHT_LIST && check->constant_count == 0 && lint_has_list(check);
}

struct diagnostic *lint_report(struct lint *lint, enum diagnostic_id id, const struct condition *part,
			       const char *format, ...)
{
	char message[512];
	struct diagnostic *diagnostic;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof message, format, arguments);
	va_end(arguments);
	diagnostic = diagnostics_add(lint->diagnostics, id, part->span, "%s", message);
	diagnostic_add_macro_notes(lint->diagnostics, diagnostic, part->used_by);
	return diagnostic;
}

struct text lint_event_names(struct lint *lint, const struct event_codes *events)
{
	struct buffer names = BUFFER_INIT;
	const char *last = "";
	unsigned count = 0;
	struct text copy;

	for (unsigned event = 0; event < EVENT_ID_COUNT; event++) {
		const char *name = event_info(event)->name;

		if (!event_codes_has(events, event) || strcmp(name, last) == 0)
			continue;
		/* The rule index adds the one to every rule; the other's name is that of the system call. */
		if (event == EVENT_ASYNCEVENT_E || event == EVENT_GENERIC_X)
			continue;
		last = name;
		if (count == SHOWN_EVENTS) {
			buffer_append_string(&names, ", ...");
			break;
		}
		buffer_printf(&names, "%s%s", count++ > 0 ? ", " : "", name);
	}
	copy = names.failed ? (struct text){0} : arena_copy_text(lint->arena, buffer_text(&names));
	buffer_release(&names);
	if (copy.bytes)
		return copy;
	lint->failed = true;
	return TEXT_EMPTY;
}

/* ---- the driver ---- */

static void lower_rule(struct lint *lint, struct lint_rule *rule)
{
	struct event_codes codes;

	rule->node = lower_condition_noting(lint->ir, rule->rule->condition, rule->number, lint->parts);
	event_codes_of_rule(rule->rule, &codes);
	for (size_t i = 0; i < EVENT_CODES_WORDS; i++)
		rule->events.words[i] = codes.words[i] & lint->all_events.words[i];
}

static void lint_one_rule(struct lint *lint, struct lint_rule *rule)
{
	lint->diagnostics->context = rule->collected->context;
	solver_begin(lint->solver);
	number_table_free(lint->parts); /* not cleared: one huge rule would make every later one slow */
	lint->parts = number_table_new(0);
	lint->failed |= !lint->parts;
	if (lint->failed)
		return;
	lower_rule(lint, rule);
	if (lint->ir->failed)
		return;
	lint_never_matches(lint, rule);
	if (lint_is_on(lint, DIAGNOSTIC_NA_COMPARISON))
		lint_na_comparisons(lint, rule);
	if (lint_is_on(lint, DIAGNOSTIC_COSTLY_PATTERN) || lint_is_on(lint, DIAGNOSTIC_UNANCHORED_PATTERN))
		lint_patterns(lint, rule);
	if (lint_is_on(lint, DIAGNOSTIC_DEPRECATED_FIELD))
		lint_deprecated(lint, rule);
	/* The rest would only say again that the rule never matches. */
	if (rule->never_matches)
		return;
	if (lint_is_on(lint, DIAGNOSTIC_ALWAYS_TRUE) || lint_is_on(lint, DIAGNOSTIC_ALWAYS_FALSE) ||
	    lint_is_on(lint, DIAGNOSTIC_REDUNDANT_COMPARISON))
		lint_constant_checks(lint, rule);
	if (lint_is_on(lint, DIAGNOSTIC_EXCEPTION_NEVER_APPLIES))
		lint_exceptions(lint, rule);
	if (lint_is_on(lint, DIAGNOSTIC_OUTPUT_WITHOUT_VALUE))
		lint_outputs(lint, rule);
}

static void lint_all(struct lint *lint, bool matches_all)
{
	for (uint32_t i = 0; i < lint->rule_count && !lint->failed && !lint->ir->failed; i++)
		lint_one_rule(lint, &lint->rules[i]);
	/* After a failure the context tells where it was. */
	if (lint->failed || lint->ir->failed)
		return;
	lint->diagnostics->context = NULL;
	if (!matches_all && lint_is_on(lint, DIAGNOSTIC_SHADOWED_RULE))
		lint_shadowed_rules(lint);
	if (!lint->failed)
		lint->diagnostics->context = NULL;
}

static bool any_is_on(const struct diagnostic_levels *levels)
{
	for (unsigned id = 0; id < DIAGNOSTIC_COUNT; id++)
		if (diagnostic_info(id)->load_code == TERCEL_LINT && levels->of[id] != LEVEL_OFF)
			return true;
	return levels->of[DIAGNOSTIC_DEPRECATED_FIELD] != LEVEL_OFF;
}

int lint_rules(struct compilation *compilation, const struct diagnostic_levels *levels, bool matches_all)
{
	struct lint lint = {
	    .arena = compilation->arena,
	    .diagnostics = &compilation->diagnostics,
	    .levels = levels,
	    .collection = compilation->collection,
	    .rule_count = compilation->rule_count,
	};
	struct arena *scratch = arena_new(0);

	if (compilation->error_count > 0 || !any_is_on(levels)) {
		arena_free(scratch);
		return 0;
	}
	for (unsigned event = 0; event < EVENT_ID_COUNT; event++)
		if (event_reaches_rules(event))
			lint.all_events.words[event / 64] |= UINT64_C(1) << (event % 64);
	lint.ir = scratch ? ir_new(scratch) : NULL;
	lint.facts = lint.ir ? predicate_facts_new(scratch, lint.ir) : NULL;
	lint.solver = lint.facts ? solver_new(lint.ir, lint.facts) : NULL;
	lint.seen_checks = hash_table_new(0);
	lint.rules = arena_allocate_array(lint.arena, (size_t)lint.rule_count + 1, sizeof *lint.rules);
	lint.failed = !lint.solver || !lint.seen_checks || !lint.rules;
	for (uint32_t i = 0; i < lint.rule_count && !lint.failed; i++) {
		lint.rules[i].rule = &compilation->rules[i];
		lint.rules[i].collected = hash_table_get(lint.collection->rule_table, compilation->rules[i].name);
		lint.rules[i].number = i;
	}
	if (!lint.failed)
		lint_all(&lint, matches_all);
	if (!lint.failed)
		lint.failed = lint.ir->failed || solver_failed(lint.solver) || lint.diagnostics->failed;
	solver_free(lint.solver);
	predicate_facts_free(lint.facts);
	ir_free(lint.ir);
	number_table_free(lint.parts);
	hash_table_free(lint.seen_checks);
	arena_free(scratch);
	return lint.failed ? -ENOMEM : 0;
}

int lint_compilation(struct compilation *compilation, const struct diagnostic_levels *levels, bool matches_all)
{
	int status = lint_rules(compilation, levels, matches_all);

	if (compilation_tell_memory_limit(compilation, status) != 0) {
		log_error("no memory");
		return EXIT_STATUS_BUG;
	}
	diagnostic_levels_apply(levels, compilation);
	return EXIT_STATUS_OK;
}
