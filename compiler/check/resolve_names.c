#include "compiler/check/resolve_names.h"

#include <errno.h>

#include "base/suggest.h"
#include "compiler/condition/condition_parse.h"
#include "compiler/load/expand_lists.h"

struct resolver {
	struct rule_collection *collection;
	uint32_t visibility; /* macros first defined from here on are not seen */
	bool only_checks;    /* builds no tree */
	uint32_t depth, node_count;
	const struct collected_macro *loop; /* the first one met a second time */
	const struct condition *loop_use;
	const struct macro_use *loop_used_by;
	bool has_error, is_too_large, has_memory_error, meets_changed;
	/* Names without a macro, reported after the walk because a loop comes first. */
	const struct condition **undefined;
	const struct macro_use **undefined_used_by;
	uint32_t undefined_count, undefined_capacity;
};

static struct condition *resolve(struct resolver *resolver, struct condition *node, const struct macro_use *use);

static void note_undefined(struct resolver *resolver, const struct condition *node, const struct macro_use *use)
{
	resolver->has_error = true;
	for (uint32_t i = 0; i < resolver->undefined_count; i++)
		if (text_equal(resolver->undefined[i]->macro_name, node->macro_name))
			return;
	if (rule_collection_is_broken(resolver->collection, "macro", node->macro_name) &&
	    !hash_table_get(resolver->collection->macro_table, node->macro_name))
		return;
	if (resolver->undefined_count == resolver->undefined_capacity) {
		uint32_t larger = resolver->undefined_capacity ? resolver->undefined_capacity * 2 : 8;
		const struct condition **nodes =
		    arena_allocate_array(resolver->collection->arena, larger, sizeof(const struct condition *));
		const struct macro_use **uses =
		    arena_allocate_array(resolver->collection->arena, larger, sizeof(const struct macro_use *));

		if (!nodes || !uses) {
			resolver->has_memory_error = true;
			return;
		}
		if (resolver->undefined_count) {
			memcpy(nodes, resolver->undefined, resolver->undefined_count * sizeof *nodes);
			memcpy(uses, resolver->undefined_used_by, resolver->undefined_count * sizeof *uses);
		}
		resolver->undefined = nodes;
		resolver->undefined_used_by = uses;
		resolver->undefined_capacity = larger;
	}
	resolver->undefined[resolver->undefined_count] = node;
	resolver->undefined_used_by[resolver->undefined_count++] = use;
}

static struct condition *resolve_macro(struct resolver *resolver, const struct condition *node,
				       const struct macro_use *use)
{
	struct collected_macro *macro = hash_table_get(resolver->collection->macro_table, node->macro_name);
	uint32_t visibility = resolver->visibility;
	struct macro_use *inner = NULL;
	struct condition *result;

	if (!macro || macro->order.position >= resolver->visibility) {
		note_undefined(resolver, node, use);
		return NULL;
	}
	if (!use)
		macro->is_used = true;
	if (macro->is_on_path) {
		if (!resolver->loop) {
			resolver->loop = macro;
			resolver->loop_use = node;
			resolver->loop_used_by = use;
		}
		resolver->has_error = true;
		return NULL;
	}
	if (macro->is_broken || !macro->parsed) {
		resolver->has_error = true;
		return NULL;
	}
	resolver->meets_changed |= macro->is_changed;
	/* What was found good in its own place is good here; its names are seen as from there. */
	if (macro->is_resolved) {
		if (resolver->only_checks) {
			resolver->node_count += macro->resolved_nodes;
			return NULL;
		}
		resolver->visibility = UINT32_MAX;
	}
	inner = arena_allocate(resolver->collection->arena, sizeof *inner);
	if (!inner) {
		resolver->has_memory_error = true;
		return NULL;
	}
	*inner = (struct macro_use){node->macro_name, node->span, mapped_text_span(macro->condition), use};
	macro->is_on_path = true;
	result = resolve(resolver, macro->parsed, inner);
	macro->is_on_path = false;
	resolver->visibility = visibility;
	return result;
}

