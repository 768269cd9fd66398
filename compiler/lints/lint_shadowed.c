/*
 * Rules that are never reached under `first` matching: an earlier enabled rule matches whatever they match.
 *
 * Comparing each rule with each would be quadratic. A rule that shadows others asks for something, and what it shadows
 * implies that: each rule is found by one thing that it asks for, a constant that a value must be (the fewest), else
 * the value that it compares, else the part itself. Of rules that are found by the same thing only so many are tried.
 */
#include "compiler/lints/lint_internal.h"

#define CANDIDATES_MAX 100u /* tried for one rule */

struct entry {
	const struct lint_rule *rule;
	struct entry *next; /* found by the same thing, later */
};

struct bucket {
	struct entry *first, *last;
};

struct shadow_search {
	struct lint *lint;
	struct hash_table *buckets; /* keys: see key_of_... */
	const struct lint_rule *rule;
	const struct lint_rule *found;
	uint32_t tried;
};

enum key_kind { KEY_VALUE, KEY_SLOT, KEY_NODE, KEY_ANYTHING };

/* Room for the longest constant and what stands before it. */
struct key {
	uint32_t length;
	char bytes[16 + 256];
};

static struct key make_key(enum key_kind kind, uint32_t number, struct text bytes)
{
	struct key key = {0};
	size_t length = bytes.length < sizeof key.bytes - 8 ? bytes.length : sizeof key.bytes - 8;
	uint32_t kind_number = kind;

	memcpy(key.bytes, &kind_number, 4);
	memcpy(key.bytes + 4, &number, 4);
	if (length > 0)
		memcpy(key.bytes + 8, bytes.bytes, length);
	key.length = (uint32_t)length + 8;
	return key;
}

static struct key key_of_value(uint32_t slot, const struct value *value)
{
	enum value_kind kind = type_kind((enum value_type)value->type);

	if (kind == KIND_STRING || kind == KIND_ADDRESS)
		return make_key(KEY_VALUE, slot, value_text(value));
	return make_key(KEY_VALUE, slot, text_of((const char *)&value->number, sizeof value->number));
}

static void add_entry(struct shadow_search *search, const struct key *key, const struct lint_rule *rule)
{
	struct lint *lint = search->lint;
	struct text text = text_of(key->bytes, key->length);
	struct bucket *bucket = hash_table_get(search->buckets, text);
	struct entry *entry = arena_allocate(lint->arena, sizeof *entry);

	if (!bucket) {
		bucket = arena_allocate(lint->arena, sizeof *bucket);
		text = arena_copy_text(lint->arena, text);
		if (!bucket || !text.bytes || hash_table_set(search->buckets, text, bucket) != 0) {
			lint->failed = true;
			return;
		}
	}
	if (!entry) {
		lint->failed = true;
		return;
	}
	*entry = (struct entry){rule, NULL};
	if (bucket->last)
		bucket->last->next = entry;
	else
		bucket->first = entry;
	bucket->last = entry;
}

/* The parts of a condition that must all hold. */
static const uint32_t *parts_of(const struct ir *ir, const uint32_t *node, uint32_t *ret_count)
{
	if (ir->nodes[*node].kind != IR_AND) {
		*ret_count = 1;
		return node;
	}
	*ret_count = ir->nodes[*node].child_count;
	return ir->nodes[*node].children;
}

static bool is_event_type(const struct lint *lint, uint32_t predicate)
{
	const struct expression *left = lint->ir->predicates[predicate].check->left;

	return left->kind == EXPRESSION_FIELD && (left->field == FIELD_EVT_TYPE || left->field == FIELD_SYSCALL_TYPE);
}

/* How good a part is to be found by: the fewer rules have it, the better. */
static unsigned rank(struct lint *lint, uint32_t node)
{
	const struct ir_node *at = &lint->ir->nodes[node];
	const struct value *values;
	bool is_type;

	if (at->kind != IR_TEST || predicate_slot(lint->facts, at->predicate) == SLOT_NONE)
		return 2;
	is_type = is_event_type(lint, at->predicate);
	if (at->polarity && predicate_values(lint->facts, at->predicate, &values) > 0)
		return is_type ? 3 : 5;
	return is_type ? 0 : at->polarity ? 4 : 1;
}

