#include "instrument/image_lookup.h"

#include <string.h>

#include "base/file_io.h"

/* The value of the first KEY=VALUE whose key is one of the two names; NULL when there is none. */
static const char *find_value(const struct option_list *list, struct text name, struct text other_name)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *equals = strchr(list->values[i], '=');
		struct text key;

		if (!equals)
			continue;
		key = text_of(list->values[i], (size_t)(equals - list->values[i]));
		if (text_equal(key, name) || (other_name.length > 0 && text_equal(key, other_name)))
			return equals + 1;
	}
	return NULL;
}

static enum image_result read_file(struct image_lookup *lookup, const char *path, struct image_config *ret_config,
				   struct text *ret_reason)
{
	struct buffer buffer = BUFFER_INIT;
	int status = file_read(path, IMAGE_CONFIG_BYTES_MAX, &buffer);
	enum image_result result = IMAGE_FAILED;
	struct text json;

	if (status) {
		*ret_reason = arena_format(lookup->arena, "cannot read %s: %s", path, strerror(-status));
	} else {
		json = arena_copy_text(lookup->arena, buffer_text(&buffer));
		if (json.bytes && image_config_parse(lookup->arena, json, ret_config, ret_reason))
			result = IMAGE_FOUND;
		else
			*ret_reason = arena_format(lookup->arena, "%s: " TEXT_FORMAT, path, TEXT_ARGUMENTS(*ret_reason));
	}
	buffer_release(&buffer);
	return result;
}

enum image_result image_lookup(struct image_lookup *lookup, struct text container, struct text image,
			       struct text architecture, struct image_config *ret_config, struct text *ret_reason)
{
	const char *path = find_value(&lookup->files, container, image);

	(void)architecture;
	*ret_reason = TEXT_EMPTY;
	if (path)
		return read_file(lookup, path, ret_config, ret_reason);
	*ret_reason = TEXT("nothing says what its image runs; give --image-config");
	return IMAGE_UNKNOWN;
}
