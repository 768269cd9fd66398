#include "compiler/load/select_rules.h"

#include <errno.h>
#include <stdlib.h>

bool rule_name_matches(struct text pattern, struct text name)
{
	size_t p = 0, n = 0, star = SIZE_MAX, retry = 0;

	/* On a mismatch only the last star needs to take more: what stands before it has matched already. */
	while (n < name.length) {
		if (p < pattern.length && pattern.bytes[p] == '*') {
			star = p++;
			retry = n;
		} else if (p < pattern.length && pattern.bytes[p] == name.bytes[n]) {
			p++;
			n++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			n = ++retry;
		} else {
			return false;
		}
	}
	while (p < pattern.length && pattern.bytes[p] == '*')
		p++;
	return p == pattern.length;
}

static bool selects(const struct rule_selector *selector, const struct rule *rule)
{
	if (!selector->is_tag)
		return rule_name_matches(selector->pattern, rule->name);
	for (uint32_t i = 0; i < rule->tag_count; i++)
		if (text_equal(rule->tags[i], selector->pattern))
			return true;
	return false;
}

struct ranked_rule {
	struct rule rule;
	uint32_t rank;
};

static int compare_ranks(const void *a, const void *b)
{
	const struct ranked_rule *left = a, *right = b;

	return left->rank < right->rank ? -1 : left->rank > right->rank;
}

int select_rules(struct arena *arena, const struct rule_selector *selectors, uint32_t selector_count,
		 struct rule *rules, uint32_t rule_count)
{
	struct ranked_rule *ranked;
	uint32_t next = rule_count;

	if (selector_count == 0 || rule_count == 0)
		return 0;
	ranked = arena_allocate_array(arena, rule_count, sizeof *ranked);
	if (!ranked)
		return -ENOMEM;
	for (uint32_t i = 0; i < rule_count; i++)
		ranked[i] = (struct ranked_rule){rules[i], i};
	for (uint32_t s = 0; s < selector_count; s++) {
		for (uint32_t i = 0; i < rule_count; i++) {
			struct rule *rule = &ranked[i].rule;

			if (!selects(&selectors[s], rule) || rule->is_enabled == selectors[s].enables)
				continue;
			rule->is_enabled = selectors[s].enables;
			if (rule->is_enabled)
				ranked[i].rank = next++;
		}
	}
	qsort(ranked, rule_count, sizeof *ranked, compare_ranks);
	for (uint32_t i = 0; i < rule_count; i++)
		rules[i] = ranked[i].rule;
	return 0;
}
