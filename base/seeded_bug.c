#include "base/seeded_bug.h"

#include <string.h>

enum seeded_bug seeded_bug_planted;

bool seeded_bug_plant(const char *name)
{
#undef SEEDED_BUG
	static const char *const names[] = {
		"NONE",
#define SEEDED_BUG(constant, file, meaning) #constant,
#include "base/seeded_bugs.def"
#undef SEEDED_BUG
	};

	for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(name, names[i]) == 0) {
			seeded_bug_planted = (enum seeded_bug)i;
			return true;
		}
	return false;
}
