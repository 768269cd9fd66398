#include "compiler/condition/condition_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What flex allocates for one scan: its state (about 150 bytes), a buffer's (about 70) and a stack of one buffer. */
#define RESERVE_BYTES 1024

/* ---- builders ---- */

static struct span span_of(const struct condition_parse *parse, struct condition_location location)
{
	return (struct span){parse->text, parse->base + location.start, parse->base + location.end};
}

static void *allocate(struct condition_parse *parse, size_t size)
{
	void *allocation = arena_allocate(parse->arena, size);

	if (!allocation)
		parse->failed_memory = true;
	return allocation;
}

/* Room for one more element, in the scratch arena. NULL when there is no memory. */
static void *grow(struct condition_parse *parse, void *items, uint32_t count, uint32_t *capacity, size_t element)
{
	uint32_t larger = *capacity ? *capacity * 2 : 4;
	void *array;

	if (count < *capacity)
		return items;
	array = arena_allocate_array(parse->scratch, larger, element);
	if (!array) {
		parse->failed_memory = true;
		return NULL;
	}
	if (count)
		memcpy(array, items, count * element);
	*capacity = larger;
	return array;
}

/* A list that is complete, as the tree keeps it. NULL when it is empty or there is no memory. */
static void *keep(struct condition_parse *parse, const void *items, uint32_t count, size_t element)
{
	void *array = count ? allocate(parse, count * element) : NULL;

	if (array)
		memcpy(array, items, count * element);
	return array;
}

struct condition_list append_condition(struct condition_parse *parse, struct condition_list list,
				       struct condition *item)
{
	struct condition **items = grow(parse, list.items, list.count, &list.capacity, sizeof(struct condition *));

	if (items && item) {
		list.items = items;
		list.items[list.count++] = item;
	}
	return list;
}

struct expression_list append_expression(struct condition_parse *parse, struct expression_list list,
					 struct expression *item)
{
	struct expression **items = grow(parse, list.items, list.count, &list.capacity, sizeof(struct expression *));

	if (items && item) {
		list.items = items;
		list.items[list.count++] = item;
	}
	return list;
}

struct constant_list append_constant(struct condition_parse *parse, struct constant_list list,
				     struct condition_token token, struct condition_location location)
{
	struct constant *items = grow(parse, list.items, list.count, &list.capacity, sizeof *items);

	if (items) {
		list.items = items;
		list.items[list.count++] = (struct constant){.value = token.text,
							     .start = parse->base + location.start,
							     .end = parse->base + location.end,
							     .is_quoted = token.is_quoted};
	}
	return list;
}

struct condition *build_join(struct condition_parse *parse, enum condition_kind kind, struct condition_list list,
			     struct condition_location location)
{
	struct condition *node;

	if (list.count == 1)
		return list.items[0];
	node = allocate(parse, sizeof *node);
	if (!node)
		return NULL;
	node->kind = kind;
	node->span = span_of(parse, location);
	node->children = keep(parse, list.items, list.count, sizeof *list.items);
	node->child_count = list.count;
	return node->children ? node : NULL;
}

struct condition *build_not(struct condition_parse *parse, unsigned count, struct condition *child,
			    struct condition_location location)
{
	struct condition *node;

	if (count % 2 == 0 || !child)
		return child;
	node = allocate(parse, sizeof *node);
	if (!node)
		return NULL;
	node->kind = CONDITION_NOT;
	node->span = span_of(parse, location);
	node->children = keep(parse, &child, 1, sizeof(struct condition *));
	node->child_count = 1;
	return node->children ? node : NULL;
}

struct condition *build_macro(struct condition_parse *parse, struct condition_token name,
			      struct condition_location location)
{
	struct condition *node = allocate(parse, sizeof *node);

	if (!node)
		return NULL;
	node->kind = CONDITION_MACRO;
	node->span = span_of(parse, location);
	node->macro_name = name.text;
	return node;
}

struct condition *build_check(struct condition_parse *parse, struct expression *left,
			      struct condition_token operator_token, struct condition_location operator_location,
			      struct condition_right right, struct condition_location location)
{
	struct condition *node = allocate(parse, sizeof *node);

	if (!node || !left)
		return NULL;
	node->kind = CONDITION_CHECK;
	node->span = span_of(parse, location);
	node->left = left;
	node->operator_text = operator_token.text;
	node->operator_span = span_of(parse, operator_location);
	node->operator= - 1;
	node->modifier = operator_token.modifier;
	node->right_side = right.kind;
	node->constants = keep(parse, right.constants.items, right.constants.count, sizeof *node->constants);
	node->constant_count = right.constants.count;
	node->right = right.expression;
	return node;
}

struct expression *build_expression(struct condition_parse *parse, enum expression_kind kind,
				    struct condition_token name, struct expression_list children,
				    struct condition_location location)
{
	struct expression *node = allocate(parse, sizeof *node);