/* NULL, with has_memory_error set, without memory. */
static struct condition *copy_of(struct resolver *resolver, const struct condition *node, const struct macro_use *use)
{
	struct arena *arena = resolver->collection->arena;
	struct condition *copy = arena_allocate(arena, sizeof *copy);

	if (copy)
		*copy = *node;
	if (copy && node->child_count) {
		copy->children = arena_allocate_array(arena, node->child_count, sizeof(struct condition *));
		if (copy->children)
			memcpy(copy->children, node->children, node->child_count * sizeof(struct condition *));
	}
	if (!copy || (node->child_count && !copy->children)) {
		resolver->has_memory_error = true;
		return NULL;
	}
	copy->used_by = use;
	return copy;
}

/*
 * The tree with macros put in. What is in no macro and has none below it stays the node that it is; a macro's nodes are
 * copied for each use, which they remember.
 */
static struct condition *resolve(struct resolver *resolver, struct condition *node, const struct macro_use *use)
{
	struct condition *result = node;

	if (resolver->has_memory_error || resolver->is_too_large)
		return NULL;
	if (resolver->node_count++ >= RESOLVED_NODES_MAX || resolver->depth >= RESOLVED_DEPTH_MAX) {
		resolver->is_too_large = true;
		return NULL;
	}
	resolver->depth++;
	if (node->kind == CONDITION_MACRO)
		result = resolve_macro(resolver, node, use);
	else if (use && !resolver->only_checks)
		result = copy_of(resolver, node, use);
	for (uint32_t i = 0; i < node->child_count; i++) {
		struct condition *child = resolve(resolver, node->children[i], use);

		if (resolver->only_checks || !result || child == node->children[i])
			continue;
		if (result == node)
			result = copy_of(resolver, node, use);
		if (result)
			result->children[i] = child;
	}
	resolver->depth--;
	return result;
}

static void report_loop(struct resolver *resolver)
{
	struct diagnostics *diagnostics = resolver->collection->diagnostics;
	struct diagnostic *diagnostic =
	    diagnostics_add(diagnostics, DIAGNOSTIC_MACRO_LOOP, resolver->loop_use->span,
			    "reference loop in macro '" TEXT_FORMAT "'", TEXT_ARGUMENTS(resolver->loop->name));

	diagnostic_add_macro_notes(diagnostics, diagnostic, resolver->loop_used_by);
}

static void report_undefined(struct resolver *resolver, const struct condition *node, const struct macro_use *use)
{
	struct rule_collection *collection = resolver->collection;
	struct diagnostics *diagnostics = collection->diagnostics;
	struct collected_macro *later = hash_table_get(collection->macro_table, node->macro_name);
	struct suggestion suggestion = suggestion_begin(node->macro_name);
	struct diagnostic *diagnostic;

	diagnostic =
	    diagnostics_add(diagnostics, DIAGNOSTIC_UNDEFINED_MACRO, node->span,
			    "Undefined macro '" TEXT_FORMAT "' used in filter.", TEXT_ARGUMENTS(node->macro_name));
	diagnostic_add_macro_notes(diagnostics, diagnostic, use);
	if (later) {
		diagnostic_add_note(diagnostics, diagnostic, later->name_range, "it is defined here");
		diagnostic_set_hint(diagnostics, diagnostic, "a macro can use only macros that are defined before it");
		return;
	}
	if (hash_table_get(collection->list_table, node->macro_name)) {
		diagnostic_set_hint(diagnostics, diagnostic,
				    "'" TEXT_FORMAT "' is a list: compare with it, as in `field in (" TEXT_FORMAT ")`",
				    TEXT_ARGUMENTS(node->macro_name), TEXT_ARGUMENTS(node->macro_name));
		return;
	}
	if (!diagnostics_may_suggest(diagnostics))
		return;
	for (uint32_t i = 0; i < collection->macro_count; i++)
		suggestion_offer(&suggestion, collection->macros[i]->name);
	if (suggestion_exists(&suggestion))
		diagnostic_set_hint(diagnostics, diagnostic, "did you mean '" TEXT_FORMAT "'?",
				    TEXT_ARGUMENTS(suggestion.nearest));
}

