#include "instrument/image_lookup.h"

#include <string.h>

#include "base/file_io.h"
#include "instrument/image_files.h"
#include "instrument/node.h"
#include "instrument/registry.h"

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
			*ret_reason =
			    arena_format(lookup->arena, "%s: " TEXT_FORMAT, path, TEXT_ARGUMENTS(*ret_reason));
	}
	buffer_release(&buffer);
	return result;
}

static enum image_result result_of(struct image_lookup *lookup, bool good, struct text image, struct text *ret_reason)
{
	if (good)
		return IMAGE_FOUND;
	*ret_reason = arena_format(lookup->arena, "image " TEXT_FORMAT ": " TEXT_FORMAT, TEXT_ARGUMENTS(image),
				   TEXT_ARGUMENTS(*ret_reason));
	return IMAGE_FAILED;
}

/* Of the container, or of the image; NULL when there is none. */
static const struct node *find_configuration(const struct image_lookup *lookup, struct text name,
					     struct text other_name)
{
	const struct node *configurations = lookup->configurations;

	for (const struct node *member = configurations ? configurations->first : NULL; member; member = member->next)
		if (text_equal(member->key->text, name) ||
		    (other_name.length > 0 && text_equal(member->key->text, other_name)))
			return member;
	return NULL;
}

bool image_lookup_names(const struct image_lookup *lookup, struct text name)
{
	return find_value(&lookup->files, name, TEXT_EMPTY) || find_value(&lookup->layouts, name, TEXT_EMPTY) ||
	       find_value(&lookup->archives, name, TEXT_EMPTY) || find_configuration(lookup, name, TEXT_EMPTY);
}

enum image_result image_lookup(struct image_lookup *lookup, struct text container, struct text image,
			       struct text architecture, struct image_config *ret_config, struct text *ret_reason)
{
	const struct node *configuration = find_configuration(lookup, container, image);
	const char *file = find_value(&lookup->files, container, image);
	const char *layout = find_value(&lookup->layouts, container, image);
	const char *archive = find_value(&lookup->archives, container, image);
	bool good;

	*ret_reason = TEXT_EMPTY;
	if (configuration)
		return image_config_read(lookup->arena, configuration, ret_config, ret_reason) ? IMAGE_FOUND
											       : IMAGE_FAILED;
	if (file)
		return read_file(lookup, file, ret_config, ret_reason);
	if (layout) {
		good = image_from_layout(layout, image, architecture, lookup->arena, ret_config, ret_reason);
		return result_of(lookup, good, image, ret_reason);
	}
	if (archive) {
		good = image_from_archive(archive, image, lookup->arena, ret_config, ret_reason);
		return result_of(lookup, good, image, ret_reason);
	}
	if (image.length == 0) {
		*ret_reason = TEXT("its image is not known here; give --image-config");
		return IMAGE_UNKNOWN;
	}
	if (lookup->offline) {
		if (lookup->cache && image_from_cache(lookup, image, architecture, ret_config, ret_reason))
			return IMAGE_FOUND;
		*ret_reason = TEXT("nothing here says what its image runs; give --image-config");
		return IMAGE_UNKNOWN;
	}
	good = image_from_registry(lookup, image, architecture, ret_config, ret_reason);
	return result_of(lookup, good, image, ret_reason);
}
