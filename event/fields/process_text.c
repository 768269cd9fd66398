#include "event/fields/process_text.h"

#include "event/state/shared_text.h"

void strings_join(struct buffer *out, struct text strings)
{
	struct text string;
	size_t position = 0;

	for (bool is_first = true; strings_next(strings, &position, &string); is_first = false) {
		if (!is_first)
			buffer_append_byte(out, ' ');
		buffer_append_text(out, string);
	}
}

struct text environment_value(struct text environment, struct text name)
{
	struct text variable;
	size_t position = 0;

	/* An empty value is passed over for a later one of the same name. */
	while (strings_next(environment, &position, &variable))
		if (variable.length > name.length + 1 && variable.bytes[name.length] == '=' &&
		    text_starts_with(variable, name))
			return text_trim(text_slice(variable, name.length + 1, SIZE_MAX), " ");
	return TEXT_EMPTY;
}
