/* Lists of words: what kind they are, and those of the wrapper. */
#include "instrument/task/plan.h"

#include "instrument/document/print_value.h"
#include "instrument/document/yaml_scan.h"

static bool is_words(enum spelling spelling, const struct node *list)
{
	struct text function;
	const struct node *argument;

	for (const struct node *word = list->first; word; word = word->next)
		if (word->kind != NODE_STRING && word->kind != NODE_NUMBER && word->kind != NODE_BOOL &&
		    !ecs_intrinsic(spelling, word, &function, &argument))
			return false;
	return true;
}

/* CloudFormation makes strings of numbers; the API does not. */
static bool has_other_scalars(const struct node *list)
{
	for (const struct node *word = list->first; word; word = word->next)
		if (word->kind == NODE_NUMBER || word->kind == NODE_BOOL)
			return true;
	return false;
}

enum words_kind words_kind_of(enum spelling spelling, const struct node *words)
{
	struct text function;
	const struct node *argument;

	if (node_is_absent(words) || ecs_is_no_value(spelling, words))
		return WORDS_UNSET;
	if (ecs_intrinsic(spelling, words, &function, &argument)) {
		bool is_condition = text_is(function, "If") && argument->kind == NODE_ARRAY && argument->count == 3 &&
				    argument->first->kind == NODE_STRING;

		return is_condition ? WORDS_CONDITION : WORDS_OPAQUE;
	}
	if (words->kind != NODE_ARRAY || !is_words(spelling, words) ||
	    (spelling != SPELLING_CLOUDFORMATION && has_other_scalars(words)))
		return WORDS_BAD;
	if (words->count == 0)
		return WORDS_UNSET;
	return words->count == 1 && node_is_string(words->first, "") ? WORDS_RESET : WORDS_LITERAL;
}

bool words_have(enum spelling spelling, struct node *words, enum words_kind kind)
{
	struct text condition;
	struct node *then_branch, *else_branch;

	if (words_kind_of(spelling, words) == kind)
		return true;
	return words && ecs_condition(spelling, words, &condition, &then_branch, &else_branch) &&
	       (words_have(spelling, then_branch, kind) || words_have(spelling, else_branch, kind));
}

struct text words_text(struct task *task, const struct node *words)
{
	struct buffer buffer = BUFFER_INIT;
	struct text text;

	if (node_is_absent(words))
		return TEXT("-");
	text = words->is_new || words->tag.length == 0 ? TEXT_EMPTY : node_source(task->editor->source, words);
	if (text.length > 0 && text_find_byte(text, '\n') == SIZE_MAX)
		return text;
	print_compact(&buffer, words);
	text = arena_copy_text(task->arena, buffer_text(&buffer));
	buffer_release(&buffer);
	return text.bytes ? text : TEXT("?");
}

static void add_word(struct task *task, struct node *words, const char *word)
{
	node_append(words, node_new_string(task->arena, text_from_string(word)));
}

static void add_option(struct task *task, struct node *words, const char *option, const char *value)
{
	if (!value)
		return;
	add_word(task, words, option);
	add_word(task, words, value);
}

struct node *wrapper_words(struct task *task)
{
	const struct instrument_options *options = task->options;
	struct node *words = node_new(task->arena, NODE_ARRAY);

	add_word(task, words, TERCEL_PROGRAM);
	add_word(task, words, "run");
	add_option(task, words, "--bundle", options->bundle);
	for (size_t i = 0; i < options->trust.count; i++)
		add_option(task, words, "--trust", options->trust.values[i]);
	add_option(task, words, "--orchestrator", options->orchestrator);
	if (options->token_secret)
		add_option(task, words, "--token-env", TERCEL_TOKEN_VARIABLE);
	if (options->ca_secret)
		add_option(task, words, "--ca-env", TERCEL_CA_VARIABLE);
	add_option(task, words, "--proxy", options->proxy);
	for (size_t i = 0; i < options->labels.count; i++)
		add_option(task, words, "--label", options->labels.values[i]);
	for (size_t i = 0; i < options->agent_options.count; i++)
		add_word(task, words, options->agent_options.values[i]);
	add_word(task, words, "--");
	return words;
}

struct text container_label(const struct task *task, const struct node *container, const char *label)
{
	const struct node *value = node_member(ecs_member(task->spelling, container, "dockerLabels"), label);

	/* YAML makes a boolean of false without quotes; CloudFormation makes a string of it again. */
	return value && (value->kind == NODE_STRING || value->kind == NODE_BOOL) && value->tag.length == 0 ? value->text
													   : TEXT_EMPTY;
}

