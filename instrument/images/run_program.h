/* Programs of the user's that hand out credentials: Docker's credential helpers, AWS's credential_process. */
#ifndef TERCEL_INSTRUMENT_IMAGES_RUN_PROGRAM_H
#define TERCEL_INSTRUMENT_IMAGES_RUN_PROGRAM_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/text.h"

/*
 * Runs the program (looked for in PATH) with `input` on its standard input, and appends what it writes to `output`,
 * whose limit holds. Its standard error is ours. False when it cannot be run, fails, writes too much, or has not
 * closed its output after a minute; then it is killed.
 */
bool run_program(char *const arguments[], struct text input, struct buffer *output);

#endif
