#include "instrument/image_files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file_io.h"
#include "instrument/image_resolve.h"
#include "instrument/json_scan.h"
#include "instrument/node.h"

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

/* Whether `text` is the image's name, or its tag. */
static bool names_image(struct text text, struct text image)
{
	size_t colon = text_find_last_byte(image, ':');

	return text.length > 0 && (text_equal(text, image) ||
				   (colon != SIZE_MAX && text_equal(text, text_slice(image, colon + 1, SIZE_MAX))));
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

/* The entry of index.json that is meant; empty when that is not clear. */
static struct text choose_entry(const struct node *manifests, struct text image, struct text architecture)
{
	struct text only = TEXT_EMPTY;
	size_t count = 0;

	for (const struct node *entry = manifests->first; entry; entry = entry->next) {
		struct text name =
		    node_member_text(node_member(entry, "annotations"), "org.opencontainers.image.ref.name");

		if (!is_for(entry, architecture))
			continue;
		only = node_member_text(entry, "digest");
		count++;
		if (names_image(name, image))
			return only;
	}
	return count == 1 ? only : TEXT_EMPTY;
}

bool image_from_layout(const char *directory, struct text image, struct text architecture, struct arena *arena,
		       struct image_config *ret_config, struct text *ret_reason)
{
	struct layout_source layout = {.source.read = read_blob, .directory = directory};
	struct text path = arena_format(arena, "%s/index.json", directory), bytes, name;
	const struct node *manifests;
	struct report report;

	if (!path.bytes || !read_whole(path.bytes, arena, &bytes, ret_reason))
		return false;
	report = report_of(arena, bytes);
	manifests = node_member(json_scan(bytes, arena, &report), "manifests");
	if (!manifests || manifests->kind != NODE_ARRAY) {
		*ret_reason = arena_format(arena, "%s is no index of an OCI image layout", path.bytes);
		return false;
	}
	name = choose_entry(manifests, image, architecture);
	if (name.length == 0) {
		*ret_reason = arena_format(arena, "%s does not say which image is meant for linux/" TEXT_FORMAT,
					   path.bytes, TEXT_ARGUMENTS(architecture));
		return false;
	}
	return image_resolve(&layout.source, name, architecture, arena, ret_config, ret_reason);
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

static bool has_name(const struct node *names, struct text image)
{
	if (!names || names->kind != NODE_ARRAY)
		return false;
	for (const struct node *name = names->first; name; name = name->next)
		if (name->kind == NODE_STRING && names_image(name->text, image))
			return true;
	return false;
}

/* manifest.json: [{"Config": NAME, "RepoTags": [...]}] */
static struct text choose_config(const struct node *manifests, struct text image)
{
	if (!manifests || manifests->kind != NODE_ARRAY)
		return TEXT_EMPTY;
	for (const struct node *entry = manifests->first; entry; entry = entry->next)
		if (has_name(node_member(entry, "RepoTags"), image))
			return node_member_text(entry, "Config");
	return manifests->count == 1 ? node_member_text(manifests->first, "Config") : TEXT_EMPTY;
}

static bool read_archive(int descriptor, struct text image, struct arena *arena, struct image_config *ret_config,
			 struct text *ret_reason)
{
	struct text bytes, name;
	struct report report;

	if (!read_member(descriptor, TEXT("manifest.json"), arena, &bytes, ret_reason))
		return false;
	report = report_of(arena, bytes);
	name = choose_config(json_scan(bytes, arena, &report), image);
	if (name.length == 0) {
		*ret_reason = TEXT("its manifest.json does not say which image is meant");
		return false;
	}
	return read_member(descriptor, name, arena, &bytes, ret_reason) &&
	       image_config_parse(arena, bytes, ret_config, ret_reason);
}

bool image_from_archive(const char *path, struct text image, struct arena *arena, struct image_config *ret_config,
			struct text *ret_reason)
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC);
	struct text reason = TEXT_EMPTY;
	bool good;

	if (descriptor < 0) {
		*ret_reason = arena_format(arena, "cannot read %s: %s", path, strerror(errno));
		return false;
	}
	good = read_archive(descriptor, image, arena, ret_config, &reason);
	close(descriptor);
	if (!good)
		*ret_reason = arena_format(arena, "%s: " TEXT_FORMAT, path, TEXT_ARGUMENTS(reason));
	return good;
}
