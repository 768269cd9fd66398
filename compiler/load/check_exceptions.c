#include "compiler/load/exceptions.h"

#include <errno.h>

#include "compiler/check/check_types.h"
#include "compiler/condition/condition_parse.h"

/* With a parenthesis it may be a transformer: "<field> exists" must then be a condition that compiles. */
static int check_field_text(struct rule_collection *collection, const struct mapped_text *field, bool *ret_is_good)
{
	struct mapped_text_builder builder;
	const struct mapped_text *text;
	struct condition *condition;
	int status;

	if (text_find_byte(field->text, '(') == SIZE_MAX) {
		*ret_is_good = check_is_field(field->text);
		return 0;
	}
	mapped_text_begin(&builder, collection->arena);
	mapped_text_add_slice(&builder, field, 0, (uint32_t)field->text.length, NULL);
	mapped_text_add(&builder, TEXT(" exists"), field->whole, NULL);
	text = mapped_text_finish(&builder, field->whole);
	if (!text)
		return -ENOMEM;
	status = condition_parse(collection->arena, text, NULL, &condition);
	if (status == 0)
		status = check_condition(collection->arena, condition, NULL);
	*ret_is_good = status == 0;
	return status == -ENOMEM ? status : 0;
}

static int check_field(struct rule_collection *collection, const struct exception_entry *field)
{
	bool is_good = false;
	int status = check_field_text(collection, field->text, &is_good);

	if (status || is_good)
		return status;
	diagnostics_add_at(collection->diagnostics, DIAGNOSTIC_EXCEPTION_FIELD, field->range,
			   "'" TEXT_FORMAT "' is not a supported filter field", TEXT_ARGUMENTS(field->text->text));
	return -EINVAL;
}

static bool read_operator(const struct exception_entry *comp, enum operator_id *ret_operator,
			  enum operator_modifier *ret_modifier)
{
	return check_operator_text(text_trim(comp->text->text, " \t\r\n"), ret_operator, ret_modifier);
}

/* A comp that nobody wrote. */
static int default_comp(struct rule_collection *collection, struct text name, struct source_range range,
			struct exception_entry *ret_entry)
{
	struct mapped_text_builder builder;

	*ret_entry = (struct exception_entry){.is_present = true, .range = range};
	mapped_text_begin(&builder, collection->arena);
	mapped_text_add(&builder, name, range, NULL);
	ret_entry->text = mapped_text_finish(&builder, range);
	return ret_entry->text ? 0 : -ENOMEM;
}

static int check_list_form(struct rule_collection *collection, struct rule_exception *exception)
{
	const struct exception_entry *fields = &exception->fields;
	struct exception_entry *comps = &exception->comps;
	enum operator_modifier modifier;
	enum operator_id operator;
	int status = 0;

	if (!comps->is_present) {
		*comps = (struct exception_entry){.is_present = true,
						  .is_list = true,
						  .text = comps->text,
						  .count = fields->count,
						  .range = fields->range};
		comps->items = arena_allocate_array(collection->arena, fields->count, sizeof *comps->items);
		for (uint32_t i = 0; comps->items && i < fields->count && status == 0; i++)
			status = default_comp(collection, TEXT("="), fields->items[i].range, &comps->items[i]);
		if (!comps->items || status)
			return -ENOMEM;
	}
	if (!comps->is_list || comps->count != fields->count) {
		diagnostics_add_at(collection->diagnostics, DIAGNOSTIC_EXCEPTION_LENGTH, comps->range,
				   "Fields and comps lists must have equal length");
		return -EINVAL;
	}
	for (uint32_t i = 0; i < comps->count; i++) {
		if (read_operator(&comps->items[i], &operator, & modifier))
			continue;
		diagnostics_add_at(collection->diagnostics, DIAGNOSTIC_EXCEPTION_OPERATOR, comps->items[i].range,
				   "'" TEXT_FORMAT "' is not a supported comparison operator",
				   TEXT_ARGUMENTS(text_trim(comps->items[i].text->text, " \t\r\n")));
		status = -EINVAL;
	}
	return status;
}

static int check_single_form(struct rule_collection *collection, struct rule_exception *exception)
{
	struct exception_entry *comps = &exception->comps;
	enum operator_modifier modifier;
	enum operator_id operator;

	if (!comps->is_present && default_comp(collection, TEXT("in"), exception->fields.range, comps))
		return -ENOMEM;
	if (comps->is_list) {
		diagnostics_add_at(collection->diagnostics, DIAGNOSTIC_EXCEPTION_LENGTH, comps->range,
				   "Fields and comps must both be strings");
		return -EINVAL;
	}
	if (read_operator(comps, &operator, & modifier) &&
	    (modifier != MODIFIER_NONE || operator== OPERATOR_IN || operator== OPERATOR_PMATCH || operator==
	     OPERATOR_INTERSECTS))
		return 0;
	diagnostics_add_at(collection->diagnostics, DIAGNOSTIC_EXCEPTION_OPERATOR, comps->range,
			   "When fields is a single value, comps must be one of (in, pmatch, intersects) or a modifier "
			   "operator (e.g. startswith oneof)");
	return -EINVAL;
}

int exception_check(struct rule_collection *collection, struct rule_exception *exception, bool checks_fields)
{
	const struct load_context *before = collection->diagnostics->context;
	const struct exception_entry *fields = &exception->fields;
	int status;

	collection->diagnostics->context = exception->context;
	status = fields->is_list ? check_list_form(collection, exception) : check_single_form(collection, exception);
	if (checks_fields && status != -ENOMEM) {
		for (uint32_t i = 0; i < (fields->is_list ? fields->count : 1); i++) {
			int result = check_field(collection, fields->is_list ? &fields->items[i] : fields);

			if (result == -ENOMEM)
				return result;
			if (result)
				status = result;
		}
	}
	collection->diagnostics->context = before;
	return status;
}
