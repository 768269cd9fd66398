/*
 * Assembles a program: the compiler's back end, and the tests' assembler. Nothing is checked here that the verifier
 * checks; program_writer_finish() yields bytes that program_load() is then asked about.
 *
 * Every call that adds something returns its index. The first failure (memory, a number over its limit) sticks and is
 * reported by program_writer_finish().
 */
#ifndef TERCEL_VM_PROGRAM_WRITER_H
#define TERCEL_VM_PROGRAM_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "vm/interpret.h"
#include "vm/program.h"
#include "vm/program_format.h"

struct program_writer;

struct program_writer *program_writer_new(void);
struct program_writer *program_writer_free(struct program_writer *writer);
void program_writer_set_matching(struct program_writer *writer, enum rule_matching matching);

/* ---- SLOTS: equal slots get the same index, except those of stateful fields ---- */

uint32_t program_writer_field_slot(struct program_writer *writer, const struct field_request *request, enum value_type type,
				   bool is_list);
uint32_t program_writer_constant_slot(struct program_writer *writer, struct text constant); /* CHARBUF */
/* A transformer list "(a, b)": a LIST of CHARBUF. */
uint32_t program_writer_list_slot(struct program_writer *writer, const uint32_t *inputs, uint32_t input_count);
/* `selector`: getopt(...)[x]; empty for none. */
uint32_t program_writer_transformer_slot(struct program_writer *writer, enum transformer_id transformer,
					 const uint32_t *inputs, uint32_t input_count, struct text selector,
					 enum value_type type, bool is_list);

/* ---- PREDICATES ---- */

struct program_operand {
	uint8_t kind; /* enum operand_kind */
	bool is_counted; /* BYTES of up to 255 bytes: index is a place in BYTES rather than a row */
	uint32_t index;
};

struct program_network {
	uint8_t address[16];
	uint8_t address_bytes; /* 4 or 16 */
	uint8_t prefix_bits;
};

/* A complete DFA over bytes: next[state * class_count + byte_class[byte]]; accepting at the end of the value decides. */
struct program_dfa {
	uint32_t state_count, class_count, start;
	uint8_t byte_class[256];
	const uint16_t *next;
	const uint8_t *accepting; /* one byte, 0 or 1, per state */
};

struct program_operand program_writer_none_operand(void);
struct program_operand program_writer_number_operand(struct program_writer *writer, uint64_t number);
struct program_operand program_writer_bytes_operand(struct program_writer *writer, struct text bytes);
struct program_operand program_writer_number_set_operand(struct program_writer *writer, const uint64_t *numbers,
							 uint32_t count);
struct program_operand program_writer_bytes_set_operand(struct program_writer *writer, const struct text *members,
							uint32_t count);
struct program_operand program_writer_dfa_operand(struct program_writer *writer, const struct program_dfa *dfa);
/* Paths are split at '/', empty components dropped; a path without components matches everything. */
struct program_operand program_writer_trie_operand(struct program_writer *writer, const struct text *paths, uint32_t count);
struct program_operand program_writer_networks_operand(struct program_writer *writer,
						       const struct program_network *networks, uint32_t count);
struct program_operand program_writer_slot_operand(struct program_writer *writer, uint32_t slot);
struct program_operand program_writer_list_operand(struct program_writer *writer, const struct program_operand *operands,
						   uint32_t count);

/* Equal predicates get the same index. */
uint32_t program_writer_predicate(struct program_writer *writer, uint32_t slot, enum operator_id operator,
				  enum quantifier quantifier, enum operator_modifier modifier,
				  struct program_operand operand);

/* ---- MATCHERS: one pass over a slot's value answers several predicates on it ---- */

/* Whether one matcher can answer all of these predicates: one slot, no modifier, one kind of table. */
bool program_writer_can_match(const struct program_writer *writer, const uint32_t *predicates, uint32_t count);
/* The table is built from the predicates: equalities and sets, DFAs, path tries. A predicate has at most one matcher. */
uint32_t program_writer_matcher(struct program_writer *writer, uint32_t slot, const uint32_t *predicates, uint32_t count);

/* ---- RULES, OUTPUT, CAPTURE, DEBUG ---- */

struct program_rule_description {
	struct text name, description, source;
	enum priority priority;
	bool is_enabled;
	const struct text *tags; /* ascending by bytes, distinct */
	uint32_t tag_count;
	const struct program_output_piece *pieces;
	uint32_t piece_count;
	const struct program_output_field *fields; /* ascending by name, distinct */
	uint32_t field_count;
	struct text file; /* DEBUG; empty for none */
	uint32_t line;
};

uint32_t program_writer_rule(struct program_writer *writer, const struct program_rule_description *rule);
void program_writer_capture(struct program_writer *writer, unsigned event, uint32_t flags);
void program_writer_capture_generic(struct program_writer *writer, unsigned syscall_code);
void program_writer_keep_debug(struct program_writer *writer, bool keep);

/* ---- CODE ---- */

/* Starts a block of code; the events that enter there are added by program_writer_entry(). Blocks do not nest. */
uint32_t program_writer_begin_block(struct program_writer *writer);
void program_writer_entry(struct program_writer *writer, uint32_t block, unsigned event);
/* A place inside the current block; jumps go forward only. */
uint32_t program_writer_new_label(struct program_writer *writer);
void program_writer_place_label(struct program_writer *writer, uint32_t label);
/* Begins a rule: continues at `otherwise` when the rule is disabled. Certainty starts anew. */
void program_writer_begin_rule(struct program_writer *writer, uint32_t rule, uint32_t otherwise);
/*
 * The test holds when the predicate's answer equals `polarity`, or is unknown. Jumps to `target` when whether it holds
 * equals `jump_when`, else continues.
 */
void program_writer_test(struct program_writer *writer, uint32_t predicate, bool polarity, bool jump_when, uint32_t target);
void program_writer_jump(struct program_writer *writer, uint32_t target);
void program_writer_run_matcher(struct program_writer *writer, uint32_t matcher);
/* Jumps to `target` unless one of the predicates (answered by matchers that ran before) is true or unknown. */
void program_writer_guard(struct program_writer *writer, const uint32_t *predicates, uint32_t count, uint32_t target);
/* Shared nodes hold what was found for a sub-expression and polarity: false, true, or may-be. */
void program_writer_set_node(struct program_writer *writer, uint32_t node, bool holds);
void program_writer_test_node(struct program_writer *writer, uint32_t node, bool jump_when, uint32_t target);
/* Jumps to `target` when the node has been set in this run, whatever it holds. */
void program_writer_jump_if_set(struct program_writer *writer, uint32_t node, uint32_t target);
/* The rule matches: certain or not, by what was tested since its begin_rule. Continues. */
void program_writer_match(struct program_writer *writer, uint32_t rule);
void program_writer_end_block(struct program_writer *writer);

/*
 * Appends the program; 0, -ENOMEM, -E2BIG when something is over a limit of the format, or -EINVAL when the code is not
 * whole: a label without a place, a guard on a predicate that no matcher answers.
 */
int program_writer_finish(struct program_writer *writer, struct buffer *program);

#endif
