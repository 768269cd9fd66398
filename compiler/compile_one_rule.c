#include "compiler/compile_one_rule.h"

#include <errno.h>

#include "compiler/check/check_types.h"
#include "compiler/check/check_warnings.h"
#include "compiler/condition/condition_parse.h"
#include "compiler/load/exceptions.h"
#include "compiler/load/expand_lists.h"
#include "compiler/condition/output_template.h"
#include "compiler/check/resolve_names.h"

#define CONTAINER_INFO "%container.info"

/* Whether the rule goes on, and how it does not. */
enum outcome { RULE_GOES_ON, RULE_HAS_ERROR, RULE_IS_LEFT_OUT, RULE_HAS_NO_MEMORY };

/*
 * Findings of a check become diagnostics. If the rule wants to be left out for unknown names and the first error is
 * one, it becomes a warning, and what else was found does not count: Falco stops there.
 */
struct check_sink {
	struct finding_sink findings;
	struct output_error_sink output_errors;
	struct rule_collection *collection;
	bool forgives_unknown;
	bool is_left_out, has_error;
};

static enum diagnostic_id id_of(enum finding_kind kind)
{
	static const enum diagnostic_id ids[] = {
	    [FINDING_ERROR] = DIAGNOSTIC_CONDITION_CHECK,
	    [FINDING_UNKNOWN] = DIAGNOSTIC_UNKNOWN_NAME,
	    [FINDING_CONDITION] = DIAGNOSTIC_DOUBTFUL_CONDITION,
	    [FINDING_UNSAFE_NA] = DIAGNOSTIC_UNSAFE_NA_CHECK,
	    [FINDING_DEPRECATED_FIELD] = DIAGNOSTIC_DEPRECATED_FIELD,
	    [FINDING_NO_EVENT_TYPE] = DIAGNOSTIC_NO_EVENT_TYPE,
	};

	return ids[kind];
}

static struct diagnostic *report(struct check_sink *sink, enum diagnostic_id id, struct span span, struct text message,
				 struct text hint)
{
	struct diagnostics *diagnostics = sink->collection->diagnostics;
	struct diagnostic *diagnostic;
	bool is_error = load_code_info(diagnostic_info(id)->load_code)->severity == SEVERITY_ERROR;

	if (sink->is_left_out)
		return NULL;
	if (is_error && sink->forgives_unknown && !sink->has_error && diagnostic_info(id)->is_unknown_class) {
		sink->is_left_out = true;
		diagnostic =
		    diagnostics_add(diagnostics, DIAGNOSTIC_FORGIVEN_NAME, span, TEXT_FORMAT, TEXT_ARGUMENTS(message));
	} else {
		sink->has_error |= is_error;
		diagnostic = diagnostics_add(diagnostics, id, span, TEXT_FORMAT, TEXT_ARGUMENTS(message));
	}
	if (hint.length)
		diagnostic_set_hint(diagnostics, diagnostic, TEXT_FORMAT, TEXT_ARGUMENTS(hint));
	return diagnostic;
}

/* The subject where it first occurs in the span: a field in an output or a check. */
static struct span narrowed(struct span span, struct text subject)
{
	size_t at;

	if (!span.text || subject.length == 0)
		return span;
	at = text_find(text_slice(span.text->text, span.start, span.end - span.start), subject);
	if (at == SIZE_MAX)
		return span;
	span.start += (uint32_t)at;
	span.end = span.start + (uint32_t)subject.length;
	return span;
}

static void report_finding(struct finding_sink *findings, const struct finding *finding)
{
	struct check_sink *sink = (struct check_sink *)findings;
	struct diagnostic *diagnostic = report(sink, id_of(finding->kind), narrowed(finding->span, finding->subject),
					       finding->message, finding->hint);

	if (!diagnostic)
		return;
	if (finding->kind == FINDING_DEPRECATED_FIELD)
		diagnostic->deprecated_field = finding->subject;
	diagnostic_add_macro_notes(sink->collection->diagnostics, diagnostic, finding->used_by);
}

static void report_output_error(struct output_error_sink *errors, enum diagnostic_id id, struct span span,
				struct text message, struct text hint)
{
	struct check_sink *sink = (struct check_sink *)((char *)errors - offsetof(struct check_sink, output_errors));

	report(sink, id, span, message, hint);
}

static enum outcome outcome_of(const struct check_sink *sink, int status)
{
	if (status == -ENOMEM)
		return RULE_HAS_NO_MEMORY;
	if (sink->is_left_out)
		return RULE_IS_LEFT_OUT;
	return status || sink->has_error ? RULE_HAS_ERROR : RULE_GOES_ON;
}