static int report(struct resolver *resolver, struct span whole)
{
	if (resolver->has_memory_error)
		return -ENOMEM;
	if (resolver->loop)
		report_loop(resolver);
	for (uint32_t i = 0; i < resolver->undefined_count; i++)
		report_undefined(resolver, resolver->undefined[i], resolver->undefined_used_by[i]);
	if (resolver->is_too_large && !resolver->has_error)
		diagnostics_add(
		    resolver->collection->diagnostics, DIAGNOSTIC_CONDITION_TOO_LARGE, whole,
		    "with its macros put in, the condition has more than %u nodes or is nested deeper than %u",
		    RESOLVED_NODES_MAX, RESOLVED_DEPTH_MAX);
	return resolver->has_error || resolver->is_too_large ? -EINVAL : 0;
}

static int parse_macro(struct rule_collection *collection, struct collected_macro *macro)
{
	const struct mapped_text *text;
	int status;

	collection->diagnostics->context = macro->context;
	macro->is_used = macro->is_resolved = macro->is_changed = false;
	status = lists_substitute(collection, macro->condition, &text);
	/* Every file load compiles everything again; most of it has not changed, or is defined again as it was. */
	if (status == 0 && macro->parsed && !macro->is_broken && text_equal(text->text, macro->parsed_text->text)) {
		if (macro->parsed_condition == macro->condition)
			return 0;
	} else {
		macro->is_changed = true;
	}
	macro->parsed = NULL;
	if (status == 0)
		status = condition_parse(collection->arena, text, collection->diagnostics, &macro->parsed);
	macro->parsed_condition = macro->condition;
	macro->parsed_text = text;
	macro->is_broken = status == -EINVAL;
	return status == -EINVAL ? 0 : status;
}

static int check_macro(struct rule_collection *collection, struct collected_macro *macro)
{
	struct resolver resolver = {
	    .collection = collection, .visibility = macro->order.visibility, .only_checks = true};
	int status;

	if (macro->is_broken)
		return 0;
	collection->diagnostics->context = macro->context;
	resolve(&resolver, macro->parsed, NULL);
	status = report(&resolver, macro->parsed->span);
	macro->is_broken = status == -EINVAL;
	macro->is_resolved = status == 0;
	macro->is_changed |= resolver.meets_changed;
	macro->resolved_nodes = resolver.node_count;
	return status == -EINVAL ? 0 : status;
}

int macros_compile(struct rule_collection *collection)
{
	int status = 0;

	for (uint32_t i = 0; i < collection->macro_count && status == 0; i++)
		status = parse_macro(collection, collection->macros[i]);
	for (uint32_t i = 0; i < collection->macro_count && status == 0; i++)
		status = check_macro(collection, collection->macros[i]);
	collection->diagnostics->context = NULL;
	return status;
}

int macros_put_in(struct rule_collection *collection, struct condition *parsed, struct condition **ret_condition)
{
	struct resolver resolver = {.collection = collection, .visibility = UINT32_MAX};
	struct condition *resolved = resolve(&resolver, parsed, NULL);
	int status = report(&resolver, parsed->span);

	if (status == 0)
		*ret_condition = resolved;
	return status;
}

bool macros_are_unchanged(struct rule_collection *collection, struct condition *parsed)
{
	struct resolver resolver = {.collection = collection, .visibility = UINT32_MAX, .only_checks = true};

	resolve(&resolver, parsed, NULL);
	return !resolver.has_error && !resolver.is_too_large && !resolver.has_memory_error && !resolver.meets_changed;
}
