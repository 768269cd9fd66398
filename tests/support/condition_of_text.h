/* Conditions from their text, for tests of everything behind the parser. */
#ifndef TERCEL_TESTS_SUPPORT_CONDITION_OF_TEXT_H
#define TERCEL_TESTS_SUPPORT_CONDITION_OF_TEXT_H

#include "base/arena.h"
#include "compiler/diagnostics/finding.h"

/* NULL when the text does not parse. Everything lives in the arena. */
struct condition *condition_of_text(struct arena *arena, const char *text);

/* Collects findings. */
struct finding_list {
	struct finding_sink sink;
	struct finding findings[16]; /* the first ones */
	uint32_t count;
};

struct finding_list finding_list_new(void);

#endif