bool plan_is_called(const struct plan *plan, struct text text)
{
	uint64_t number;

	if (text_equal(plan->name, text) || (plan->evaluated_name.length > 0 && text_equal(plan->evaluated_name, text)))
		return true;
	return text_starts_with(text, TEXT("#")) && text_to_u64(text_slice(text, 1, SIZE_MAX), &number) &&
	       number == plan->index + 1;
}

const struct assumption *find_assumption(const struct assumption *assumed, struct text condition)
{
	while (assumed && !text_equal(assumed->condition, condition))
		assumed = assumed->next;
	return assumed;
}

bool plans_exclude_each_other(const struct plan *a, const struct plan *b)
{
	for (const struct assumption *one = a->assumed; one; one = one->next)
		for (const struct assumption *other = b->assumed; other; other = other->next)
			if (one->holds != other->holds && text_equal(one->condition, other->condition))
				return true;
	return false;
}

struct text task_image_name(const struct task *task, const struct plan *plan, struct text *ret_reason)
{
	const struct node *image = ecs_member(task->spelling, plan->container, "image");
	struct text name;

	if (!image || !task->resolver)
		return ecs_member_text(task->spelling, plan->container, "image");
	return resolve_text(task->resolver, image, &name, ret_reason) ? name : TEXT_EMPTY;
}

struct text init_container_name(const struct task *task)
{
	return arena_format(task->arena, "%s-init", task->options->name_prefix);
}

struct node *intrinsic_call(struct task *task, const char *function, struct node *argument)
{
	struct node *object;

	if (!argument)
		return NULL;
	if (task->editor->is_yaml && !task->editor->has_long_tags) {
		argument->tag = text_from_string(function);
		return argument;
	}
	object = node_new(task->arena, NODE_OBJECT);
	node_add_member(
	    task->arena, object,
	    text_is(text_from_string(function), "Ref") ? "Ref" : arena_format(task->arena, "Fn::%s", function).bytes,
	    argument);
	return object;
}

/* The expression in the form that the document has. */
static struct node *in_form(struct task *task, const struct node *value)
{
	struct text function, name;
	const struct node *argument;
	struct node *copy;
	char *function_name;

	if (!ecs_intrinsic(SPELLING_CLOUDFORMATION, value, &function, &argument)) {
		copy = node_new(task->arena, value->kind);
		if (!copy)
			return NULL;
		copy->text = value->text;
		copy->is_quoted = value->is_quoted;
		for (const struct node *child = value->first; child; child = child->next) {
			struct node *inner = in_form(task, child);

			if (!inner)
				return NULL;
			if (child->key)
				inner->key = node_new_string(task->arena, child->key->text);
			node_append(copy, inner);
		}
		return copy;
	}
	function_name = arena_copy_string(task->arena, function);
	if (argument == value) {
		struct node untagged = *value;

		untagged.tag = TEXT_EMPTY;
		copy = in_form(task, &untagged);
	} else {
		copy = in_form(task, argument);
	}
	/* "Resource.Attribute" is a list in JSON. */
	if (copy && copy->kind == NODE_STRING && text_is(function, "GetAtt") &&
	    (!task->editor->is_yaml || task->editor->has_long_tags)) {
		size_t dot = text_find_byte(copy->text, '.');

		name = copy->text;
		copy = node_new(task->arena, NODE_ARRAY);
		node_append(copy, node_new_string(task->arena, text_slice(name, 0, dot)));
		if (dot != SIZE_MAX)
			node_append(copy, node_new_string(task->arena, text_slice(name, dot + 1, SIZE_MAX)));
	}
	return function_name ? intrinsic_call(task, function_name, copy) : NULL;
}

bool option_is_expression(const char *option)
{
	return option[0] == '!' || option[0] == '{';
}

struct node *option_value(struct task *task, const char *option)
{
	struct text text = text_from_string(option), function;
	struct report ignored = report_of(task->arena, text);
	const struct node *value, *argument;

	if (!option_is_expression(option))
		return node_new_string(task->arena, text);
	value = yaml_scan(text, task->arena, &ignored);
	if (!value || task->spelling != SPELLING_CLOUDFORMATION ||
	    !ecs_intrinsic(task->spelling, value, &function, &argument))
		return NULL;
	return in_form(task, value);
}

struct node *words_no_value(struct task *task)
{
	return intrinsic_call(task, "Ref", node_new_string(task->arena, TEXT("AWS::NoValue")));
}
