#include "instrument/images/image_reference.h"

#include <string.h>

#include "instrument/images/image_resolve.h"

static bool consists_of(struct text text, const char *allowed)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.bytes[i] == '\0' || !strchr(allowed, text.bytes[i]))
			return false;
	return text.length > 0;
}

#define LOWER_AND_DIGITS "abcdefghijklmnopqrstuvwxyz0123456789"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

static bool is_local(struct text registry)
{
	struct text host = text_slice(registry, 0, text_find_byte(registry, ':'));

	return text_is(host, "localhost") || (text_starts_with(host, TEXT("127.")) && consists_of(host, "0123456789."));
}

bool image_reference_parse(struct arena *arena, struct text image, struct image_reference *ret_reference)
{
	struct image_reference reference = {.name = TEXT("latest")};
	size_t at = text_find_byte(image, '@'), slash, colon;
	struct text rest = text_slice(image, 0, at), first;

	slash = text_find_byte(rest, '/');
	first = slash == SIZE_MAX ? TEXT_EMPTY : text_slice(rest, 0, slash);
	/* A first part without a dot or colon is a user of Docker Hub. */
	if (text_find_byte(first, '.') != SIZE_MAX || text_find_byte(first, ':') != SIZE_MAX ||
	    text_is(first, "localhost")) {
		reference.registry = first;
		rest = text_slice(rest, slash + 1, SIZE_MAX);
	}
	colon = text_find_byte(rest, ':');
	if (colon != SIZE_MAX) {
		reference.name = text_slice(rest, colon + 1, SIZE_MAX);
		rest = text_slice(rest, 0, colon);
		if (!consists_of(reference.name, LOWER_AND_DIGITS UPPER "._-") || reference.name.length > 128)
			return false;
	}
	if (at != SIZE_MAX) {
		reference.name = text_slice(image, at + 1, SIZE_MAX);
		if (!is_digest(reference.name))
			return false;
	}
	reference.repository = rest;
	if (!consists_of(rest, LOWER_AND_DIGITS "._-/") || rest.bytes[0] == '/' ||
	    text_find(rest, TEXT("..")) != SIZE_MAX)
		return false;
	if (reference.registry.length == 0 || text_is(reference.registry, "docker.io")) {
		reference.registry = TEXT("registry-1.docker.io");
		if (text_find_byte(rest, '/') == SIZE_MAX)
			reference.repository = arena_format(arena, "library/" TEXT_FORMAT, TEXT_ARGUMENTS(rest));
	}
	if (!consists_of(reference.registry, LOWER_AND_DIGITS UPPER ".-:") || reference.registry.bytes[0] == '.' ||
	    !reference.repository.bytes)
		return false;
	reference.is_local = is_local(reference.registry);
	*ret_reference = reference;
	return true;
}
