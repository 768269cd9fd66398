/* From checked rules to the bytes of a program: the compiler's last pass. */
#ifndef TERCEL_COMPILER_EMIT_PROGRAM_H
#define TERCEL_COMPILER_EMIT_PROGRAM_H

#include "base/buffer.h"
#include "compiler/syntax_tree.h"
#include "vm/program.h"

struct emit_options {
	enum rule_matching matching; /* that the program asks for; UNSET: it does not */
	bool keep_debug;	     /* where rules stand in their files */
};

#define EMIT_OPTIONS_DEFAULT ((struct emit_options){.matching = RULE_MATCHING_UNSET, .keep_debug = true})

enum emit_status {
	EMIT_OK,
	EMIT_NO_MEMORY,
	EMIT_TOO_LARGE, /* over a limit of the program format: the user's rules are the reason; *ret_message says which */
	EMIT_BUG,	/* the verifier refused what was made; *ret_message says why */
};

/*
 * Appends the program of the rules, which were all checked, in their order: the order in which they are tried. The rules
 * are in the program whether enabled or not; only enabled ones are captured for. `ret_message` has room for 256 bytes.
 */
enum emit_status emit_program(const struct rule *rules, uint32_t rule_count, const struct emit_options *options,
			      struct buffer *program, char ret_message[256]);

#endif
