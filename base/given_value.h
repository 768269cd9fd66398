/* A value that the command line points to: in a file, or in an environment variable. */
#ifndef TERCEL_BASE_GIVEN_VALUE_H
#define TERCEL_BASE_GIVEN_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

/* What the options say; nothing set: there is no value. The caller refuses both at once. */
struct given_value {
	const char *file;     /* "-" is standard input */
	const char *variable; /* taken out of the environment when it is read, see environment_take() */
};

bool given_value_is_there(const struct given_value *given);

/*
 * Appends the value, if there is one, without the white space around it, which files end with. 0 or a negative errno: -EFBIG
 * when it is longer than bytes_max, -ENODATA when nothing is left of it, -ENOENT when there is no such variable or file,
 * -EINVAL when no variable can have that name.
 */
int given_value_read(const struct given_value *given, size_t bytes_max, struct buffer *value);

/* For messages "%s '%s': %s": what kind of place it is, its name, what an error of given_value_read() means there. */
const char *given_value_kind(const struct given_value *given);
const char *given_value_name(const struct given_value *given);
const char *given_value_fault(const struct given_value *given, int error);

#endif