	if (!node)
		return NULL;
	node->kind = kind;
	node->span = span_of(parse, location);
	node->name = name.text;
	node->children = keep(parse, children.items, children.count, sizeof *children.items);
	node->child_count = children.count;
	node->field = -1;
	node->transformer = -1;
	node->type = TYPE_NONE;
	return node;
}

struct expression *build_argument(struct condition_parse *parse, struct expression *expression,
				  struct condition_token argument, struct condition_location argument_location,
				  struct condition_location location)
{
	if (!expression)
		return NULL;
	expression->has_argument = true;
	expression->argument = argument.text;
	expression->argument_start = parse->base + argument_location.start;
	expression->argument_end = parse->base + argument_location.end;
	expression->span = span_of(parse, location);
	return expression;
}

/* ---- entry points ---- */

/* 0, 1 after a syntax error, -ENOMEM. */
static int run(struct condition_parse *parse)
{
	struct text scanned = text_slice(parse->text->text, parse->base, SIZE_MAX);
	size_t end = text_find_byte(scanned, '\0');
	unsigned char *whole;
	char *buffer;
	int status = -ENOMEM;

	/* A NUL byte ends the text (§3.1). */
	if (end != SIZE_MAX)
		scanned.length = end;
	parse->length = (uint32_t)scanned.length;
	/* The scanner's, for this one scan: tokens point into the text itself. */
	whole = calloc(1, RESERVE_BYTES + scanned.length + 2);
	if (!whole)
		return -ENOMEM;
	parse->scratch = arena_new_within(parse->arena);
	if (!parse->scratch) {
		free(whole);
		return -ENOMEM;
	}
	parse->reserve = whole;
	parse->reserve_left = RESERVE_BYTES;
	buffer = (char *)whole + RESERVE_BYTES;
	memcpy(buffer, scanned.bytes, scanned.length);
	if (condition_scan_start(parse, buffer, scanned.length + 2)) {
		status = condition_run(parse) == 0 ? 0 : 1;
		if (status && parse->failed_memory)
			status = -ENOMEM;
	}
	arena_free(parse->scratch);
	free(whole);
	return status;
}

int condition_parse(struct arena *arena, const struct mapped_text *text, struct diagnostics *diagnostics,
		    struct condition **ret_condition)
{
	struct condition_parse parse = {
	    .arena = arena,
	    .text = text,
	    .diagnostics = diagnostics,
	    .depth_max = CONDITION_DEPTH_MAX,
	    .error_id = DIAGNOSTIC_CONDITION_SYNTAX,
	};
	int status;

	if (text->text.length == 0 || text->text.bytes[0] == '\0') {
		if (diagnostics)
			diagnostics_add(diagnostics, DIAGNOSTIC_CONDITION_SYNTAX, mapped_text_span(text),
					"filter input string is empty");
		return -EINVAL;
	}
	status = run(&parse);
	if (status < 0)
		return status;
	if (status == 0) {
		*ret_condition = parse.condition;
		return 0;
	}
	if (diagnostics) {
		struct diagnostic *diagnostic =
		    diagnostics_add(diagnostics, parse.error_id, span_of(&parse, parse.error_location), TEXT_FORMAT,
				    TEXT_ARGUMENTS(parse.error_message));
		const char *hint = parse.error_id == DIAGNOSTIC_CONDITION_SYNTAX ? condition_hint(&parse) : NULL;

		if (hint)
			diagnostic_set_hint(diagnostics, diagnostic, "%s", hint);
	}
	return -EINVAL;
}

int expression_parse(struct arena *arena, const struct mapped_text *text, uint32_t start, bool takes_argument,
		     struct expression **ret_expression, uint32_t *ret_end)
{
	struct condition_parse parse = {
	    .arena = arena,
	    .text = text,
	    .base = start,
	    .depth_max = EXPRESSION_DEPTH_MAX,
	    .is_expression = true,
	    .takes_rest = true,
	    .takes_argument = takes_argument,
	};
	int status = run(&parse);

	if (status)
		return status < 0 ? status : -EINVAL;
	*ret_expression = parse.expression;
	*ret_end = start + parse.previous_end;
	return 0;
}

static size_t name_length(struct text text)
{
	size_t length = 0;

	while (length < text.length) {
		char byte = text.bytes[length];
		bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');

		if (!is_letter && (length == 0 || (byte != '_' && (byte < '0' || byte > '9'))))
			break;
		length++;
	}
	return length;
}

size_t field_name_length(struct text text)
{
	size_t length = name_length(text), parts = 0;

	while (length > 0 && length < text.length && text.bytes[length] == '.') {
		size_t part = name_length(text_slice(text, length + 1, SIZE_MAX));

		if (part == 0)
			break;
		length += 1 + part;
		parts++;
	}
	return parts ? length : 0;
}
