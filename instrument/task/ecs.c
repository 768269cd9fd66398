#include "instrument/task/ecs.h"

#include <ctype.h>

static const struct {
	unsigned level;
	const char *name;
} members[] = {
#define MEMBER(level, name) {MEMBER_##level, name},
#include "instrument/task/members.def"
#undef MEMBER
};

const char *ecs_name(enum spelling spelling, struct arena *arena, const char *name)
{
	char *copy;

	if (spelling != SPELLING_CLOUDFORMATION)
		return name;
	copy = arena_copy_string(arena, text_from_string(name));
	if (copy)
		copy[0] = (char)toupper((unsigned char)copy[0]);
	return copy;
}

static bool is_spelled(enum spelling spelling, struct text text, const char *name)
{
	switch (spelling) {
	case SPELLING_TERRAFORM:
		return text_equal_but_case(text, text_from_string(name));
	case SPELLING_CLOUDFORMATION:
		return text.length == strlen(name) && text.bytes[0] == toupper((unsigned char)name[0]) &&
		       memcmp(text.bytes + 1, name + 1, text.length - 1) == 0;
	case SPELLING_API:
		break;
	}
	return text_is(text, name);
}

struct node *ecs_member(enum spelling spelling, const struct node *object, const char *name)
{
	if (!object || object->kind != NODE_OBJECT || object->tag.length > 0)
		return NULL;
	for (struct node *member = object->first; member; member = member->next)
		if (is_spelled(spelling, member->key->text, name))
			return member;
	return NULL;
}

struct text ecs_member_text(enum spelling spelling, const struct node *object, const char *name)
{
	const struct node *member = ecs_member(spelling, object, name);

	return member && member->kind == NODE_STRING && member->tag.length == 0 ? member->text : TEXT_EMPTY;
}

unsigned ecs_member_level(enum spelling spelling, struct text name, unsigned levels)
{
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
		if ((members[i].level & levels) && is_spelled(spelling, name, members[i].name))
			return members[i].level;
	return 0;
}

/* "entry_point" for "entryPoint": what Terraform's own arguments look like. */
static bool same_but_underscores(struct text text, const char *name)
{
	bool has_underscore = false;
	size_t at = 0;

	for (size_t i = 0; i < text.length; i++) {
		if (text.bytes[i] == '_') {
			has_underscore = true;
			continue;
		}
		if (!name[at] || tolower((unsigned char)text.bytes[i]) != tolower((unsigned char)name[at]))
			return false;
		at++;
	}
	return has_underscore && !name[at];
}

static void check_member_case(enum spelling spelling, struct report *report, const struct node *member,
			      const char *name)
{
	if (spelling == SPELLING_TERRAFORM && same_but_underscores(member->key->text, name))
		report_node(report, SEVERITY_ERROR, member,
			    "\"" TEXT_FORMAT "\" is ignored by Terraform's provider; it is spelled %s",
			    TEXT_ARGUMENTS(member->key->text), name);
	if (!text_equal_but_case(member->key->text, text_from_string(name)))
		return;
	if (!is_spelled(spelling, member->key->text, name)) {
		int first = spelling == SPELLING_CLOUDFORMATION ? toupper((unsigned char)name[0]) : name[0];

		report_node(report, SEVERITY_ERROR, member, "\"" TEXT_FORMAT "\" is spelled %c%s here",
			    TEXT_ARGUMENTS(member->key->text), first, name + 1);
		return;
	}
	for (const struct node *other = member->previous; other; other = other->previous)
		if (text_equal_but_case(other->key->text, text_from_string(name)))
			report_node(report, SEVERITY_ERROR, member,
				    "\"" TEXT_FORMAT "\" beside \"" TEXT_FORMAT
				    "\": Terraform does not tell them apart",
				    TEXT_ARGUMENTS(member->key->text), TEXT_ARGUMENTS(other->key->text));
}

void ecs_check_case(enum spelling spelling, struct report *report, const struct node *object, unsigned levels)
{
	for (const struct node *member = object->first; member; member = member->next)
		for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
			if (members[i].level & levels)
				check_member_case(spelling, report, member, members[i].name);
}

/* ---- intrinsic functions ---- */

bool ecs_brings_in(struct text key)
{
	return text_starts_with(key, TEXT("Fn::")) || text_is(key, "<<");
}

bool ecs_intrinsic(enum spelling spelling, const struct node *node, struct text *ret_function,
		   const struct node **ret_argument)
{
	struct text name;

	if (!node || spelling != SPELLING_CLOUDFORMATION)
		return false;
	if (node->tag.length > 0) {
		*ret_function = node->tag;
		*ret_argument = node;
		return true;
	}
	if (node->kind != NODE_OBJECT || node->count != 1)
		return false;
	name = node->first->key->text;
	if (text_starts_with(name, TEXT("Fn::")))
		*ret_function = text_slice(name, 4, SIZE_MAX);
	else if (text_is(name, "Ref") || text_is(name, "Condition"))
		*ret_function = name;
	else
		return false;
	*ret_argument = node->first;
	return true;
}

bool ecs_is_no_value(enum spelling spelling, const struct node *node)
{
	struct text function;
	const struct node *argument;

	return ecs_intrinsic(spelling, node, &function, &argument) && text_is(function, "Ref") &&
	       argument->kind == NODE_STRING && text_is(argument->text, "AWS::NoValue");
}

bool ecs_condition(enum spelling spelling, struct node *node, struct text *ret_condition, struct node **ret_then,
		   struct node **ret_else)
{
	struct text function;
	const struct node *argument;

	if (!ecs_intrinsic(spelling, node, &function, &argument) || !text_is(function, "If") ||
	    argument->kind != NODE_ARRAY || argument->count != 3 || argument->first->kind != NODE_STRING)
		return false;
	*ret_condition = argument->first->text;
	*ret_then = argument->first->next;
	*ret_else = argument->last;
	return true;
}
