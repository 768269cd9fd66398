#include "instrument/images/image_files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file_io.h"
#include "instrument/images/image_reference.h"
#include "instrument/images/image_resolve.h"
#include "instrument/document/json_scan.h"
#include "instrument/document/node.h"

static bool read_whole(const char *path, struct arena *arena, struct text *ret_bytes, struct text *ret_reason)
{
	struct buffer buffer = BUFFER_INIT;
	int status = file_read(path, IMAGE_CONFIG_BYTES_MAX, &buffer);
	struct text bytes = {0};

	if (!status)
		bytes = arena_copy_text(arena, buffer_text(&buffer));
	buffer_release(&buffer);
	if (!bytes.bytes) {
		*ret_reason = arena_format(arena, "cannot read %s: %s", path, strerror(status ? -status : ENOMEM));
		return false;
	}
	*ret_bytes = bytes;
	return true;
}

/* "app" of "team/app". */
static struct text last_part(struct text repository)
{
	size_t slash = text_find_last_byte(repository, '/');

	return slash == SIZE_MAX ? repository : text_slice(repository, slash + 1, SIZE_MAX);
}

/* Whether a name in a layout or archive is the image's: whole names are compared by what they stand for. */
static bool is_named(struct arena *arena, struct text name, struct text image, enum image_choice choice)
{
	bool is_tag = text_find_byte(name, ':') == SIZE_MAX && text_find_byte(name, '/') == SIZE_MAX;
	struct image_reference left, right;

	if (name.length == 0 || !image_reference_parse(arena, image, &right))
		return false;
	if (is_tag)
		return choice == CHOOSE_BY_SHORT_NAME && text_equal(name, right.name);
	if (!image_reference_parse(arena, name, &left) || !text_equal(left.name, right.name))
		return false;
	if (choice == CHOOSE_BY_SHORT_NAME)
		return text_equal(last_part(left.repository), last_part(right.repository));
	return text_equal(left.registry, right.registry) && text_equal(left.repository, right.repository);
}

/* ---- OCI image layouts ---- */

struct layout_source {
	struct blob_source source;
	const char *directory;
};

static bool read_blob(struct blob_source *source, struct text name, enum blob_kind kind, struct arena *arena,
		      struct text *ret_bytes, struct text *ret_reason)
{
	const struct layout_source *layout = (const struct layout_source *)source;
	struct text path;

	(void)kind;
	if (!is_digest(name)) {
		*ret_reason = TEXT("the layout names something by what is no SHA-256 digest");
		return false;
	}
	path = arena_format(arena, "%s/blobs/sha256/" TEXT_FORMAT, layout->directory,
			    TEXT_ARGUMENTS(text_slice(name, 7, SIZE_MAX)));
	return path.bytes && read_whole(path.bytes, arena, ret_bytes, ret_reason);
}

static bool is_for(const struct node *entry, struct text architecture)
{
	const struct node *platform = node_member(entry, "platform");

	return !platform || text_equal(node_member_text(platform, "architecture"), architecture);
}

/* What tools write there: Docker and containerd the whole name, others the tag alone. */
static const char *const name_annotations[] = {"io.containerd.image.name", "org.opencontainers.image.ref.name"};

static struct text annotated_name(const struct node *entry)
{
	const struct node *annotations = node_member(entry, "annotations");
	struct text name = node_member_text(annotations, name_annotations[0]);

	return name.length > 0 ? name : node_member_text(annotations, name_annotations[1]);
}

static bool is_entry(struct arena *arena, const struct node *entry, struct text image, enum image_choice choice)
{
	size_t at = text_find_byte(image, '@');

	if (at != SIZE_MAX) /* a digest leaves no doubt */
		return choice == CHOOSE_BY_NAME &&
		       text_equal(node_member_text(entry, "digest"), text_slice(image, at + 1, SIZE_MAX));
	for (size_t i = 0; i < sizeof name_annotations / sizeof name_annotations[0]; i++)
		if (is_named(arena, node_member_text(node_member(entry, "annotations"), name_annotations[i]), image,
			     choice))
			return true;
	return false;
}

/* The entry of index.json that is meant; NULL when there is none, or it is not clear. */
static const struct node *choose_entry(struct arena *arena, const struct node *manifests, struct text image,
				       struct text architecture, enum image_choice choice)
{
	const struct node *chosen = NULL;
	size_t count = 0;

	for (const struct node *entry = manifests->first; entry; entry = entry->next) {
		if (!is_for(entry, architecture))
			continue;
		if (choice != CHOOSE_ONLY && is_entry(arena, entry, image, choice))
			return entry;
		chosen = entry;
		count++;
	}
	return choice == CHOOSE_ONLY && count == 1 ? chosen : NULL;
}

enum image_result image_from_layout(const char *directory, struct text image, struct text architecture,
				    enum image_choice choice, struct arena *arena, struct image_config *ret_config,
				    struct image_entry *ret_entry, struct text *ret_reason)
{
	struct layout_source layout = {.source.read = read_blob, .directory = directory};
	struct text path = arena_format(arena, "%s/index.json", directory), bytes;
	const struct node *manifests, *entry;
	struct report report;

	if (!path.bytes || !read_whole(path.bytes, arena, &bytes, ret_reason))
		return IMAGE_FAILED;
	report = report_of(arena, bytes);
	manifests = node_member(json_scan(bytes, arena, &report), "manifests");
	if (!manifests || manifests->kind != NODE_ARRAY) {
		*ret_reason = arena_format(arena, "%s is no index of an OCI image layout", path.bytes);
		return IMAGE_FAILED;
	}
	entry = choose_entry(arena, manifests, image, architecture, choice);
	if (!entry) {
		*ret_reason = arena_format(arena, "%s does not say which image is meant for linux/" TEXT_FORMAT,
					   path.bytes, TEXT_ARGUMENTS(architecture));
		return IMAGE_UNKNOWN;
	}
	*ret_entry = (struct image_entry){.id = node_member_text(entry, "digest"), .name = annotated_name(entry)};
	return image_resolve(&layout.source, ret_entry->id, architecture, arena, ret_config, ret_reason) ? IMAGE_FOUND
													 : IMAGE_FAILED;
}

