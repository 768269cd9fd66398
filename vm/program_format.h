/*
 * The bytes of a program, as structs that lie on them: little-endian, naturally aligned, without pointers, time or path.
 * docs/program-format.md says the same in words.
 *
 * A file is the header, then the sections in their order, each starting at a multiple of 8, zeros between them. Every
 * unused byte is zero and every table follows the one before it, so that the same program has only one form.
 */
#ifndef TERCEL_VM_PROGRAM_FORMAT_H
#define TERCEL_VM_PROGRAM_FORMAT_H

#include <stdint.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the structs below lie on little-endian bytes");

#define PROGRAM_MAGIC "TRCL"
#define PROGRAM_FORMAT_VERSION 1
#define PROGRAM_ALIGNMENT 8
#define PROGRAM_SCHEMA_ID_BYTES 32

/* ---- limits: what a verifier refuses and a writer does not write ---- */

#define PROGRAM_SLOTS_MAX 65535u
#define PROGRAM_PREDICATES_MAX (1u << 20)
#define PROGRAM_OPERANDS_MAX (1u << 20)
#define PROGRAM_MATCHERS_MAX 65535u
#define PROGRAM_MATCHER_WORDS_MAX 65536u
#define PROGRAM_NODES_MAX (1u << 20)
#define PROGRAM_RULES_MAX 65535u
#define PROGRAM_SLOT_DEPTH_MAX 512u	     /* transformers inside transformers: the interpreter's recursion */
#define PROGRAM_VALUE_BYTES_MAX (4u << 20)   /* greatest length of a transformer's result */
#define PROGRAM_SCRATCH_BYTES_MAX (64u << 20) /* all results of transformers together */
#define PROGRAM_MEMBER_BYTES_MAX 255u	     /* member of a set, component of a path, tag: these are compared at load */
#define PROGRAM_TAGS_MAX 65535u		     /* distinct ones */
#define PROGRAM_FIELD_NAME_BYTES_MAX 1024u   /* key of output_fields */
#define PROGRAM_DFA_STATES_MAX 65535u
#define PROGRAM_DFA_CLASSES_MAX 256u

/* ---- header ---- */

enum program_section {
	SECTION_BYTES,
	SECTION_SLOTS,
	SECTION_PREDICATES,
	SECTION_MATCHERS,
	SECTION_ENTRIES,
	SECTION_CODE,
	SECTION_RULES,
	SECTION_OUTPUT,
	SECTION_CAPTURE,
	SECTION_DEBUG, /* may be empty */
	SECTION_COUNT,
};

struct format_section {
	uint32_t offset; /* from the start of the file */
	uint32_t length;
};

struct format_header {
	uint8_t magic[4];
	uint16_t version;
	uint8_t rule_matching; /* enum rule_matching */
	uint8_t zero;
	uint32_t length; /* of the whole file */
	uint32_t zero2;
	uint8_t schema_id[PROGRAM_SCHEMA_ID_BYTES];
	struct format_section sections[SECTION_COUNT];
};

/* A run of bytes in BYTES. Where only an offset stands, the run is a counted one: its length is the byte before it. */
struct format_text {
	uint32_t offset;
	uint32_t length;
};

/* ---- SLOTS: header, slots, inputs (numbers of slots) ---- */

enum slot_kind {
	SLOT_FIELD,
	SLOT_CONSTANT,
	SLOT_LIST,
	SLOT_TRANSFORMER,
	SLOT_KIND_COUNT,
};

enum format_slot_flag {
	FORMAT_SLOT_IS_LIST = 1 << 0,
	FORMAT_SLOT_HAS_ARGUMENT = 1 << 1,	/* FIELD */
	FORMAT_SLOT_ARGUMENT_IS_NUMBER = 1 << 2, /* FIELD */
	FORMAT_SLOT_EACH = 1 << 3,		/* FIELD */
	FORMAT_SLOT_HAS_SELECTOR = 1 << 4,	/* TRANSFORMER getopt */
};

struct format_slots {
	uint32_t slot_count;
	uint32_t input_count;
};

struct format_slot {
	uint8_t kind; /* enum slot_kind */
	uint8_t type; /* enum value_type; of the elements, for lists */
	uint8_t flags; /* mask of enum format_slot_flag */
	uint8_t transformer; /* enum transformer_id */
	uint16_t field; /* enum field_id */
	uint16_t zero;
	struct format_text text; /* FIELD: argument; CONSTANT: the value; TRANSFORMER: selector */
	union {
		int64_t argument_number; /* FIELD */
		struct {
			uint32_t first_input; /* LIST, TRANSFORMER: in the inputs behind the slots */
			uint32_t input_count;
		};
	};
};

/* ---- PREDICATES: header, operands, predicates, tables of the operands ---- */

