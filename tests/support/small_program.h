/*
 * A program assembled by hand, without the compiler: for tests of what runs programs.
 *
 *  rule 0 "Close of three" (Warning, tags a, b): evt.type of close, fd.num = 3; output "close %fd.num by %5proc.name|"
 *  rule 1 "Any close" (Notice, disabled): output "any %evt.num %evt.deltatime %toupper(evt.type)"
 */
#ifndef TERCEL_TESTS_SUPPORT_SMALL_PROGRAM_H
#define TERCEL_TESTS_SUPPORT_SMALL_PROGRAM_H

#include "base/buffer.h"

#define SMALL_PROGRAM_RULES 2

/* Appends the program's bytes. */
void small_program_build(struct buffer *program);

#endif
