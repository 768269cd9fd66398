/* What the commands that take a bundle file have in common. Messages go to the log. */
#ifndef TERCEL_COMPILER_COMMANDS_BUNDLE_FILE_H
#define TERCEL_COMPILER_COMMANDS_BUNDLE_FILE_H

#include "base/buffer.h"
#include "proto/bundle_seal.h"
#include "vm/program.h"

/* EXIT_STATUS_OK, or EXIT_STATUS_IO after a message. "-" is standard input. */
int bundle_file_read(const char *path, struct buffer *ret_bytes);

/*
 * The verified program of a bundle, made for this version's catalogue. Refused with WRONG_SCHEMA, NOT_VERIFIABLE or
 * NO_MEMORY.
 */
enum bundle_refusal_code bundle_file_program(const struct bundle *bundle, struct program **ret_program,
					     struct bundle_refusal *ret_refusal);

/* Says why; EXIT_STATUS_FINDINGS. */
int bundle_file_refused(const char *path, const struct bundle_refusal *refusal);

#endif
