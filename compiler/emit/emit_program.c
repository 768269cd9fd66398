#include "compiler/emit/emit_program.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "compiler/emit/emission.h"
#include "vm/program_verify.h"

/* ---- code ---- */

/* Jumps to `target` when whether the node holds equals `jump_when`, else goes on behind. */
static void emit_node(struct emission *emission, uint32_t number, bool jump_when, uint32_t target)
{
	const struct ir_node *node = &emission->ir->nodes[number];
	struct program_writer *writer = emission->writer;
	uint32_t behind;

	if (emission->failed)
		return;
	switch (node->kind) {
	case IR_CONSTANT:
		if ((number == IR_TRUE) == jump_when)
			program_writer_jump(writer, target);
		return;
	case IR_TEST:
		program_writer_test(writer, emit_predicate(emission, node->predicate), node->polarity, jump_when, target);
		return;
	default:
		break;
	}
	/* Each part of OR can make it true, each part of AND can make it false. */
	if ((node->kind == IR_OR) == jump_when) {
		for (uint32_t i = 0; i < node->child_count; i++)
			emit_node(emission, node->children[i], jump_when, target);
		return;
	}
	/* Only the last part can make it true (AND) or false (OR); the others may leave for behind. */
	behind = program_writer_new_label(writer);
	for (uint32_t i = 0; i + 1 < node->child_count; i++)
		emit_node(emission, node->children[i], !jump_when, behind);
	emit_node(emission, node->children[node->child_count - 1], jump_when, target);
	program_writer_place_label(writer, behind);
}

static void emit_block(struct emission *emission, const struct event_rules *rules)
{
	struct program_writer *writer = emission->writer;

	for (uint32_t i = 0; i < rules->count; i++) {
		uint32_t next = program_writer_new_label(writer);

		program_writer_begin_rule(writer, rules->at[i].rule, next);
		emit_node(emission, rules->at[i].node, false, next);
		program_writer_match(writer, rules->at[i].rule);
		program_writer_place_label(writer, next);
	}
}

static bool have_same_code(const struct event_rules *a, const struct event_rules *b)
{
	return a->count == b->count && memcmp(a->at, b->at, a->count * sizeof *a->at) == 0;
}

/* Events with the same code share a block. */
static void emit_blocks(struct emission *emission, const struct event_rules *events)
{
	uint32_t blocks[EVENT_ID_COUNT];

	for (unsigned event = 0; event < EVENT_ID_COUNT; event++) {
		unsigned earlier = 0;

		if (events[event].count == 0)
			continue;
		while (earlier < event && !have_same_code(&events[earlier], &events[event]))
			earlier++;
		if (earlier == event) {
			blocks[event] = program_writer_begin_block(emission->writer);
			emit_block(emission, &events[event]);
			program_writer_end_block(emission->writer);
		} else {
			blocks[event] = blocks[earlier];
		}
		program_writer_entry(emission->writer, blocks[event], event);
	}
}

/* ---- rules ---- */

static bool add_code(struct event_rules *rules, struct rule_code code)
{
	if (rules->count == rules->capacity) {
		uint32_t capacity = rules->capacity ? rules->capacity * 2 : 8;
		struct rule_code *at = realloc(rules->at, capacity * sizeof *at);

		if (!at)
			return false;
		rules->at = at;
		rules->capacity = capacity;
	}
	rules->at[rules->count++] = code;
	return true;
}

/* Lowers the rule and adds what is left of it to each event that it is evaluated for. */
static void lower_rule(struct emission *emission, const struct rule *rule, uint32_t number, struct event_rules *events)
{
	struct specialised specialised[EVENT_ID_COUNT];
	struct event_codes codes;
	uint32_t node = lower_condition(emission->ir, rule->condition, number);
	uint32_t count;

	if (emission->ir->failed)
		return;
	event_codes_of_rule(rule, &codes);
	count = specialise_node(emission->ir, node, &codes, specialised);
	for (uint32_t i = 0; i < count; i++)
		if (!add_code(&events[specialised[i].event], (struct rule_code){number, specialised[i].node}))
			emission->failed = true;
}

/* Of a file only its name: the same rules make the same bytes wherever they lie. */
static struct text last_component(struct text path)
{
	size_t slash = text_find_last_byte(path, '/');

	return slash == SIZE_MAX ? path : text_slice(path, slash + 1, SIZE_MAX);
}