/* Without any %container.info, which is deprecated. */
static int drop_container_info(struct rule_collection *collection, const struct mapped_text *output,
			       const struct mapped_text **ret_output)
{
	size_t at = text_find(output->text, TEXT(CONTAINER_INFO));
	struct mapped_text_builder builder;
	struct diagnostic *diagnostic;
	uint32_t done = 0;

	*ret_output = output;
	if (at == SIZE_MAX)
		return 0;
	diagnostic = diagnostics_add(
	    collection->diagnostics, DIAGNOSTIC_DEPRECATED_CONTAINER_INFO,
	    (struct span){output, (uint32_t)at, (uint32_t)at + (uint32_t)strlen(CONTAINER_INFO)},
	    "%s is deprecated and no more useful, and will be dropped by Falco 1.0.0. The container plugin will "
	    "automatically add required fields to the output message.",
	    CONTAINER_INFO);
	diagnostic_set_hint(collection->diagnostics, diagnostic, "leave it out, or name fields such as %%container.id");
	mapped_text_begin(&builder, collection->arena);
	while (at != SIZE_MAX) {
		uint32_t next = done + (uint32_t)at;

		mapped_text_add_slice(&builder, output, done, next, NULL);
		done = next + (uint32_t)strlen(CONTAINER_INFO);
		at = text_find(text_slice(output->text, done, SIZE_MAX), TEXT(CONTAINER_INFO));
	}
	mapped_text_add_slice(&builder, output, done, (uint32_t)output->text.length, NULL);
	*ret_output = mapped_text_finish(&builder, output->whole);
	return *ret_output ? 0 : -ENOMEM;
}

static enum outcome compile_output(struct check_sink *sink, struct collected_rule *rule)
{
	struct rule_collection *collection = sink->collection;
	const struct mapped_text *output;
	int status = drop_container_info(collection, rule->content.output, &output);

	if (status == 0)
		status = output_template_parse(collection->arena, output, &sink->output_errors, &rule->output);
	if (status == 0)
		status = warn_output(collection->arena, output->text, mapped_text_span(output), &sink->findings);
	return outcome_of(sink, status);
}

static enum outcome check_tree(struct check_sink *sink, struct collected_rule *rule, struct condition *tree)
{
	struct arena *arena = sink->collection->arena;
	int status = warn_before_check(arena, tree, &sink->findings);

	if (status == 0)
		status = check_condition_sharing(arena, &sink->collection->constants, tree, &sink->findings);
	if (status == 0)
		status = warn_after_check(arena, tree, &sink->findings);
	if (status == 0 && rule->content.warn_evttypes)
		warn_event_types(tree, tree->span, &sink->findings);
	if (status == 0)
		rule->condition = tree;
	return outcome_of(sink, status);
}

static enum outcome compile_condition(struct check_sink *sink, struct collected_rule *rule)
{
	struct rule_collection *collection = sink->collection;
	struct condition *tree;
	int status = lists_substitute(collection, rule->last.expanded, &rule->last.text);

	if (status == 0)
		status =
		    condition_parse(collection->arena, rule->last.text, collection->diagnostics, &rule->last.parsed);
	if (status == 0)
		status = macros_put_in(collection, rule->last.parsed, &tree);
	if (status)
		return status == -ENOMEM ? RULE_HAS_NO_MEMORY : RULE_HAS_ERROR;
	return check_tree(sink, rule, tree);
}

/*
 * Every file load compiles every rule again. A rule that itself, whose lists and whose macros are as they were is only
 * said again; what it uses counts as used. 1: so it was; 0: it must be compiled.
 */
static int say_again(struct rule_collection *collection, struct collected_rule *rule)
{
	const struct mapped_text *text;
	int status;

	if (!rule->last.is_valid || rule->last.visibility != rule->order.visibility)
		return 0;
	status = lists_substitute(collection, rule->last.expanded, &text);
	if (status)
		return status == -EINVAL ? 0 : status;
	if (!text_equal(text->text, rule->last.text->text) || !macros_are_unchanged(collection, rule->last.parsed))
		return 0;
	diagnostics_repeat(collection->diagnostics, rule->last.first_diagnostic, rule->last.end_diagnostic);
	return 1;
}

static int compile(struct rule_collection *collection, struct collected_rule *rule)
{
	struct check_sink sink = {
	    .findings = {report_finding},
	    .output_errors = {report_output_error},
	    .collection = collection,
	    .forgives_unknown = rule->content.skip_if_unknown_filter,
	};
	enum outcome outcome;
	int status;

	rule->condition = NULL;
	rule->output = NULL;
	rule->last.is_valid = false;
	rule->last.visibility = rule->order.visibility;
	rule->last.first_diagnostic = collection->diagnostics->count;
	status = exceptions_expand(collection, rule, &rule->last.expanded);
	if (status == -ENOMEM)
		return status;
	outcome = compile_output(&sink, rule);
	/* A wrong output is no reason to say nothing about the condition. */
	if (status == 0 && (outcome == RULE_GOES_ON || outcome == RULE_HAS_ERROR)) {
		rule->last.is_valid = outcome == RULE_GOES_ON;
		sink.has_error = false;
		outcome = compile_condition(&sink, rule);
		rule->last.is_valid &= outcome == RULE_GOES_ON || outcome == RULE_IS_LEFT_OUT;
	}
	rule->last.end_diagnostic = collection->diagnostics->count;
	return outcome == RULE_HAS_NO_MEMORY ? -ENOMEM : 0;
}

int compile_one_rule(struct rule_collection *collection, struct collected_rule *rule)
{
	int status;

	if (rule->has_unknown_source)
		return 0;
	collection->diagnostics->context = rule->context;
	status = say_again(collection, rule);
	if (status == 0)
		status = compile(collection, rule);
	if (status != -ENOMEM)
		collection->diagnostics->context = NULL;
	return status < 0 ? status : 0;
}
