/*
 * The capture plan, as far as event types go: every event for which an enabled rule has code, whether some rule needs the
 * call's result to be decided or told of, and the system calls without an event of their own.
 */
#include "catalog/phase.h"
#include "compiler/emit/emission.h"
#include "compiler/oracle/evaluate_values.h"

static bool needs_result(const struct expression *expression, unsigned event)
{
	struct field_request request;

	for (uint32_t i = 0; i < expression->child_count; i++)
		if (needs_result(expression->children[i], event))
			return true;
	if (expression->kind != EXPRESSION_FIELD)
		return false;
	request = request_of_field(expression, false);
	return phase_of(&request, event).phase == PHASE_RESULT;
}

/* `asked`: per node 1 + the last event that it was asked for, in vain; most nodes are those of many rules. */
static bool node_needs_result(const struct ir *ir, uint32_t node, unsigned event, uint16_t *asked)
{
	const struct ir_node *at = &ir->nodes[node];
	const struct condition *check;

	if (asked[node] == event + 1)
		return false;
	asked[node] = (uint16_t)(event + 1);
	for (uint32_t i = 0; i < at->child_count; i++)
		if (node_needs_result(ir, at->children[i], event, asked))
			return true;
	if (at->kind != IR_TEST)
		return false;
	check = ir->predicates[at->predicate].check;
	return needs_result(check->left, event) || (check->right && needs_result(check->right, event));
}

static bool output_needs_result(const struct output_template *output, unsigned event)
{
	for (uint32_t i = 0; i < output->piece_count; i++)
		if (!output->pieces[i].is_literal && needs_result(output->pieces[i].item, event))
			return true;
	return false;
}

/* Codes of the system calls that a rule with code for generic events selects. */
static void add_generic_syscalls(struct emission *emission, const struct rule *rule, uint8_t *is_captured)
{
	uint8_t selected[SYSCALLS_MAX];

	syscalls_of_condition(rule->condition, selected);
	for (size_t row = 0; row < syscall_count() && row < SYSCALLS_MAX; row++) {
		const struct syscall_info *info = syscall_at(row);

		if (!selected[row] || info->kind != SYSCALL_GENERIC || is_captured[row])
			continue;
		is_captured[row] = 1;
		program_writer_capture_generic(emission->writer, info->code);
	}
}

void derive_capture(struct emission *emission, const struct rule *rules, const struct event_rules *events)
{
	uint16_t *asked = arena_allocate_array(emission->arena, emission->ir->node_count, sizeof *asked);
	uint8_t is_captured[SYSCALLS_MAX] = {0};

	if (!asked) {
		emission->failed = true;
		return;
	}

	for (unsigned event = 0; event < EVENT_ID_COUNT; event++) {
		bool is_wanted = false;
		uint32_t flags = 0;

		for (uint32_t i = 0; i < events[event].count; i++) {
			const struct rule_code *code = &events[event].at[i];
			const struct rule *rule = &rules[code->rule];

			if (!rule->is_enabled)
				continue;
			is_wanted = true;
			if (flags == 0 && (node_needs_result(emission->ir, code->node, event, asked) ||
					   output_needs_result(rule->output, event)))
				flags = CAPTURE_FLAG_RESULT;
			if (event == EVENT_GENERIC_E || event == EVENT_GENERIC_X)
				add_generic_syscalls(emission, rule, is_captured);
		}
		if (is_wanted)
			program_writer_capture(emission->writer, event, flags);
	}
}
