/*
 * Which event codes a rule is evaluated for: the rule index (language reference 4.11), and the same over system calls
 * for the capture plan.
 */
#ifndef TERCEL_COMPILER_EMIT_EVENT_CODES_H
#define TERCEL_COMPILER_EMIT_EVENT_CODES_H

#include <stdbool.h>
#include <stdint.h>

#include "catalog/catalog.h"
#include "compiler/condition/syntax_tree.h"

#define EVENT_CODES_WORDS ((EVENT_ID_COUNT + 63) / 64)
#define EVENT_CODES_WARNING_THRESHOLD 100

struct event_codes {
	uint64_t words[EVENT_CODES_WORDS];
};

static inline bool event_codes_has(const struct event_codes *codes, unsigned event)
{
	return (codes->words[event / 64] >> (event % 64) & 1) != 0;
}

unsigned event_codes_count(const struct event_codes *codes);

/* The set of a condition without the asynchronous event that the index adds; its operators are resolved (check_types). */
void event_codes_of_condition(const struct condition *root, struct event_codes *ret_codes);

/* The rule index: the set above and the asynchronous event. */
void event_codes_of_rule(const struct rule *rule, struct event_codes *ret_codes);

/* Whether `evt.type = name` is a valid check: a name of the event table, a generic system call, or empty. */
bool event_type_is_known(struct text name);

#define SYSCALLS_MAX 512 /* rows of syscall_at() */

/*
 * System calls that the condition selects, as a byte (0 or 1) per row of syscall_at(): names to rows as above, everything
 * when nothing restricts them.
 */
void syscalls_of_condition(const struct condition *root, uint8_t ret_selected[SYSCALLS_MAX]);

/* Whether the check is one of evt.num that is decided because event numbers begin with 1, and how. */
bool condition_decides_event_number(const struct condition *check, bool *ret_holds);

#endif
