/*
 * Verification at load: after it, the interpreter and the accessors check nothing. Every part below also decodes its rows
 * into the program. All of it takes time in proportion to the program's bytes.
 */
#ifndef TERCEL_VM_PROGRAM_VERIFY_H
#define TERCEL_VM_PROGRAM_VERIFY_H

#include <stdbool.h>

#include "vm/program_internal.h"

enum refusal_code {
#define REFUSAL(constant, name, meaning) REFUSAL_##constant,
#include "vm/refusals.def"
#undef REFUSAL
	REFUSAL_COUNT,
};

struct verifier {
	struct program *program;
	struct program_refusal *refusal;
	bool *block_is_live; /* per block: an enabled rule has code in it */
	uint32_t *marks;     /* scratch: as many as instructions, or as slots and predicates together, and one */
};

/* Fills the refusal; always false, so that checks can return it. */
bool refuse(struct verifier *verifier, enum refusal_code code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The header, the section table and the counts; fills the program's pointers into the sections. */
bool verify_layout(struct verifier *verifier);
struct schema_use;
/* Notes the catalogue rows that the program names; false when there is no such row here. */
bool verify_schema_use(struct verifier *verifier, struct schema_use *use);
/* The ids that the program uses exist, and their rows are those that it was made with. */
bool verify_schema(struct verifier *verifier);
bool verify_slots(struct verifier *verifier);
bool verify_operands(struct verifier *verifier);
bool verify_predicates(struct verifier *verifier);
bool verify_matchers(struct verifier *verifier);
bool verify_code(struct verifier *verifier);
bool verify_rules(struct verifier *verifier);
bool verify_output(struct verifier *verifier);
bool verify_capture(struct verifier *verifier);
bool verify_debug(struct verifier *verifier);

bool verify_constant(struct verifier *verifier, struct format_text t, uint32_t length_max, const char *what, uint32_t row);
/* A counted run. */
bool verify_counted(struct verifier *verifier, uint32_t offset, const char *what, uint32_t row);

/* ---- tables of operands and matchers: the bytes are all that the table may use ---- */

/* A table while it is read. `what` and `row` name it in messages: "operand 3", "matcher 0". */
struct table {
	struct verifier *verifier;
	const uint8_t *bytes;
	uint64_t length;
	const char *what;
	uint32_t row;
};

/*
 * Each gives the length of the table in bytes, and a figure for its cost: the longest bucket of a set, the numbers of a
 * number set, the most bits of a DFA's state, the comparisons per component of a trie, the networks.
 */
bool verify_bytes_set(const struct table *table, uint64_t *ret_length, uint32_t *ret_worst);
bool verify_number_set(const struct table *table, uint64_t *ret_length, uint32_t *ret_worst);
/* bit_limit 0: an operand's DFA or trie; else that of a matcher with so many predicates. */
bool verify_dfa(const struct table *table, uint32_t bit_limit, uint64_t *ret_length, uint32_t *ret_worst);
bool verify_trie(const struct table *table, uint32_t bit_limit, uint64_t *ret_length, uint32_t *ret_worst);
bool verify_networks(const struct table *table, uint64_t *ret_length, uint32_t *ret_worst);

#endif
