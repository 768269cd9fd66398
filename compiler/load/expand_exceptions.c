#include "compiler/load/exceptions.h"

#include <errno.h>

#include "compiler/check/check_types.h"

bool value_needs_quotes(struct text value)
{
	return text_find_byte(value, ' ') != SIZE_MAX && value.bytes[0] != '"' && value.bytes[0] != '\'';
}

struct expansion {
	struct rule_collection *collection;
	struct mapped_text_builder builder;
	const struct rule_exception *exception;
	const struct insertion *insertion;
	bool has_error;
};

static void add(struct expansion *expansion, const char *bytes)
{
	mapped_text_add(&expansion->builder, text_from_string(bytes), expansion->exception->name_range,
			expansion->insertion);
}

static void add_text(struct expansion *expansion, const struct mapped_text *text)
{
	mapped_text_add_slice(&expansion->builder, text, 0, (uint32_t)text->text.length, expansion->insertion);
}

static void add_value(struct expansion *expansion, const struct exception_entry *value)
{
	bool quoted = value_needs_quotes(value->text->text);

	if (quoted)
		add(expansion, "\"");
	add_text(expansion, value->text);
	if (quoted)
		add(expansion, "\"");
}

static void add_list(struct expansion *expansion, const struct exception_entry *values, uint32_t count)
{
	add(expansion, "(");
	for (uint32_t i = 0; i < count; i++) {
		if (i)
			add(expansion, ", ");
		add_value(expansion, &values[i]);
	}
	add(expansion, ")");
}

/* The operator without the blanks around it; whether what follows must be a list. */
static bool add_operator(struct expansion *expansion, const struct exception_entry *comp)
{
	struct text whole = comp->text->text, name = text_trim(whole, " \t\r\n");
	uint32_t start = name.length ? (uint32_t)(name.bytes - whole.bytes) : 0;
	enum operator_modifier modifier = MODIFIER_NONE;
	enum operator_id operator= OPERATOR_COUNT;

	add(expansion, " ");
	mapped_text_add_slice(&expansion->builder, comp->text, start, start + (uint32_t)name.length,
			      expansion->insertion);
	add(expansion, " ");
	return check_operator_text(name, &operator, & modifier) &&
	       (modifier != MODIFIER_NONE || operator== OPERATOR_IN || operator== OPERATOR_PMATCH || operator==
		OPERATOR_INTERSECTS);
}

static void fail(struct expansion *expansion, enum diagnostic_id id, struct source_range range, const char *message)
{
	diagnostics_add_at(expansion->collection->diagnostics, id, range, "%s", message);
	expansion->has_error = true;
}

/* (field comp (v1, v2, …)) */
static void add_single_form(struct expansion *expansion)
{
	const struct rule_exception *exception = expansion->exception;

	for (uint32_t i = 0; i < exception->value_count; i++)
		if (exception->values[i].is_list)
			fail(expansion, DIAGNOSTIC_EXCEPTION_VALUES, exception->values[i].range,
			     "Expected values array to contain a list of strings");
	add(expansion, "(");
	add_text(expansion, exception->fields.text);
	add_operator(expansion, &exception->comps);
	add_list(expansion, exception->values, exception->value_count);
	add(expansion, ")");
}

static void add_tuple(struct expansion *expansion, const struct exception_entry *tuple)
{
	const struct rule_exception *exception = expansion->exception;

	add(expansion, "(");
	for (uint32_t i = 0; i < exception->fields.count; i++) {
		const struct exception_entry *value = &tuple->items[i];
		bool takes_list;

		if (i)
			add(expansion, " and ");
		add_text(expansion, exception->fields.items[i].text);
		takes_list = add_operator(expansion, &exception->comps.items[i]);
		if (value->is_list) {
			add_list(expansion, value->items, value->count);
		} else if (takes_list && !text_starts_with(value->text->text, TEXT("("))) {
			add(expansion, "(");
			add_text(expansion, value->text);
			add(expansion, ")");
		} else if (takes_list) {
			add_text(expansion, value->text);
		} else {
			add_value(expansion, value);
		}
	}
	add(expansion, ")");
}

/* ((f1 op1 a1 and f2 op2 a2 …) or (…) …) */
static void add_list_form(struct expansion *expansion)
{
	const struct rule_exception *exception = expansion->exception;

	add(expansion, "(");
	for (uint32_t i = 0; i < exception->value_count; i++) {
		const struct exception_entry *tuple = &exception->values[i];

		if (!tuple->is_list || tuple->count != exception->fields.count) {
			fail(expansion, DIAGNOSTIC_EXCEPTION_LENGTH, tuple->range,
			     "Fields and values lists must have equal length");
			continue;
		}
		if (i)
			add(expansion, " or ");
		add_tuple(expansion, tuple);
	}
	add(expansion, ")");
}

int exceptions_expand(struct rule_collection *collection, const struct collected_rule *rule,
		      const struct mapped_text **ret_condition)
{
	const struct rule_exceptions *exceptions = &rule->content.exceptions;
	const struct load_context *before = collection->diagnostics->context;
	const struct mapped_text *condition = rule->content.condition;
	struct expansion expansion = {.collection = collection};

	if (exceptions->count == 0) {
		*ret_condition = condition;
		return 0;
	}
	mapped_text_begin(&expansion.builder, collection->arena);
	mapped_text_add(&expansion.builder, TEXT("("), condition->whole, NULL);
	mapped_text_add_slice(&expansion.builder, condition, 0, (uint32_t)condition->text.length, NULL);
	mapped_text_add(&expansion.builder, TEXT(")"), condition->whole, NULL);
	for (uint32_t i = 0; i < exceptions->count; i++) {
		const struct rule_exception *exception = &exceptions->items[i];
		struct insertion *insertion;

		if (exception->value_count == 0)
			continue;
		insertion = arena_allocate(collection->arena, sizeof *insertion);
		if (!insertion) {
			mapped_text_abandon(&expansion.builder);
			return -ENOMEM;
		}
		*insertion = (struct insertion){INSERTION_EXCEPTION, exception->name, exception->name_range, NULL};
		expansion.exception = exception;
		expansion.insertion = insertion;
		collection->diagnostics->context = exception->context;
		add(&expansion, " and not ");
		if (exception->fields.is_list)
			add_list_form(&expansion);
		else
			add_single_form(&expansion);
	}
	collection->diagnostics->context = before;
	if (expansion.has_error) {
		mapped_text_abandon(&expansion.builder);
		return -EINVAL;
	}
	*ret_condition = mapped_text_finish(&expansion.builder, condition->whole);
	if (*ret_condition)
		return 0;
	if (!expansion.builder.is_too_long)
		return -ENOMEM;
	diagnostics_add_at(collection->diagnostics, DIAGNOSTIC_TEXT_TOO_LONG, condition->whole,
			   "the condition with its exceptions is longer than %u bytes", MAPPED_TEXT_BYTES_MAX);
	return -EINVAL;
}
