#include "detect/ruleset_run.h"

#include <errno.h>
#include <stdlib.h>

struct ruleset_runner {
	struct value_source source; /* what the interpreter asks; first, so that it leads back here */
	struct field_reader *fields;
	struct interpreter *interpreter; /* NULL: no program */
	const struct program *program;
};

static void get_value(struct value_source *source, uint32_t slot, const struct field_request *request,
		      struct value *ret_value)
{
	struct ruleset_runner *runner = (struct ruleset_runner *)source;

	field_get(runner->fields, slot, request, ret_value);
}

struct ruleset_runner *ruleset_runner_new(struct state *state)
{
	struct ruleset_runner *runner = calloc(1, sizeof *runner);

	if (!runner)
		return NULL;
	runner->source.get = get_value;
	runner->fields = field_reader_new(state, 0);
	return runner->fields ? runner : ruleset_runner_free(runner);
}

struct ruleset_runner *ruleset_runner_free(struct ruleset_runner *runner)
{
	if (!runner)
		return NULL;
	interpreter_free(runner->interpreter);
	field_reader_free(runner->fields);
	free(runner);
	return NULL;
}

int ruleset_runner_set_program(struct ruleset_runner *runner, const struct program *program, enum rule_matching matching)
{
	struct interpreter *interpreter = interpreter_new(program);
	int error;

	if (!interpreter)
		return -ENOMEM;
	error = field_reader_set_slots(runner->fields, program_slot_count(program));
	if (error) {
		interpreter_free(interpreter);
		return error;
	}
	if (matching == RULE_MATCHING_UNSET)
		matching = program_rule_matching(program);
	interpreter_set_matching(interpreter, matching == RULE_MATCHING_UNSET ? RULE_MATCHING_FIRST : matching);
	interpreter_free(runner->interpreter);
	runner->interpreter = interpreter;
	runner->program = program;
	return 0;
}

void ruleset_runner_enable_all(struct ruleset_runner *runner)
{
	for (uint32_t rule = 0; rule < program_rule_count(runner->program); rule++)
		interpreter_set_enabled(runner->interpreter, rule, true);
}

void ruleset_runner_set_priority(struct ruleset_runner *runner, enum priority least)
{
	for (uint32_t rule = 0; rule < program_rule_count(runner->program); rule++) {
		if (program_rule(runner->program, rule).priority > least)
			interpreter_set_enabled(runner->interpreter, rule, false);
	}
}

uint32_t ruleset_run(struct ruleset_runner *runner, struct event *event, const struct rule_match **ret_matches)
{
	field_reader_begin(runner->fields, event);
	if (event->is_hidden || !runner->interpreter)
		return 0;
	return interpreter_run(runner->interpreter, &runner->source, event->type, ret_matches);
}

const struct program *ruleset_runner_program(const struct ruleset_runner *runner)
{
	return runner->program;
}

const struct value *ruleset_runner_slot_value(struct ruleset_runner *runner, uint32_t slot)
{
	return interpreter_slot_value(runner->interpreter, &runner->source, slot);
}

struct field_reader *ruleset_runner_fields(struct ruleset_runner *runner)
{
	return runner->fields;
}
