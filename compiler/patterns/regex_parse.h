/*
 * Reads regular expressions in RE2's POSIX (egrep) syntax, UTF-8, where ^ and $ hold at lines (language reference 4.7).
 */
#ifndef TERCEL_COMPILER_PATTERNS_REGEX_PARSE_H
#define TERCEL_COMPILER_PATTERNS_REGEX_PARSE_H

#include "compiler/patterns/pattern.h"

/*
 * 0 and *ret_pattern (over code points), -ENOMEM, or -EINVAL and *ret_error: RE2's text without "invalid regex pattern: ",
 * such as "missing ): a(b".
 */
int regex_parse(struct arena *arena, struct text source, struct pattern **ret_pattern, struct text *ret_error);

#endif
