/*
 * Warnings about a condition. Two groups, because Falco gives the first before it compiles the condition and the second
 * only when that succeeded (language reference 1.16, steps 7, 9 and 10). 0 or -ENOMEM.
 */
#ifndef TERCEL_COMPILER_CHECK_CHECK_WARNINGS_H
#define TERCEL_COMPILER_CHECK_CHECK_WARNINGS_H

#include "base/arena.h"
#include "compiler/diagnostics/finding.h"

/* Unsafe comparisons with <NA>, then each deprecated field once. The tree need not have been checked. */
int warn_before_check(struct arena *arena, const struct condition *root, struct finding_sink *sink);

/* Constants that look like fields or transformers, regular expressions that need none (section 4.12). */
int warn_after_check(struct arena *arena, const struct condition *root, struct finding_sink *sink);

/* Rules that are evaluated for more than 100 event codes; `root` was checked. The caller asks warns_about_event_types. */
void warn_event_types(const struct condition *root, struct span span, struct finding_sink *sink);

/* Deprecated fields that occur in an output's text, as substrings, in Falco's order (step 4). */
int warn_output(struct arena *arena, struct text output, struct span span, struct finding_sink *sink);

#endif
