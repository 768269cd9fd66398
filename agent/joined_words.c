#include "agent/joined_words.h"

#include <stdlib.h>
#include <string.h>

static size_t count_words(const char *separator, const char *text)
{
	size_t count = *text != '\0';

	for (const char *at = strstr(text, separator); at; at = strstr(at + strlen(separator), separator))
		count++;
	return count;
}

char **joined_words_prepend(const char *separator, const char *text, char *const *command, size_t command_count)
{
	size_t word_count = count_words(separator, text), vector_bytes, text_bytes = strlen(text) + 1;
	char **vector, *copy;

	/* No sum here overflows: the kernel bounds a command line, of which all of this is a part. */
	vector_bytes = (word_count + command_count + 1) * sizeof *vector;
	vector = malloc(vector_bytes + text_bytes);
	if (!vector)
		return NULL;
	copy = memcpy((char *)vector + vector_bytes, text, text_bytes);
	for (size_t i = 0; i < word_count; i++) {
		char *end = strstr(copy, separator);

		vector[i] = copy;
		if (end) {
			*end = '\0';
			copy = end + strlen(separator);
		}
	}
	for (size_t i = 0; i < command_count; i++)
		vector[word_count + i] = command[i];
	vector[word_count + command_count] = NULL;
	return vector;
}