enum operand_kind {
	OPERAND_NONE,	    /* exists */
	OPERAND_NUMBER,	    /* every number kind and BOOL; doubles by their bits */
	OPERAND_BYTES,	    /* STRING, BYTES, one ADDRESS */
	OPERAND_NUMBER_SET, /* in, intersects */
	OPERAND_BYTES_SET,  /* in, intersects: byte strings, addresses */
	OPERAND_DFA,	    /* regex, glob, iglob, icontains, pmatch with wildcards: the whole value is run through it */
	OPERAND_TRIE,	    /* pmatch without wildcards: path prefixes by components */
	OPERAND_NETWORKS,   /* address inside one of them */
	OPERAND_SLOT,	    /* val(field) or a transformer on the right */
	OPERAND_LIST,	    /* modifiers: operands of one kind, tried each on its own */
	OPERAND_KIND_COUNT,
};

/* Over the elements of a list: how many must satisfy the operator. */
enum quantifier {
	QUANTIFIER_SCALAR, /* the slot is no list, or the operator is `exists` */
	QUANTIFIER_ANY,
	QUANTIFIER_ALL,		/* an empty list satisfies it */
	QUANTIFIER_ALL_OF_SOME, /* an empty list does not: `!=` on either end of a socket */
	QUANTIFIER_COUNT,
};

struct format_predicates {
	uint32_t operand_count;
	uint32_t predicate_count;
};

struct format_operand {
	uint8_t kind;	      /* enum operand_kind */
	uint8_t element_kind; /* LIST: of its operands (NONE when it is empty) */
	uint16_t zero;
	uint32_t length; /* BYTES and tables; NUMBER: the upper half */
	uint32_t value;	 /* BYTES: offset in BYTES; tables: offset behind the predicates; SLOT: its number; NUMBER: lower half */
};

enum format_predicate_how {
	FORMAT_PREDICATE_QUANTIFIER = 3 << 0, /* enum quantifier */
	FORMAT_PREDICATE_MODIFIER = 3 << 2,   /* enum operator_modifier */
	FORMAT_PREDICATE_COUNTED = 1 << 4,    /* the operand is a counted run in BYTES: most are, and need no row */
};

struct format_predicate {
	uint16_t slot;
	uint8_t operator; /* enum operator_id */
	uint8_t how;	  /* enum format_predicate_how */
	uint32_t operand; /* its number, or the offset of the run */
};

/*
 * A set of byte strings: header, members (u32 each: counted runs), bucket_count + 1 starts (u8 each with less than 256
 * members, u16 with less than 65536, else u32). Bucket b holds the members [start[b], start[b + 1]), ascending; a member
 * lies in bucket hash_bytes() & (bucket_count - 1).
 */
struct format_bytes_set {
	uint32_t member_count;
	uint32_t bucket_count; /* a power of two */
	uint64_t filter;       /* bit hash_bytes() >> 26 of every member: most values that are none are seen here */
};

/* A set of numbers: header, the numbers (u64), ascending. */
struct format_number_set {
	uint32_t member_count;
	uint32_t zero;
};

/*
 * A DFA over bytes: header, accept part, transitions. States from first_sink on stay where they are whatever comes and have
 * no transitions; the others have class_count each, u8 with up to 256 states, else u16 (padded to 8 bytes).
 *
 * Accept part of an operand: a bit per state (padded to 8 bytes). Of a matcher: state_count + 1 starts (u32) into the
 * numbers of the predicate bits (u32) that follow them.
 */
struct format_dfa {
	uint32_t state_count;
	uint32_t class_count;
	uint32_t start;
	uint32_t first_sink;
	uint8_t byte_class[256];
};

/*
 * Path prefixes: header, nodes, edges (u32 each: counted runs), predicate bits (u32). Edge e leads to node e + 1; the edges
 * of the nodes follow each other; within a node they ascend by label. A node with bits is the end of a prefix (an operand has bit 0 only).
 */
struct format_trie {
	uint32_t node_count;
	uint32_t bit_count;
};

struct format_trie_node {
	uint32_t first_edge, edge_count;
	uint32_t first_bit, bit_count;
};

/* Networks as ranges of addresses, ascending and apart: header, then u32 pairs (IPv4), then 16-byte pairs (IPv6). */
struct format_networks {
	uint32_t v4_count;
	uint32_t v6_count;
};

struct format_range_v4 {
	uint32_t low, high;
};

struct format_range_v6 {
	uint8_t low[16], high[16]; /* network order */
};

/* ---- MATCHERS: header, matchers, predicates (u32) in the order of their bits, tables ---- */

enum matcher_kind {
	MATCHER_BYTES,	 /* = != in on STRING, BYTES, ADDRESS */
	MATCHER_NUMBERS, /* = != in on numbers */
	MATCHER_DFA,
	MATCHER_TRIE,
	MATCHER_KIND_COUNT,
};

struct format_matchers {
	uint32_t matcher_count;
	uint32_t predicate_count;
};

/*
 * The words of a matcher: first its predicate bits, 32 in a word. While a level has more than one word, the next level has a
 * bit for each of them, set when it is not zero.
 */
static inline uint32_t format_matcher_words(uint32_t predicate_count)
{
	uint32_t count = predicate_count / 32 + (predicate_count % 32 != 0), words = count;

	for (; count > 1; words += count)
		count = (count + 31) / 32;
	return words;
}

