#include "instrument/images/image_lookup.h"

#include <string.h>

#include "base/file_io.h"
#include "instrument/images/image_files.h"
#include "instrument/document/node.h"
#include "instrument/images/registry.h"

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

/* ---- layouts and archives ---- */

/* A layout or an archive. */
struct place {
	const char *path;
	bool is_archive;
};

/* An image of a place that is not for one container or image only: none may stand for two by mistake. */
struct image_claim {
	const char *path;
	struct text id;    /* of the image in that place */
	struct text taker; /* the image's name in the document, or if that is not known the container's */
	struct image_claim *next;
};

static enum image_result read_place(struct image_lookup *lookup, struct place place, struct text image,
				    struct text architecture, enum image_choice choice, struct image_config *ret_config,
				    struct image_entry *ret_entry, struct text *ret_reason)
{
	if (place.is_archive)
		return image_from_archive(place.path, image, choice, lookup->arena, ret_config, ret_entry, ret_reason);
	return image_from_layout(place.path, image, architecture, choice, lookup->arena, ret_config, ret_entry,
				 ret_reason);
}

/* From a place that is for this container or image: it must have it. */
static enum image_result read_named_place(struct image_lookup *lookup, struct place place, struct text image,
					  struct text architecture, struct image_config *ret_config,
					  struct text *ret_reason)
{
	enum image_result result = IMAGE_UNKNOWN;
	struct image_entry entry;

	for (enum image_choice choice = CHOOSE_BY_NAME; choice <= CHOOSE_ONLY && result == IMAGE_UNKNOWN; choice++)
		result = read_place(lookup, place, image, architecture, choice, ret_config, &entry, ret_reason);
	return result == IMAGE_FOUND ? IMAGE_FOUND : IMAGE_FAILED;
}

static bool claim(struct image_lookup *lookup, const char *path, struct text id, struct text taker,
		  struct text *ret_reason)
{
	struct image_claim *claim = lookup->claims;

	while (claim && !(strcmp(claim->path, path) == 0 && text_equal(claim->id, id)))
		claim = claim->next;
	if (claim && !text_equal(claim->taker, taker)) {
		*ret_reason =
		    arena_format(lookup->arena, "%s: its image may be meant for " TEXT_FORMAT " as well; say NAME=%s",
				 path, TEXT_ARGUMENTS(claim->taker), path);
		return false;
	}
	if (claim)
		return true;
	claim = arena_allocate(lookup->arena, sizeof *claim);
	if (!claim)
		return false;
	*claim = (struct image_claim){.path = path, .id = id, .taker = taker, .next = lookup->claims};
	lookup->claims = claim;
	return true;
}

/*
 * From the places that are for whatever image they have, chosen in one way: at most one may have it. IMAGE_UNKNOWN:
 * none has.
 */
static enum image_result read_unnamed_places(struct image_lookup *lookup, struct text image, struct text taker,
					     struct text architecture, enum image_choice choice,
					     struct image_config *ret_config, struct text *ret_reason)
{
	const struct option_list *const lists[] = {&lookup->layouts, &lookup->archives};
	struct place found = {0};
	struct image_entry found_entry = {0};
	struct image_config found_config = {0};

	for (unsigned is_archive = 0; is_archive < 2; is_archive++)
		for (size_t i = 0; i < lists[is_archive]->count; i++) {
			struct place place = {.path = lists[is_archive]->values[i], .is_archive = is_archive};
			struct image_config config;
			struct image_entry entry;
			enum image_result result;

			if (strchr(place.path, '='))
				continue;
			result = read_place(lookup, place, image, architecture, choice, &config, &entry, ret_reason);
			if (result == IMAGE_FAILED)
				return IMAGE_FAILED;
			if (result == IMAGE_UNKNOWN)
				continue;
			if (found.path) {
				*ret_reason = arena_format(lookup->arena, "both %s and %s may have it; say NAME=%s",
							   found.path, place.path, place.path);
				return IMAGE_FAILED;
			}
			found = place;
			found_entry = entry;
			found_config = config;
		}
	if (!found.path)
		return IMAGE_UNKNOWN;
	if (choice != CHOOSE_BY_NAME && !claim(lookup, found.path, found_entry.id, taker, ret_reason))
		return IMAGE_FAILED;
	if (choice == CHOOSE_ONLY && found_entry.name.length > 0)
		found_config.warning = arena_format(
		    lookup->arena, "%s has one image, which is taken for this one although its name is " TEXT_FORMAT,
		    found.path, TEXT_ARGUMENTS(found_entry.name));
	*ret_config = found_config;
	return IMAGE_FOUND;
}

static enum image_result search_unnamed_places(struct image_lookup *lookup, struct text container, struct text image,
					       struct text architecture, struct image_config *ret_config,
					       struct text *ret_reason)
{
	bool has_digest = text_find_byte(image, '@') != SIZE_MAX;
	struct text taker = image.length > 0 ? image : container;
	enum image_result result = IMAGE_UNKNOWN;

	/* A digest says that another image is not meant. */
	for (enum image_choice choice = CHOOSE_BY_NAME;
	     choice <= (has_digest ? CHOOSE_BY_NAME : CHOOSE_ONLY) && result == IMAGE_UNKNOWN; choice++)
		result = read_unnamed_places(lookup, image, taker, architecture, choice, ret_config, ret_reason);
	return result;
}

/* ---- all of it ---- */

/* The reason of a failure with the image's name before it. */
static enum image_result explain(struct image_lookup *lookup, enum image_result result, struct text image,
				 struct text *ret_reason)
{
	if (result == IMAGE_FAILED && image.length > 0)
		*ret_reason = arena_format(lookup->arena, "image " TEXT_FORMAT ": " TEXT_FORMAT, TEXT_ARGUMENTS(image),
					   TEXT_ARGUMENTS(*ret_reason));
	return result;
}

/* Of the container, or of the image; NULL when there is none. */
static const struct node *find_configuration(const struct image_lookup *lookup, struct text name,
					     struct text other_name)
{
	const struct node *found = node_member_named(lookup->configurations, name);

	return found || other_name.length == 0 ? found : node_member_named(lookup->configurations, other_name);
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
	enum image_result result;

	*ret_reason = TEXT_EMPTY;
	if (configuration)
		return image_config_read(lookup->arena, configuration, ret_config, ret_reason) ? IMAGE_FOUND
											       : IMAGE_FAILED;
	if (file)
		return read_file(lookup, file, ret_config, ret_reason);
	if (layout || archive)
		result =
		    read_named_place(lookup, (struct place){.path = layout ? layout : archive, .is_archive = !layout},
				     image, architecture, ret_config, ret_reason);
	else
		result = search_unnamed_places(lookup, container, image, architecture, ret_config, ret_reason);
	if (result != IMAGE_UNKNOWN)
		return explain(lookup, result, image, ret_reason);
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
	result = image_from_registry(lookup, image, architecture, ret_config, ret_reason) ? IMAGE_FOUND : IMAGE_FAILED;
	return explain(lookup, result, image, ret_reason);
}
