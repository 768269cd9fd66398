/* From checked rules to the bytes of a program: the compiler's last pass. */
#ifndef TERCEL_COMPILER_EMIT_EMIT_PROGRAM_H
#define TERCEL_COMPILER_EMIT_EMIT_PROGRAM_H

#include "base/buffer.h"
#include "compiler/condition/syntax_tree.h"
#include "vm/program.h"

struct emit_options {
	enum rule_matching matching; /* that the program asks for; UNSET: it does not */
	bool keep_debug;	     /* descriptions of the rules, and where they stand in their files */
};

#define EMIT_OPTIONS_DEFAULT ((struct emit_options){.matching = RULE_MATCHING_UNSET, .keep_debug = true})

enum emit_status {
	EMIT_OK,
	EMIT_NO_MEMORY,
	EMIT_TOO_LARGE, /* over a limit of the program format or of what may run: the rules are the reason */
	EMIT_BUG,	/* the verifier refused what was made */
};

struct emit_result {
	enum emit_status status;
	char message[384];     /* TOO_LARGE, BUG: why */
	uint8_t schema_id[32]; /* OK: the catalogue rows that the program needs (vm/program.h) */
};

/*
 * Appends the program of the rules, which were all checked, in their order: the order in which they are tried. The rules
 * are in the program whether enabled or not; only enabled ones are captured for.
 */
struct emit_result emit_program(const struct rule *rules, uint32_t rule_count, const struct emit_options *options,
				struct buffer *program);

#endif
