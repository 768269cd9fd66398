/* UTF-8 by Unicode chapter 3, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef TERCEL_BASE_UTF8_H
#define TERCEL_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/*
 * `left` is at least 1. The length of the well-formed sequence at `bytes` (1-4), or minus the length of the maximal
 * ill-formed subsequence there: the longest prefix of some well-formed sequence, at least one byte (-1 to -3).
 */
int utf8_sequence(const uint8_t *bytes, size_t left);

bool utf8_is_valid(struct text t);

/* Valid and without control characters (U+0000-U+001F, U+007F): a name that may be printed in a line of text. */
bool utf8_is_printable(struct text t);

#endif
