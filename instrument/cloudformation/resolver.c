#include "instrument/cloudformation/resolver.h"

#include "base/buffer.h"
#include "instrument/task/ecs.h"

/* Texts of a list that is written out or split from a text. */
struct text_list {
	struct text *texts;
	size_t count;
};

static bool unknown(const struct resolver *resolver, struct text function, struct text *ret_reason)
{
	*ret_reason = arena_format(resolver->arena, "%s" TEXT_FORMAT " is not known before deployment",
				   text_is(function, "Ref") ? "" : "Fn::", TEXT_ARGUMENTS(function));
	return false;
}

static bool malformed(const struct resolver *resolver, struct text function, struct text *ret_reason)
{
	*ret_reason = arena_format(resolver->arena, "these are no arguments of " TEXT_FORMAT, TEXT_ARGUMENTS(function));
	return false;
}

/* ---- names ---- */

static const char *given_value(const struct resolver *resolver, struct text name)
{
	for (size_t i = 0; resolver->values && i < resolver->values->count; i++) {
		const char *pair = resolver->values->values[i], *equals = strchr(pair, '=');

		if (equals && text_equal(text_of(pair, (size_t)(equals - pair)), name))
			return equals + 1;
	}
	return NULL;
}

/* Source: ARNs in the AWS general reference; the isolated partitions' suffixes differ and are not evaluated. */
static const char *partition_of(const struct resolver *resolver)
{
	const char *region = resolver->region;

	if (resolver->partition || !region || strncmp(region, "us-iso", 6) == 0 || strncmp(region, "eu-iso", 6) == 0)
		return resolver->partition;
	if (strncmp(region, "cn-", 3) == 0)
		return "aws-cn";
	return strncmp(region, "us-gov-", 7) == 0 ? "aws-us-gov" : "aws";
}

static bool resolve_pseudo(const struct resolver *resolver, struct text name, struct text *ret_text,
			   struct text *ret_reason)
{
	const char *partition = partition_of(resolver), *suffix = NULL;

	if (partition)
		suffix = strcmp(partition, "aws-cn") == 0 ? "amazonaws.com.cn" : "amazonaws.com";
	const struct {
		const char *name, *value, *option;
	} pseudos[] = {
	    {"AWS::Region", resolver->region, "--region"},
	    {"AWS::AccountId", resolver->account, "--account"},
	    {"AWS::Partition", partition, "--partition or --region"},
	    {"AWS::URLSuffix", suffix, "--partition or --region"},
	};

	for (size_t i = 0; i < sizeof pseudos / sizeof pseudos[0]; i++) {
		if (!text_is(name, pseudos[i].name))
			continue;
		if (!pseudos[i].value) {
			*ret_reason = arena_format(resolver->arena, TEXT_FORMAT " is not known: give %s",
						   TEXT_ARGUMENTS(name), pseudos[i].option);
			return false;
		}
		*ret_text = text_from_string(pseudos[i].value);
		return true;
	}
	*ret_reason =
	    arena_format(resolver->arena, TEXT_FORMAT " is not known before deployment", TEXT_ARGUMENTS(name));
	return false;
}

static bool resolve_name(const struct resolver *resolver, struct text name, struct text *ret_text,
			 struct text *ret_reason)
{
	char *key = arena_copy_string(resolver->arena, name);
	const struct node *parameter = key ? node_member(resolver->parameters, key) : NULL, *preset;
	const char *given = given_value(resolver, name);

	if (text_starts_with(name, TEXT("AWS::")))
		return resolve_pseudo(resolver, name, ret_text, ret_reason);
	if (!parameter) {
		*ret_reason =
		    arena_format(resolver->arena, "\"" TEXT_FORMAT "\" is no parameter, so not known before deployment",
				 TEXT_ARGUMENTS(name));
		return false;
	}
	if (given) {
		*ret_text = text_from_string(given);
		return true;
	}
	preset = node_member(parameter, "Default");
	if (text_starts_with(node_member_text(parameter, "Type"), TEXT("AWS::SSM::")) || !preset || preset->first) {
		*ret_reason = arena_format(resolver->arena,
					   "the parameter " TEXT_FORMAT
					   " has no value here: give --parameter " TEXT_FORMAT "=VALUE",
					   TEXT_ARGUMENTS(name), TEXT_ARGUMENTS(name));
		return false;
	}
	*ret_text = preset->text;
	return true;
}

/* ---- functions ---- */

static bool resolve_list(const struct resolver *resolver, const struct node *value, struct text_list *ret_list,
			 struct text *ret_reason);

