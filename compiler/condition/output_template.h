/* Outputs of rules: literal text with %items (rule language reference §6.1). */
#ifndef TERCEL_COMPILER_CONDITION_OUTPUT_TEMPLATE_H
#define TERCEL_COMPILER_CONDITION_OUTPUT_TEMPLATE_H

#include "base/arena.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/load/mapped_text.h"
#include "compiler/condition/syntax_tree.h"

/* Falco has no limit; alerts have. */
#define OUTPUT_WIDTH_MAX 65535

/*
 * Where errors go: by their kind, so that the caller can forgive unknown fields. `hint` may be empty.
 */
struct output_error_sink {
	void (*report)(struct output_error_sink *sink, enum diagnostic_id id, struct span span, struct text message,
		       struct text hint);
};

/* 0; -EINVAL after at least one error, all of them reported; -ENOMEM. */
int output_template_parse(struct arena *arena, const struct mapped_text *text, struct output_error_sink *sink,
			  struct output_template **ret_template);

#endif
