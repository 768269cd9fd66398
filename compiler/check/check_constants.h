/*
 * Constants of conditions: from their text to the value that the program holds, by the type of the field they are compared
 * with (language reference, section 5).
 */
#ifndef TERCEL_COMPILER_CHECK_CHECK_CONSTANTS_H
#define TERCEL_COMPILER_CHECK_CHECK_CONSTANTS_H

#include "base/arena.h"
#include "base/hash_table.h"
#include "catalog/catalog.h"
#include "compiler/condition/syntax_tree.h"
#include "vm/program_writer.h"

#define CONSTANT_BYTES_MAX 255

/* Which member is set follows from the type and the operator. */
struct typed_constant {
	uint64_t number; /* number kinds (signed ones sign-extended), BOOL; doubles by their bits */
	struct text bytes; /* STRING, BYTES; ADDRESS: 4 or 16 bytes */
	struct program_network network;
	/* regex, glob, iglob: the automaton. pmatch: of this path alone, when it has wildcards; else NULL. */
	const struct program_dfa *dfa;
};

/* 0 and *ret_typed; -ENOMEM; -EINVAL and *ret_message, which is Falco's text. */
int check_constant(struct arena *arena, struct text value, enum value_type type, enum operator_id operator,
		   struct typed_constant *ret_typed, struct text *ret_message);

/*
 * Constants that were found good, for all checks that compare with the same ones: a list stands in many rules, and some of
 * its patterns are automata. Keys are type, operator and values.
 */
struct constant_pool {
	struct arena *arena;
	struct hash_table *table; /* to arrays of struct typed_constant */
};

/* Both of a check whose operator and left side are typed; 0 or -ENOMEM. *ret_typed is NULL when they are not there. */
int constant_pool_find(const struct constant_pool *pool, const struct condition *check,
		       const struct typed_constant **ret_typed);
int constant_pool_add(const struct constant_pool *pool, const struct condition *check, const struct typed_constant *typed);

/*
 * The whole text as a decimal number as sscanf("%lld") and ("%llu") read it: blanks before it, a sign, digits; saturating.
 * Unsigned numbers with a minus sign wrap. False when it is none.
 */
bool text_to_signed(struct text t, int64_t *ret_number);
bool text_to_unsigned(struct text t, uint64_t *ret_number);

#endif