/* "${Name}" and "${!Literal}" in `format`; names in `own` come first. */
static bool substitute(const struct resolver *resolver, struct text format, const struct node *own,
		       struct buffer *buffer, struct text *ret_reason)
{
	while (format.length > 0) {
		size_t start = text_find(format, TEXT("${")), end;
		struct text name, value;
		const struct node *given;
		char *key;

		buffer_append_text(buffer, text_slice(format, 0, start));
		if (start == SIZE_MAX)
			break;
		format = text_slice(format, start + 2, SIZE_MAX);
		end = text_find_byte(format, '}');
		if (end == SIZE_MAX)
			return malformed(resolver, TEXT("Fn::Sub"), ret_reason);
		name = text_slice(format, 0, end);
		format = text_slice(format, end + 1, SIZE_MAX);
		if (text_starts_with(name, TEXT("!"))) {
			buffer_printf(buffer, "${" TEXT_FORMAT "}", TEXT_ARGUMENTS(text_slice(name, 1, SIZE_MAX)));
			continue;
		}
		key = arena_copy_string(resolver->arena, name);
		given = key ? node_member(own, key) : NULL;
		if (given ? !resolve_text(resolver, given, &value, ret_reason)
			  : !resolve_name(resolver, name, &value, ret_reason))
			return false;
		buffer_append_text(buffer, value);
	}
	return true;
}

static bool resolve_sub(const struct resolver *resolver, const struct node *argument, struct buffer *buffer,
			struct text *ret_reason)
{
	if (argument->kind == NODE_STRING)
		return substitute(resolver, argument->text, NULL, buffer, ret_reason);
	if (argument->kind != NODE_ARRAY || argument->count != 2 || argument->first->kind != NODE_STRING)
		return malformed(resolver, TEXT("Fn::Sub"), ret_reason);
	return substitute(resolver, argument->first->text, argument->last, buffer, ret_reason);
}

static bool resolve_join(const struct resolver *resolver, const struct node *argument, struct buffer *buffer,
			 struct text *ret_reason)
{
	struct text_list list;

	if (argument->kind != NODE_ARRAY || argument->count != 2 || argument->first->kind != NODE_STRING)
		return malformed(resolver, TEXT("Fn::Join"), ret_reason);
	if (!resolve_list(resolver, argument->last, &list, ret_reason))
		return false;
	for (size_t i = 0; i < list.count; i++) {
		if (i > 0)
			buffer_append_text(buffer, argument->first->text);
		buffer_append_text(buffer, list.texts[i]);
	}
	return true;
}

static bool resolve_select(const struct resolver *resolver, const struct node *argument, struct buffer *buffer,
			   struct text *ret_reason)
{
	struct text_list list;
	struct text number;
	uint64_t index;

	if (argument->kind != NODE_ARRAY || argument->count != 2)
		return malformed(resolver, TEXT("Fn::Select"), ret_reason);
	if (!resolve_text(resolver, argument->first, &number, ret_reason))
		return false;
	if (!text_to_u64(number, &index))
		return malformed(resolver, TEXT("Fn::Select"), ret_reason);
	if (!resolve_list(resolver, argument->last, &list, ret_reason))
		return false;
	if (index >= list.count)
		return malformed(resolver, TEXT("Fn::Select"), ret_reason);
	buffer_append_text(buffer, list.texts[index]);
	return true;
}

static bool resolve_map(const struct resolver *resolver, const struct node *argument, struct buffer *buffer,
			struct text *ret_reason)
{
	const struct node *found = resolver->mappings, *preset = NULL;
	struct text value;

	if (argument->kind == NODE_ARRAY && argument->count == 4)
		preset = node_member(argument->last, "DefaultValue");
	if (argument->kind != NODE_ARRAY || (argument->count != 3 && !preset))
		return malformed(resolver, TEXT("Fn::FindInMap"), ret_reason);
	for (const struct node *key = argument->first; key && (!preset || key != argument->last); key = key->next) {
		struct text text;
		char *name;

		if (!resolve_text(resolver, key, &text, ret_reason))
			return false;
		name = arena_copy_string(resolver->arena, text);
		found = name ? node_member(found, name) : NULL;
	}
	if (!found && preset) {
		if (!resolve_text(resolver, preset, &value, ret_reason))
			return false;
		buffer_append_text(buffer, value);
		return true;
	}
	if (!found || found->first || found->tag.length > 0)
		return malformed(resolver, TEXT("Fn::FindInMap"), ret_reason);
	buffer_append_text(buffer, found->text);
	return true;
}

/* How many elements; what they are need not be known. */
static bool resolve_length(const struct resolver *resolver, const struct node *argument, struct buffer *buffer,
			   struct text *ret_reason)
{
	struct text_list list;
	struct text function;
	const struct node *inner;
	size_t count = argument->count;

	for (const struct node *element = argument->first; element; element = element->next)
		if (ecs_intrinsic(SPELLING_CLOUDFORMATION, element, &function, &inner) && text_is(function, "If"))
			return unknown(resolver, TEXT("Length"), ret_reason);
	if (argument->kind != NODE_ARRAY) {
		if (!resolve_list(resolver, argument, &list, ret_reason))
			return false;
		count = list.count;
	}
	buffer_printf(buffer, "%zu", count);
	return true;
}

