/*
 * A loaded program inside vm/: the verified bytes, and rows decoded from them for the interpreter. Both lie in private
 * memory that is read-only once program_load() has returned.
 */
#ifndef TERCEL_VM_PROGRAM_INTERNAL_H
#define TERCEL_VM_PROGRAM_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "vm/program.h"
#include "vm/program_format.h"

/* Whether values of the kind are runs of bytes; the others are numbers. */
static inline bool kind_has_bytes(unsigned kind)
{
	return (1u << kind & (1u << KIND_STRING | 1u << KIND_BYTES | 1u << KIND_ADDRESS | 1u << KIND_NETWORK)) != 0;
}

/* What an instruction's target and operand are: columns of opcodes.def. */
enum target_kind { TARGET_NONE, TARGET_JUMP, TARGET_WORD };
enum operand_meaning {
	MEANING_NONE,
	MEANING_RULE,
	MEANING_PREDICATE,
	MEANING_MATCHER,
	MEANING_NODE,
	MEANING_MASKS,
	MEANING_BITS,
	MEANING_PLACE,
};

struct opcode_info {
	const char *name;
	uint8_t target, operand; /* enum target_kind, enum operand_meaning */
	uint8_t flags;		 /* mask of enum instruction_flag that it may have */
};

extern const struct opcode_info opcode_infos[OPCODE_COUNT];

enum comparison {
#define COMPARISON(constant, operator, kinds, operand, function, cost) COMPARISON_##constant,
#include "vm/comparisons.def"
#undef COMPARISON
	COMPARISON_COUNT,
	COMPARISON_GENERAL = 254, /* lists, modifiers, right-hand slots, values whose type is known at run time only */
	COMPARISON_NONE = 255,
};

/* Indexed by operator, kind of value, kind of operand; COMPARISON_NONE where nothing is defined. */
struct comparison_table {
	uint8_t rows[OPERATOR_COUNT][KIND_OPAQUE + 1][OPERAND_KIND_COUNT];
};

void comparison_table_fill(struct comparison_table *table);
const char *comparison_name(unsigned comparison); /* "EQUAL_NUMBER" */

/* An operand of one value. */
struct operand {
	uint8_t kind; /* enum operand_kind */
	uint8_t element_kind; /* LIST */
	uint32_t length; /* BYTES: bytes; LIST: operands; tables: what verify_tables.c found for their cost */
	union {
		uint64_t number;
		const uint8_t *bytes;
		const struct format_bytes_set *bytes_set;
		const struct format_number_set *number_set;
		const struct format_dfa *dfa;
		const struct format_trie *trie;
		const struct format_networks *networks;
		const uint32_t *list; /* numbers of operands */
		uint32_t slot;
	};
};

#define NO_MATCHER_WORD UINT32_MAX

struct predicate {
	struct operand operand;
	uint64_t filter; /* of a BYTES_SET */
	uint32_t slot;
	uint32_t matcher_word; /* where a matcher leaves its answer; NO_MATCHER_WORD: none does */
	uint8_t comparison;    /* enum comparison; GENERAL: see the members below */
	uint8_t operator;      /* enum operator_id */
	uint8_t quantifier;    /* enum quantifier */
	uint8_t modifier;      /* enum operator_modifier */
	uint8_t matcher_bit;
	bool is_quick; /* compared at once when the value is present, whether or not a matcher could tell */
};

struct slot {
	struct field_request request; /* FIELD */
	struct text text;	      /* CONSTANT, selector */
	const uint32_t *inputs;
	uint32_t input_count;
	uint8_t kind; /* enum slot_kind */
	uint8_t type; /* enum value_type */
	uint8_t value_kind; /* enum value_kind */
	uint8_t transformer;
	bool is_list;
	bool is_dynamic;       /* the value's own type counts: evt.rawarg */
	uint32_t bytes_max;    /* greatest length of the value, or of an element */
	uint32_t elements_max; /* of a list, else 1 */
	uint64_t cost;	       /* of getting the value once, with that of its inputs */
	uint32_t scratch_offset, scratch_bytes; /* LIST, TRANSFORMER: where the result is put together */
};

struct matcher {
	uint32_t slot;
	uint32_t first_word;
	uint32_t bit_word_count; /* words of predicate bits; the words that sum them up follow */
	uint32_t predicate_count;
	uint8_t kind; /* enum matcher_kind */
	uint32_t worst;	   /* for the cost of its table: see verify_tables.c; DFA: their number */
	uint32_t bits_max; /* bits that one value can set through the table */
	const void *table;
	/* MATCHER_BYTES, MATCHER_NUMBERS: parts of the table. */
	const void *set;
	const uint32_t *member_starts, *member_bits;
};

#define NO_BLOCK UINT32_MAX

struct program {
	const uint8_t *bytes;
	size_t length;
	void *decoded; /* the arrays below */
	size_t decoded_bytes;

	/* Sections, as they lie in `bytes`. */
	const struct format_header *header;
	const uint8_t *constants; /* BYTES */
	uint32_t constants_bytes;
	const struct format_slots *slots_header;
	const struct format_slot *slot_rows;
	const uint32_t *slot_inputs;
	const struct format_predicates *predicates_header;
	const struct format_operand *operand_rows;
	const struct format_predicate *predicate_rows;
	const uint8_t *operand_tables;
	uint32_t operand_tables_bytes;
	const struct format_matchers *matchers_header;
	const struct format_matcher *matcher_rows;
	const uint32_t *matcher_predicates;
	const uint8_t *matcher_tables;
	uint32_t matcher_tables_bytes;
	const struct format_entries *entries_header;
	const struct format_block *blocks;
	const struct format_entry *entries;
	const struct format_instruction *code;
	uint32_t instruction_count;
	const struct format_rules *rules_header;
	const struct format_rule *rules;
	const struct format_text *tags;
	const uint16_t *tag_items;
	const struct format_output *output_header;
	const struct format_rule_output *rule_outputs;
	const struct format_output_piece *pieces;
	const struct format_output_field *fields;
	const uint8_t *output_items;
	const struct format_capture *capture_header;
	const struct format_capture_event *capture_events;
	const uint16_t *capture_generics;
	const struct format_debug *debug_header; /* NULL: there is none */
	const struct format_debug_rule *debug_rules;
	const uint8_t *debug_texts;

	/* Decoded. */
	struct slot *slots;
	struct operand *operands;
	struct predicate *predicates;
	struct matcher *matchers;
	uint32_t *word_defaults; /* per matcher word: its bits when nothing was hit */
	uint32_t *word_matchers; /* per matcher word: whose it is */
	uint64_t *block_costs;
	struct comparison_table comparisons;
	uint32_t event_block[EVENT_ID_COUNT]; /* NO_BLOCK: no code */

	/* What the verifier found out: sizes of an interpreter's memory. */
	uint32_t node_count;
	uint32_t matcher_word_count;
	uint32_t matches_max; /* in one run */
	uint32_t scratch_bytes;
};

/* The number of a piece or field. */
static inline uint32_t program_output_item(const struct program *program, uint32_t item)
{
	if (format_output_item_bytes(program->output_header) == 2)
		return load_u16(program->output_items + 2 * (size_t)item);
	return load_u32(program->output_items + 4 * (size_t)item);
}

static inline struct text program_counted(const struct program *program, uint32_t offset)
{
	return text_of((const char *)program->constants + offset, program->constants[offset - 1]);
}

static inline struct text program_constant(const struct program *program, struct format_text t)
{
	return text_of((const char *)program->constants + t.offset, t.length);
}

#endif
