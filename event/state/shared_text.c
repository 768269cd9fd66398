#include "event/state/shared_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void shared_text_release(struct shared_text **slot)
{
	struct shared_text *shared = *slot;

	*slot = NULL;
	if (shared && --shared->references == 0)
		free(shared);
}

int shared_text_set(struct shared_text **slot, struct text t)
{
	struct shared_text *shared;

	if (text_equal(shared_text_get(*slot), t))
		return 0;
	if (t.length == 0) {
		shared_text_release(slot);
		return 0;
	}
	if (t.length >= UINT32_MAX)
		return -ENOMEM;
	shared = malloc(sizeof *shared + t.length + 1);
	if (!shared)
		return -ENOMEM;
	shared->references = 1;
	shared->length = (uint32_t)t.length;
	memcpy(shared->bytes, t.bytes, t.length);
	shared->bytes[t.length] = '\0';
	shared_text_release(slot);
	*slot = shared;
	return 0;
}

void shared_text_assign(struct shared_text **slot, struct shared_text *other)
{
	shared_text_share(other);
	shared_text_release(slot);
	*slot = other;
}

bool strings_next(struct text strings, size_t *position, struct text *ret_string)
{
	struct text rest;
	size_t length;

	if (*position >= strings.length)
		return false;
	rest = text_slice(strings, *position, SIZE_MAX);
	length = strnlen(rest.bytes, rest.length);
	*ret_string = text_of(rest.bytes, length);
	*position += length + 1;
	return true;
}