static bool resolve_if(const struct resolver *resolver, const struct node *argument, struct buffer *buffer,
		       struct text *ret_reason)
{
	struct text texts[2];

	if (argument->kind != NODE_ARRAY || argument->count != 3)
		return malformed(resolver, TEXT("Fn::If"), ret_reason);
	if (!resolve_text(resolver, argument->first->next, &texts[0], ret_reason) ||
	    !resolve_text(resolver, argument->last, &texts[1], ret_reason))
		return false;
	if (!text_equal(texts[0], texts[1]))
		return unknown(resolver, TEXT("If"), ret_reason);
	buffer_append_text(buffer, texts[0]);
	return true;
}

static bool resolve_ref(const struct resolver *resolver, const struct node *argument, struct buffer *buffer,
			struct text *ret_reason)
{
	struct text text;

	if (argument->kind != NODE_STRING)
		return malformed(resolver, TEXT("Ref"), ret_reason);
	if (!resolve_name(resolver, argument->text, &text, ret_reason))
		return false;
	buffer_append_text(buffer, text);
	return true;
}

static const struct {
	const char *name;
	bool (*resolve)(const struct resolver *resolver, const struct node *argument, struct buffer *buffer,
			struct text *ret_reason);
} functions[] = {
    {"Ref", resolve_ref},       {"Sub", resolve_sub},       {"Join", resolve_join},     {"Length", resolve_length},
    {"Select", resolve_select}, {"FindInMap", resolve_map}, {"If", resolve_if},
};

static bool call(const struct resolver *resolver, struct text function, const struct node *argument,
		 struct buffer *buffer, struct text *ret_reason)
{
	for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
		if (text_is(function, functions[i].name))
			return functions[i].resolve(resolver, argument, buffer, ret_reason);
	return unknown(resolver, function, ret_reason);
}

static bool split(const struct resolver *resolver, const struct node *argument, struct text_list *ret_list,
		  struct text *ret_reason)
{
	struct text_list list = {0};
	struct text separator, rest;

	if (argument->kind != NODE_ARRAY || argument->count != 2 || argument->first->text.length == 0)
		return malformed(resolver, TEXT("Fn::Split"), ret_reason);
	separator = argument->first->text;
	if (!resolve_text(resolver, argument->last, &rest, ret_reason))
		return false;
	list.texts = arena_allocate_array(resolver->arena, rest.length + 1, sizeof *list.texts);
	if (!list.texts)
		return false;
	for (;;) {
		size_t end = text_find(rest, separator);

		list.texts[list.count++] = text_slice(rest, 0, end);
		if (end == SIZE_MAX)
			break;
		rest = text_slice(rest, end + separator.length, SIZE_MAX);
	}
	*ret_list = list;
	return true;
}

static bool resolve_list(const struct resolver *resolver, const struct node *value, struct text_list *ret_list,
			 struct text *ret_reason)
{
	struct text_list list = {0};
	const struct node *argument;
	struct text function;

	*ret_reason = TEXT_EMPTY;
	if (ecs_intrinsic(SPELLING_CLOUDFORMATION, value, &function, &argument)) {
		if (text_is(function, "Split"))
			return split(resolver, argument, ret_list, ret_reason);
		return unknown(resolver, function, ret_reason);
	}
	if (value->kind != NODE_ARRAY) {
		*ret_reason = TEXT("a list is expected where there is none");
		return false;
	}
	list.texts = arena_allocate_array(resolver->arena, value->count + 1, sizeof *list.texts);
	if (!list.texts)
		return false;
	for (const struct node *element = value->first; element; element = element->next)
		if (!resolve_text(resolver, element, &list.texts[list.count++], ret_reason))
			return false;
	*ret_list = list;
	return true;
}

bool resolve_text(const struct resolver *resolver, const struct node *value, struct text *ret_text,
		  struct text *ret_reason)
{
	struct buffer buffer = {.limit_bytes = RESOLVED_BYTES_MAX};
	const struct node *argument;
	struct text function, text;
	bool good;

	*ret_reason = TEXT_EMPTY;
	if (!ecs_intrinsic(SPELLING_CLOUDFORMATION, value, &function, &argument)) {
		if (value->kind == NODE_ARRAY || value->kind == NODE_OBJECT) {
			*ret_reason = TEXT("a text is expected where there is none");
			return false;
		}
		*ret_text = value->text;
		return true;
	}
	good = call(resolver, function, argument, &buffer, ret_reason);
	if (good && buffer.failed) {
		*ret_reason = TEXT("its value is too long");
		good = false;
	}
	text = arena_copy_text(resolver->arena, buffer_text(&buffer));
	buffer_release(&buffer);
	if (!good || !text.bytes)
		return false;
	*ret_text = text;
	return true;
}
