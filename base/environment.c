#include "base/environment.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

int environment_take(const char *name, struct buffer *value)
{
	size_t name_length = strlen(name);
	char **kept = environ;
	bool is_found = false;

	if (name_length == 0 || strchr(name, '='))
		return -EINVAL;
	for (char **entry = environ; entry && *entry; entry++) {
		if (strncmp(*entry, name, name_length) != 0 || (*entry)[name_length] != '=') {
			*kept++ = *entry;
			continue;
		}
		if (!is_found)
			buffer_append_string(value, *entry + name_length + 1);
		is_found = true;
		explicit_bzero(*entry, strlen(*entry));
	}
	if (!is_found)
		return -ENOENT;
	*kept = NULL;
	return value->failed ? -ENOMEM : 0;
}
