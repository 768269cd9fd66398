#include "instrument/task/known_programs.h"

#include <stddef.h>

static const struct {
	const char *prefix, *vendor;
} vendor_wrappers[] = {
#define VENDOR_WRAPPER(prefix, vendor) {prefix, vendor},
#include "instrument/images/known_images.def"
};

static const char *const pid1_programs[] = {
#define PID1_PROGRAM(path) path,
#include "instrument/images/known_images.def"
};

const char *known_program_vendor(struct text program)
{
	for (size_t i = 0; i < sizeof vendor_wrappers / sizeof vendor_wrappers[0]; i++)
		if (text_starts_with(program, text_from_string(vendor_wrappers[i].prefix)))
			return vendor_wrappers[i].vendor;
	return NULL;
}

bool known_program_is_pid1(struct text program)
{
	for (size_t i = 0; i < sizeof pid1_programs / sizeof pid1_programs[0]; i++)
		if (text_is(program, pid1_programs[i]))
			return true;
	return false;
}
