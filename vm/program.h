/*
 * A loaded program: verified, read-only, shared by any number of interpreters. docs/program-format.md describes the bytes.
 *
 * Everything that the accessors hand out points into the program and lives as long as it.
 */
#ifndef TERCEL_VM_PROGRAM_H
#define TERCEL_VM_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/text.h"
#include "vm/value_source.h"

struct program;

#define PROGRAM_BYTES_MAX (64u << 20)

/* Why a program was refused: a code (a row of refusals.def) and a sentence with the place. */
struct program_refusal {
	int code; /* enum refusal_code */
	char message[200];
};

const char *program_refusal_name(int code); /* "bad jump" */
/* Whether the program is refused because it was made for another version of the catalogue. */
bool program_refusal_is_schema(int code);
/* Whether it was refused for what it needs of bytes or time, not for what it is: a compiler's user can change that. */
bool program_refusal_is_size(int code);

/*
 * Copies the bytes into private memory, makes it read-only, then verifies it. 0 and *ret_program, or -ENOMEM, or -EINVAL
 * with *ret_refusal filled.
 */
int program_load(const void *bytes, size_t length, struct program **ret_program, struct program_refusal *ret_refusal);
struct program *program_free(struct program *program);

enum rule_matching { RULE_MATCHING_FIRST, RULE_MATCHING_ALL, RULE_MATCHING_UNSET };

struct program_rule {
	struct text name, source;
	struct text description; /* kept with the debug rows; else empty */
	uint8_t priority; /* enum priority */
	bool is_enabled;
	uint32_t tag_count; /* program_rule_tag(): ascending by bytes */
};

/* A piece of an output template: a literal, or a slot with an optional width (0: none). */
struct program_output_piece {
	bool is_literal;
	struct text literal;
	uint32_t slot;
	uint32_t width_bytes;
};

/* A key of output_fields: its canonical text ("proc.aname[2]") and its slot. */
struct program_output_field {
	struct text name;
	uint32_t slot;
};

enum capture_flag {
	CAPTURE_FLAG_RESULT = 1 << 0, /* a rule can only be decided with the result */
};

size_t program_bytes(const struct program *program, const uint8_t **ret_bytes);
enum rule_matching program_rule_matching(const struct program *program);
uint32_t program_rule_count(const struct program *program);
struct program_rule program_rule(const struct program *program, uint32_t rule);
struct text program_rule_tag(const struct program *program, uint32_t rule, uint32_t tag);
uint32_t program_output_piece_count(const struct program *program, uint32_t rule);
struct program_output_piece program_output_piece(const struct program *program, uint32_t rule, uint32_t piece);
uint32_t program_output_field_count(const struct program *program, uint32_t rule);
struct program_output_field program_output_field(const struct program *program, uint32_t rule, uint32_t field);
uint32_t program_slot_count(const struct program *program);
/* False when the slot is not a plain field (a constant or a transformer). */
bool program_slot_request(const struct program *program, uint32_t slot, struct field_request *ret_request);
/* Whether any rule has code for the event; rules enabled or not. */
bool program_has_entry(const struct program *program, unsigned event);
/* The capture plan: whether the event type is to be trapped, and how (mask of enum capture_flag). */
bool program_captures(const struct program *program, unsigned event, uint32_t *ret_flags);
/* System calls without an event of their own that rules name (codes of syscalls.def). */
bool program_captures_generic(const struct program *program, unsigned syscall_code);
/* Upper bound of the cost of one run for the event, in the units of program_cost.h. */
uint64_t program_worst_case_cost(const struct program *program, unsigned event);
struct text program_schema_id(const struct program *program); /* 32 bytes */

/* The listing of everything in the program; stable text for golden tests. */
void program_disassemble(const struct program *program, struct buffer *listing);

#endif
