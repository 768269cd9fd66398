/*
 * Patterns by their automata. The size is what a pattern costs in the bundle and in the caches of the processor that
 * runs it. A pattern that no first byte can rule out is read to the end of every value; others leave most values after
 * a byte or two.
 */
#include "compiler/lints/lint_internal.h"

#include "compiler/check/check_constants.h"

/* Table bytes above which a pattern counts as costly: what a first-level cache holds. */
#define COSTLY_BYTES 32768u

static size_t table_bytes(const struct program_dfa *dfa)
{
	return (size_t)dfa->state_count * dfa->class_count * (dfa->state_count <= 256 ? 1 : 2);
}

/* A state that is left by no byte and does not accept. */
static bool is_dead(const struct program_dfa *dfa, uint32_t state)
{
	for (uint32_t class = 0; class < dfa->class_count; class ++)
		if (dfa->next[(size_t)state * dfa->class_count + class] != state)
			return false;
	return !dfa->accepting[state];
}

/* No printable first byte decides that a value does not match. */
static bool is_open(const struct program_dfa *dfa)
{
	for (unsigned byte = ' '; byte <= '~'; byte++)
		if (is_dead(dfa, dfa->next[(size_t)dfa->start * dfa->class_count + dfa->byte_class[byte]]))
			return false;
	return true;
}

static void judge(struct lint *lint, const struct condition *check, void *context)
{
	bool is_pattern = check->operator== OPERATOR_REGEX || check->operator== OPERATOR_GLOB ||
			  check->
			  operator== OPERATOR_IGLOB || check->
			  operator== OPERATOR_PMATCH;

	(void)context;
	for (uint32_t i = 0; is_pattern && i < check->constant_count; i++) {
		const struct program_dfa *dfa = check->typed[i].dfa;
		struct condition at = *check;
		struct text shown;
		struct diagnostic *diagnostic;
		bool is_costly, is_unanchored;

		if (!dfa)
			continue;
		is_costly = lint_is_on(lint, DIAGNOSTIC_COSTLY_PATTERN) && table_bytes(dfa) > COSTLY_BYTES;
		is_unanchored = lint_is_on(lint, DIAGNOSTIC_UNANCHORED_PATTERN) && is_open(dfa);
		if (!is_costly && !is_unanchored)
			continue;
		at.span = constant_span(check, &check->constants[i]);
		shown = lint_text(lint, at.span);
		if (is_costly) {
			diagnostic = lint_report(lint, DIAGNOSTIC_COSTLY_PATTERN, &at,
						 "the automaton of '" TEXT_FORMAT "' has %u states and takes %zu KiB",
						 TEXT_ARGUMENTS(shown), dfa->state_count, table_bytes(dfa) >> 10);
			diagnostic_set_hint(
			    lint->diagnostics, diagnostic,
			    "large counts behind an open beginning cost most: anchor the pattern, or split it");
		}
		if (is_unanchored) {
			diagnostic =
			    lint_report(lint, DIAGNOSTIC_UNANCHORED_PATTERN, &at,
					"'" TEXT_FORMAT "' may begin with anything: every value is read to its end",
					TEXT_ARGUMENTS(shown));
			diagnostic_set_hint(lint->diagnostics, diagnostic,
					    "begin with what values begin with, or use contains or endswith");
		}
	}
}

void lint_patterns(struct lint *lint, const struct lint_rule *rule)
{
	lint_each_check(lint, rule->rule->condition, NULL, judge);
}
