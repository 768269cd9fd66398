/*
 * Shell patterns that are known only at run time: `glob` with a value on the right-hand side. Patterns that are known
 * ahead become DFAs.
 */
#ifndef TERCEL_VM_MATCH_GLOB_H
#define TERCEL_VM_MATCH_GLOB_H

#include <stdbool.h>

#include "base/text.h"

/*
 * fnmatch(3) without flags, in the C locale, on bytes: * and ? match anything, '/' too; brackets with ranges and classes;
 * a backslash quotes; an unclosed bracket is itself. `any_case`: ASCII letters of both cases are equal.
 * Time: at most the product of both lengths.
 */
bool glob_match(struct text pattern, struct text value, bool any_case);

#endif