static void describe_rule(struct emission *emission, const struct rule *rule, uint32_t number, bool keep_debug)
{
	struct program_rule_description description = {
		.name = rule->name,
		.description = keep_debug ? rule->description : TEXT_EMPTY,
		.source = rule->source,
		.priority = rule->priority,
		.is_enabled = rule->is_enabled,
		.tags = rule->tags,
		.tag_count = rule->tag_count,
		.file = last_component(rule->file),
		.line = rule->line,
	};

	emit_output(emission, rule, number, &description);
	if (!emission->failed)
		program_writer_rule(emission->writer, &description);
	arena_reset(emission->scratch);
}

/* All but the writer. */
static void release(struct emission *emission)
{
	emission->slots = hash_table_free(emission->slots);
	emission->ir = ir_free(emission->ir);
	emission->scratch = arena_free(emission->scratch);
	emission->arena = arena_free(emission->arena);
}

/* The sections' rows; without memory -ENOMEM. */
static int write_sections(struct emission *emission, const struct rule *rules, uint32_t rule_count,
			  const struct emit_options *options)
{
	struct event_rules *events = calloc(EVENT_ID_COUNT, sizeof *events);
	int status = -ENOMEM;

	if (!events)
		return -ENOMEM;
	program_writer_set_matching(emission->writer, options->matching);
	program_writer_keep_debug(emission->writer, options->keep_debug);
	for (uint32_t i = 0; i < rule_count && !emission->failed && !emission->ir->failed; i++)
		lower_rule(emission, &rules[i], i, events);
	if (emission->failed || emission->ir->failed)
		goto out;
	for (uint32_t i = 0; i < rule_count; i++)
		describe_rule(emission, &rules[i], i, options->keep_debug);
	emit_blocks(emission, events);
	derive_capture(emission, rules, events);
	if (!emission->failed && !emission->ir->failed)
		status = 0;
out:
	for (unsigned event = 0; event < EVENT_ID_COUNT; event++)
		free(events[event].at);
	free(events);
	return status;
}

/* What the compiler made must pass the verifier; only sizes are the user's. */
static void verify(const struct buffer *bytes, struct emit_result *result)
{
	struct program_refusal refusal;
	struct program *loaded;
	int status = program_load(bytes->bytes, bytes->length, &loaded, &refusal);

	result->status = EMIT_OK;
	if (status == 0) {
		memcpy(result->schema_id, program_schema_id(loaded).bytes, sizeof result->schema_id);
		program_free(loaded);
	} else if (status == -ENOMEM) {
		result->status = EMIT_NO_MEMORY;
	} else {
		result->status = program_refusal_is_size(refusal.code) ? EMIT_TOO_LARGE : EMIT_BUG;
		snprintf(result->message, sizeof result->message, "%s%s", refusal.message,
			 refusal.code == REFUSAL_COST
				 ? " (of about 1 ns); comparisons with the values of all ancestors or with long arguments "
				   "cost most, and equal ones of many rules count once"
				 : "");
	}
}

static void emit(struct emission *emission, const struct rule *rules, uint32_t rule_count, const struct emit_options *options,
		 struct buffer *program, struct emit_result *result)
{
	struct buffer bytes = BUFFER_INIT;
	int status = write_sections(emission, rules, rule_count, options);

	/* The writer has copies of all that it was given; the largest moment is still to come. */
	release(emission);
	if (status == 0)
		status = program_writer_finish(emission->writer, &bytes);
	emission->writer = program_writer_free(emission->writer);
	if (status == -E2BIG) {
		result->status = EMIT_TOO_LARGE;
		snprintf(result->message, sizeof result->message, "the rules are over a limit of the program format");
	} else if (status == 0) {
		verify(&bytes, result);
	}
	if (result->status == EMIT_OK) {
		buffer_append(program, bytes.bytes, bytes.length);
		if (program->failed)
			result->status = EMIT_NO_MEMORY;
	}
	buffer_release(&bytes);
}

struct emit_result emit_program(const struct rule *rules, uint32_t rule_count, const struct emit_options *options,
				struct buffer *program)
{
	struct emit_result result = {.status = EMIT_NO_MEMORY};
	struct emission emission = {.arena = arena_new(0), .scratch = arena_new(0)};

	emission.ir = emission.arena ? ir_new(emission.arena) : NULL;
	emission.writer = program_writer_new();
	emission.slots = hash_table_new(0);
	if (emission.ir && emission.writer && emission.slots && emission.scratch)
		emit(&emission, rules, rule_count, options, program, &result);
	release(&emission);
	program_writer_free(emission.writer);
	return result;
}