/* ---- archives ---- */

#define TAR_BLOCK 512

/* Octal digits, perhaps with blanks around; false for anything else. Sizes above 8 GiB are not of interest here. */
static bool read_octal(const char *digits, size_t length, uint64_t *ret_number)
{
	uint64_t number = 0;
	size_t i = 0, count = 0;

	while (i < length && digits[i] == ' ')
		i++;
	for (; i < length && digits[i] >= '0' && digits[i] <= '7'; i++, count++)
		number = number << 3 | (uint64_t)(digits[i] - '0');
	if (count == 0 || (i < length && digits[i] != '\0' && digits[i] != ' '))
		return false;
	*ret_number = number;
	return true;
}

static bool read_exactly(int descriptor, void *bytes, size_t length, off_t offset)
{
	char *at = bytes;

	while (length > 0) {
		ssize_t got = pread(descriptor, at, length, offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		at += got;
		offset += got;
		length -= (size_t)got;
	}
	return true;
}

/* The file `name` in a tar archive (POSIX.1-1988). False with a reason. */
static bool read_member(int descriptor, struct text name, struct arena *arena, struct text *ret_bytes,
			struct text *ret_reason)
{
	char header[TAR_BLOCK];
	off_t offset = 0;
	uint64_t size;

	while (read_exactly(descriptor, header, sizeof header, offset) && header[0] != '\0') {
		if (memcmp(header + 257, "ustar", 5) != 0 || !read_octal(header + 124, 12, &size) ||
		    size > INT64_MAX / 2) {
			*ret_reason = TEXT("it is no tar archive");
			return false;
		}
		offset += TAR_BLOCK;
		if (text_equal(text_of(header, strnlen(header, 100)), name)) {
			char *bytes = size <= IMAGE_CONFIG_BYTES_MAX ? arena_allocate(arena, (size_t)size + 1) : NULL;

			if (!bytes || !read_exactly(descriptor, bytes, (size_t)size, offset)) {
				*ret_reason =
				    arena_format(arena, "cannot read " TEXT_FORMAT " in it", TEXT_ARGUMENTS(name));
				return false;
			}
			*ret_bytes = text_of(bytes, (size_t)size);
			return true;
		}
		offset += (off_t)((size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK);
	}
	*ret_reason = arena_format(arena, "it has no " TEXT_FORMAT, TEXT_ARGUMENTS(name));
	return false;
}

static bool has_name(struct arena *arena, const struct node *names, struct text image, enum image_choice choice)
{
	if (!names || names->kind != NODE_ARRAY)
		return false;
	for (const struct node *name = names->first; name; name = name->next)
		if (name->kind == NODE_STRING && is_named(arena, name->text, image, choice))
			return true;
	return false;
}

/* manifest.json: [{"Config": NAME, "RepoTags": [...]}] */
static const struct node *choose_archived(struct arena *arena, const struct node *manifests, struct text image,
					  enum image_choice choice)
{
	if (!manifests || manifests->kind != NODE_ARRAY)
		return NULL;
	if (choice == CHOOSE_ONLY)
		return manifests->count == 1 ? manifests->first : NULL;
	for (const struct node *entry = manifests->first; entry; entry = entry->next)
		if (has_name(arena, node_member(entry, "RepoTags"), image, choice))
			return entry;
	return NULL;
}

static enum image_result read_archive(int descriptor, struct text image, enum image_choice choice, struct arena *arena,
				      struct image_config *ret_config, struct image_entry *ret_entry,
				      struct text *ret_reason)
{
	const struct node *entry, *names;
	struct report report;
	struct text bytes;

	if (!read_member(descriptor, TEXT("manifest.json"), arena, &bytes, ret_reason))
		return IMAGE_FAILED;
	report = report_of(arena, bytes);
	entry = choose_archived(arena, json_scan(bytes, arena, &report), image, choice);
	ret_entry->id = node_member_text(entry, "Config");
	if (ret_entry->id.length == 0) {
		*ret_reason = TEXT("its manifest.json does not say which image is meant");
		return IMAGE_UNKNOWN;
	}
	names = node_member(entry, "RepoTags");
	ret_entry->name = names && names->kind == NODE_ARRAY && names->first ? names->first->text : TEXT_EMPTY;
	return read_member(descriptor, ret_entry->id, arena, &bytes, ret_reason) &&
		       image_config_parse(arena, bytes, ret_config, ret_reason)
		   ? IMAGE_FOUND
		   : IMAGE_FAILED;
}

enum image_result image_from_archive(const char *path, struct text image, enum image_choice choice, struct arena *arena,
				     struct image_config *ret_config, struct image_entry *ret_entry,
				     struct text *ret_reason)
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC);
	struct text reason = TEXT_EMPTY;
	enum image_result result;

	if (descriptor < 0) {
		*ret_reason = arena_format(arena, "cannot read %s: %s", path, strerror(errno));
		return IMAGE_FAILED;
	}
	result = read_archive(descriptor, image, choice, arena, ret_config, ret_entry, &reason);
	close(descriptor);
	if (result != IMAGE_FOUND)
		*ret_reason = arena_format(arena, "%s: " TEXT_FORMAT, path, TEXT_ARGUMENTS(reason));
	return result;
}
