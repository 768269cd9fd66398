/*
 * Mistakes made on purpose, to see that the tests find them. In a normal build SEEDED_BUG() is false and nothing is left of
 * it. The build option `seeded_bug` plants one row of seeded_bugs.def, or (`any`) leaves the choice to the test program.
 */
#ifndef TERCEL_BASE_SEEDED_BUG_H
#define TERCEL_BASE_SEEDED_BUG_H

#include <stdbool.h>

#ifdef TERCEL_SEEDED_BUG
enum seeded_bug {
	SEEDED_BUG_NONE,
#define SEEDED_BUG(constant, file, meaning) SEEDED_BUG_##constant,
#include "base/seeded_bugs.def"
#undef SEEDED_BUG
};

/* The bug that is there with `any`: NONE, until a test says otherwise. */
extern enum seeded_bug seeded_bug_planted;

/* Plants the bug of that name; false when there is none. */
bool seeded_bug_plant(const char *name);

#define SEEDED_BUG(constant) ((TERCEL_SEEDED_BUG) == SEEDED_BUG_##constant)
#else
#define SEEDED_BUG(constant) false
#endif

#endif
