/* The state of a program_writer, for its parts: rows (program_writer.c), code, tables, matchers (writer_*.c). */
#ifndef TERCEL_VM_PROGRAM_WRITER_INTERNAL_H
#define TERCEL_VM_PROGRAM_WRITER_INTERNAL_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/hash_table.h"
#include "vm/program_schema.h"
#include "vm/program_writer.h"

/* How many rows of the type a buffer holds. */
#define ROWS(buffer, type) ((uint32_t)((buffer)->length / sizeof(type)))

/* Rows that are written once however often they are asked for: the bytes of the row, and its number. */
struct row_index {
	struct hash_table *numbers;
};

struct writer_label {
	uint32_t position; /* in the block's instructions */
	bool is_placed;
};

/* An instruction before labels are resolved. */
struct writer_instruction {
	struct format_instruction instruction;
	bool has_label, is_wide;
	uint32_t label;
};

struct program_writer {
	int error; /* 0, -ENOMEM or -E2BIG: the first failure */
	enum rule_matching matching;
	bool keep_debug;
	struct arena *arena; /* keys of the indexes */
	struct buffer scratch;

	struct buffer constants;
	struct row_index constant_index, counted_index;
	struct buffer slots, inputs;
	struct row_index slot_index;
	struct buffer operands, operand_tables, predicates;
	struct row_index operand_index, predicate_index;
	struct buffer matchers, matcher_predicates, matcher_tables;
	uint32_t matcher_word_count;
	struct buffer matcher_bits; /* u32 per predicate: number of its bit over all matchers, plus one; 0: none */
	struct buffer blocks, entries, code;
	struct buffer rules, tags, tag_items;
	struct row_index tag_index;
	struct buffer rule_outputs, pieces, fields, output_items; /* u32 per item */
	struct row_index piece_index, field_index;
	struct buffer debug_rules, debug_texts;
	bool captures[EVENT_ID_COUNT];
	uint16_t capture_flags[EVENT_ID_COUNT];
	bool captures_generic[SCHEMA_SYSCALL_CODES];

	struct buffer block_instructions; /* struct writer_instruction */
	struct buffer labels;		  /* struct writer_label */
	uint32_t first_label;		  /* of the block */
};

/* Notes the first failure. */
void writer_fail(struct program_writer *writer, int error);

/* Appends to one of the writer's buffers. Rows may be read back only as long as nothing has failed. */
void writer_append(struct program_writer *writer, struct buffer *rows, const void *bytes, size_t length);

/* The place of the bytes in BYTES; equal runs are kept once. */
struct format_text writer_constant(struct program_writer *writer, struct text t);

/* The offset of a counted run; equal ones are kept once. */
uint32_t writer_counted(struct program_writer *writer, struct text t);

/* Number of the operand: an equal one that is there, or a new one. `row.value` is filled for tables. */
uint32_t writer_operand(struct program_writer *writer, struct format_operand row, struct text table);

/*
 * Appends a table: a set of byte strings or numbers, DFA, trie or networks. The members are sorted and made distinct;
 * `ret_order`, where given, receives for each member of the table the number of the first equal one in the input.
 */
void writer_append_bytes_set(struct program_writer *writer, const struct text *members, uint32_t count,
			     struct buffer *table, uint32_t *ret_order, uint32_t *ret_count);
void writer_append_number_set(struct program_writer *writer, const uint64_t *numbers, uint32_t count,
			      struct buffer *table, uint32_t *ret_count);

/* A path and the predicate bit that it answers. */
struct writer_path {
	struct text path;
	uint32_t bit;
};

/* `is_operand`: one bit only, so that paths which extend another one are dropped. */
void writer_append_trie(struct program_writer *writer, const struct writer_path *paths, uint32_t count, bool is_operand,
			struct buffer *table);

/*
 * A DFA whose sinks come last. accept_starts: NULL for an operand, which has dfa->accepting; else state_count + 1 starts
 * into accept_bits.
 */
void writer_append_dfa(struct program_writer *writer, const struct program_dfa *dfa, const uint32_t *accept_starts,
		       const uint32_t *accept_bits, struct buffer *table);

#endif