static void add_rule(struct shadow_search *search, const struct lint_rule *rule)
{
	struct lint *lint = search->lint;
	uint32_t count, best = 0, value_count;
	const uint32_t *parts = parts_of(lint->ir, &rule->node, &count);
	const struct value *values;
	const struct ir_node *node;
	struct key key;

	for (uint32_t i = 1; i < count; i++)
		if (rank(lint, parts[i]) > rank(lint, parts[best]))
			best = i;
	node = &lint->ir->nodes[parts[best]];
	switch (rank(lint, parts[best])) {
	case 5:
	case 3:
		value_count = predicate_values(lint->facts, node->predicate, &values);
		for (uint32_t i = 0; i < value_count; i++) {
			key = key_of_value(predicate_slot(lint->facts, node->predicate), &values[i]);
			add_entry(search, &key, rule);
		}
		return;
	case 4:
	case 1:
		key = make_key(KEY_SLOT, predicate_slot(lint->facts, node->predicate), TEXT_EMPTY);
		break;
	case 2:
		key = rule->node == IR_TRUE ? make_key(KEY_ANYTHING, 0, TEXT_EMPTY)
					    : make_key(KEY_NODE, parts[best], TEXT_EMPTY);
		break;
	default:
		key = make_key(KEY_ANYTHING, 0, TEXT_EMPTY);
		break;
	}
	add_entry(search, &key, rule);
}

static void try_bucket(struct shadow_search *search, struct key key)
{
	const struct bucket *bucket = hash_table_get(search->buckets, text_of(key.bytes, key.length));
	const struct entry *entry = bucket ? bucket->first : NULL;

	for (; entry && !search->found && search->tried < CANDIDATES_MAX; entry = entry->next) {
		search->tried++;
		if (solver_implies(search->lint->solver, search->rule->node, entry->rule->node, &search->rule->events))
			search->found = entry->rule;
	}
}

/* All that the rule asks for: what it is shadowed by is found by one of it. Of an `or` the first choice will do. */
static void try_node(struct shadow_search *search, uint32_t node)
{
	struct lint *lint = search->lint;
	const struct ir_node *at = &lint->ir->nodes[node];
	const struct value *values;
	uint32_t slot;

	if (search->found)
		return;
	try_bucket(search, make_key(KEY_NODE, node, TEXT_EMPTY));
	if (at->kind == IR_TEST) {
		slot = predicate_slot(lint->facts, at->predicate);
		if (slot == SLOT_NONE)
			return;
		if (at->polarity && predicate_values(lint->facts, at->predicate, &values) > 0)
			try_bucket(search, key_of_value(slot, &values[0]));
		try_bucket(search, make_key(KEY_SLOT, slot, TEXT_EMPTY));
		return;
	}
	for (uint32_t i = 0; i < (at->kind == IR_OR && at->child_count > 0 ? 1 : at->child_count); i++)
		try_node(search, at->children[i]);
}

static void report(struct lint *lint, const struct lint_rule *rule, const struct lint_rule *by)
{
	struct diagnostic *diagnostic;

	lint->diagnostics->context = rule->collected->context;
	diagnostic = diagnostics_add_at(
	    lint->diagnostics, DIAGNOSTIC_SHADOWED_RULE, rule->collected->name_range,
	    rule->node == by->node ? "the rule has the condition of rule '" TEXT_FORMAT "', which is tried first"
				   : "whatever matches the rule matches rule '" TEXT_FORMAT "', which is tried first",
	    TEXT_ARGUMENTS(by->rule->name));
	diagnostic_add_note(lint->diagnostics, diagnostic, by->collected->name_range, "the rule that is tried first");
	diagnostic_set_hint(lint->diagnostics, diagnostic,
			    "under `first` matching only that one alerts: put the narrower rule first, add what it "
			    "should leave to this one, "
			    "or match all");
}

void lint_shadowed_rules(struct lint *lint)
{
	struct shadow_search search = {.lint = lint, .buckets = hash_table_new(0)};

	if (!search.buckets) {
		lint->failed = true;
		return;
	}
	for (uint32_t i = 0; i < lint->rule_count && !lint->failed; i++) {
		const struct lint_rule *rule = &lint->rules[i];

		if (!rule->rule->is_enabled || rule->never_matches)
			continue;
		search.rule = rule;
		search.found = NULL;
		search.tried = 0;
		solver_begin(lint->solver);
		try_node(&search, rule->node);
		try_bucket(&search, make_key(KEY_ANYTHING, 0, TEXT_EMPTY));
		if (search.found)
			report(lint, rule, search.found);
		else
			add_rule(&search, rule);
	}
	hash_table_free(search.buckets);
}