struct format_matcher {
	uint32_t slot;
	uint8_t kind; /* enum matcher_kind */
	uint8_t zero[3];
	uint32_t first_word;	  /* follows the words of the matcher before */
	uint32_t first_predicate; /* bit i answers predicate first_predicate + i of the list behind the matchers */
	uint32_t predicate_count;
	uint32_t table_offset; /* behind that list */
	uint32_t table_length;
	uint32_t zero2;
};

/*
 * MATCHER_BYTES: default bits (u32 words, padded to 8 bytes), a format_bytes_set (padded to 4 bytes), member_count + 1
 * starts (u32) into the numbers of predicate bits (u32) that follow. The answer is the default with the bits of the value's member flipped.
 * MATCHER_NUMBERS: the same with a format_number_set.
 * MATCHER_DFA: number of DFAs (u32), zero (u32), the DFAs, each padded to 8 bytes.
 * MATCHER_TRIE: a format_trie.
 */
struct format_matcher_dfas {
	uint32_t dfa_count;
	uint32_t zero;
};

/* ---- ENTRIES: header, blocks, entries; CODE: instructions ---- */

struct format_entries {
	uint32_t block_count;
	uint32_t entry_count;
};

/* The blocks follow each other and cover CODE. */
struct format_block {
	uint32_t first_instruction;
	uint32_t instruction_count;
};

/* Ascending by event. */
struct format_entry {
	uint16_t event;
	uint16_t zero;
	uint32_t block;
};

enum opcode {
#define OPCODE(constant, name, target, operand, flags, meaning) OP_##constant,
#include "vm/opcodes.def"
#undef OPCODE
	OPCODE_COUNT,
};

enum instruction_flag {
	INSTRUCTION_WANTS_TRUE = 1 << 0,  /* TEST: it holds when the predicate is true */
	INSTRUCTION_WANTS_FALSE = 1 << 1, /* TEST: it holds when the predicate is false */
	INSTRUCTION_WANTS = INSTRUCTION_WANTS_TRUE | INSTRUCTION_WANTS_FALSE,
	INSTRUCTION_HOLDS = 1 << 2, /* SET_NODE: the expression holds */
};

struct format_instruction {
	uint8_t opcode;
	uint8_t flags;
	uint16_t target; /* instructions from the block's start; 0 behind a WIDE, which holds it */
	uint32_t operand;
};

/* ---- RULES: header, rules, distinct tags (format_text), numbers of tags (u16) of the rules one after the other ---- */

struct format_rules {
	uint32_t rule_count;
	uint32_t tag_count;
	uint32_t item_count;
	uint32_t zero;
};

struct format_rule {
	struct format_text name, source;
	uint32_t first_tag; /* in the numbers */
	uint16_t tag_count;
	uint8_t priority;
	uint8_t is_enabled;
};

/*
 * ---- OUTPUT: header, a row per rule, distinct pieces, distinct fields, numbers of pieces and fields ----
 *
 * The numbers of a rule: those of its pieces, then those of its fields; u16, or u32 when there are more than 65536 distinct
 * pieces or fields.
 */
struct format_output {
	uint32_t piece_count;
	uint32_t field_count;
	uint32_t item_count;
	uint32_t zero;
};

struct format_rule_output {
	uint32_t first_item;
	uint16_t piece_count;
	uint16_t field_count;
};

#define FORMAT_PIECE_IS_LITERAL (1u << 31)

struct format_output_piece {
	uint32_t offset_or_slot;  /* literal: offset in BYTES */
	uint32_t length_or_width; /* with FORMAT_PIECE_IS_LITERAL for a literal */
};

struct format_output_field {
	struct format_text name;
	uint32_t slot;
};

static inline uint32_t format_output_item_bytes(const struct format_output *output)
{
	return output->piece_count > 65536 || output->field_count > 65536 ? 4 : 2;
}

/* ---- CAPTURE: header, events, codes of system calls (u16), both ascending ---- */

struct format_capture {
	uint32_t event_count;
	uint32_t generic_count;
};

struct format_capture_event {
	uint16_t event;
	uint16_t flags; /* mask of enum capture_flag */
};

/* ---- DEBUG: empty, or header, a row per rule, the bytes of descriptions and file names ---- */

struct format_debug {
	uint32_t rule_count;
	uint32_t text_bytes;
};

struct format_debug_rule {
	struct format_text description, file; /* in the bytes behind the rows */
	uint32_t line;
};

_Static_assert(sizeof(struct format_header) == 128, "format");
_Static_assert(sizeof(struct format_slot) == 24, "format");
_Static_assert(sizeof(struct format_operand) == 12, "format");
_Static_assert(sizeof(struct format_predicate) == 8, "format");
_Static_assert(sizeof(struct format_dfa) == 272, "format");
_Static_assert(sizeof(struct format_matcher) == 32, "format");
_Static_assert(sizeof(struct format_instruction) == 8, "format");
_Static_assert(sizeof(struct format_rule) == 24, "format");
_Static_assert(sizeof(struct format_output_piece) == 8, "format");

#endif
