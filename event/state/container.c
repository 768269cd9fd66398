#include "event/state/container.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/hash_table.h"
#include "base/json_reader.h"

/* A container's own memory: what was read, and the text that it was read from. Metadata beyond it are refused. */
#define CONTAINER_BYTES_MAX (CONTAINER_JSON_BYTES_MAX + (size_t)256 * 1024)

struct entry {
	struct container container;
	struct arena *arena;
};

struct container_table {
	struct hash_table *entries; /* struct entry, by id */
};

/* What processes outside of containers have. */
static const struct container host = {
	.id = {"host", 4},
	.full_id = {"host", 4},
	.name = {"host", 4},
	.image = {"", 0},
	.image_id = {"", 0},
	.image_repository = {"", 0},
	.image_tag = {"", 0},
	.image_digest = {"", 0},
	.type = CONTAINER_TYPE_HOST,
	.ip = {"", 0},
	.cni_json = {"", 0},
	.pod_sandbox_id = {"", 0},
	.json = {"", 0},
};

struct container_table *container_table_new(size_t limit_entries)
{
	struct container_table *table = calloc(1, sizeof *table);

	if (!table)
		return NULL;
	table->entries = hash_table_new(limit_entries);
	return table->entries ? table : container_table_free(table);
}

static void entry_free(struct entry *entry)
{
	arena_free(entry->arena);
	free(entry);
}

void container_table_clear(struct container_table *table)
{
	size_t position = 0;
	struct text key;
	void *value;

	while (hash_table_next(table->entries, &position, &key, &value))
		entry_free(value);
	hash_table_clear(table->entries);
}

struct container_table *container_table_free(struct container_table *table)
{
	if (!table)
		return NULL;
	if (table->entries)
		container_table_clear(table);
	hash_table_free(table->entries);
	free(table);
	return NULL;
}

size_t container_table_count(const struct container_table *table)
{
	return hash_table_count(table->entries);
}

const struct container *container_find(const struct container_table *table, struct text id)
{
	struct entry *entry;

	if (id.length == 0 || text_equal(id, host.id))
		return &host;
	entry = hash_table_get(table->entries, id);
	return entry ? &entry->container : NULL;
}

bool container_table_next(const struct container_table *table, size_t *position, const struct container **ret_container)
{
	struct text key;
	void *value;

	if (!hash_table_next(table->entries, position, &key, &value))
		return false;
	*ret_container = &((struct entry *)value)->container;
	return true;
}

void container_table_remove(struct container_table *table, struct text id)
{
	struct entry *entry = hash_table_remove(table->entries, id);

	if (entry)
		entry_free(entry);
}

/* ---- metadata ---- */

/* Members of other types count as missing: their runtimes leave out what they do not know. */
static void read_text(struct json_reader *reader, struct text *ret_text)
{
	if (json_peek(reader) == '"')
		*ret_text = arena_copy_text(reader->arena, json_read_string(reader));
	else
		json_skip(reader);
}

static void read_flag(struct json_reader *reader, bool *ret_flag)
{
	if (json_peek(reader) == 't' || json_peek(reader) == 'f')
		*ret_flag = json_read_bool(reader);
	else
		json_skip(reader);
}

/* Room for one more element; the old array stays in the arena. */
static void *grow(struct arena *arena, void *elements, size_t count, size_t element_bytes)
{
	void *grown;

	if (count & (count - 1) || (count > 0 && count < 8))
		return elements;
	grown = arena_allocate_array(arena, count ? 2 * count : 8, element_bytes);
	if (grown && count)
		memcpy(grown, elements, count * element_bytes);
	return grown;
}

static void read_mount(struct json_reader *reader, struct container_mount *mount)
{
	struct text key;

	*mount = (struct container_mount){TEXT_EMPTY, TEXT_EMPTY, TEXT_EMPTY, TEXT_EMPTY, false};
	json_enter(reader, '{');
	while (json_next_member(reader, &key)) {
		if (text_is(key, "Source"))
			read_text(reader, &mount->source);
		else if (text_is(key, "Destination"))
			read_text(reader, &mount->destination);
		else if (text_is(key, "Mode"))
			read_text(reader, &mount->mode);
		else if (text_is(key, "Propagation"))
			read_text(reader, &mount->propagation);
		else if (text_is(key, "RW"))
			read_flag(reader, &mount->is_read_write);
		else
			json_skip(reader);
	}
}

static void read_mounts(struct json_reader *reader, struct container *container)
{
	if (json_peek(reader) != '[') {
		json_skip(reader);
		return;
	}
	json_enter(reader, '[');
	while (json_next_element(reader)) {
		container->mounts = grow(reader->arena, container->mounts, container->mount_count, sizeof *container->mounts);
		if (!container->mounts) {
			reader->failed = true;
			return;
		}
		read_mount(reader, &container->mounts[container->mount_count++]);
	}
}

static int compare_labels(const void *a, const void *b)
{
	return text_compare(((const struct container_label *)a)->key, ((const struct container_label *)b)->key);
}

static void read_labels(struct json_reader *reader, struct container_label **ret_labels, size_t *ret_count)
{
	struct container_label *labels = NULL;
	size_t count = 0, kept = 0;
	struct text key;

	if (json_peek(reader) != '{') {
		json_skip(reader);
		return;
	}
	json_enter(reader, '{');
	while (json_next_member(reader, &key)) {
		if (json_peek(reader) != '"') {
			json_skip(reader);
			continue;
		}
		labels = grow(reader->arena, labels, count, sizeof *labels);
		if (!labels) {
			reader->failed = true;
			return;
		}
		labels[count].key = arena_copy_text(reader->arena, key);
		read_text(reader, &labels[count++].value);
	}
	if (count > 0)
		qsort(labels, count, sizeof *labels, compare_labels);
	for (size_t i = 0; i < count; i++) {
		if (kept == 0 || !text_equal(labels[kept - 1].key, labels[i].key))
			labels[kept++] = labels[i];
	}
	*ret_labels = labels;
	*ret_count = kept;
}

static void read_container(struct json_reader *reader, struct container *container)
{
	const struct {
		const char *key;
		struct text *text;
	} texts[] = {
		{"id", &container->id},		       {"full_id", &container->full_id},
		{"name", &container->name},	       {"image", &container->image},
		{"imageid", &container->image_id},     {"imagerepo", &container->image_repository},
		{"imagetag", &container->image_tag},   {"imagedigest", &container->image_digest},
		{"ip", &container->ip},		       {"cni_json", &container->cni_json},
		{"pod_sandbox_id", &container->pod_sandbox_id},
	};
	const struct {
		const char *key;
		bool *flag;
	} flags[] = {
		{"is_pod_sandbox", &container->is_pod_sandbox}, {"privileged", &container->is_privileged},
		{"host_pid", &container->has_host_pid},		{"host_network", &container->has_host_network},
		{"host_ipc", &container->has_host_ipc},
	};
	struct text key;

	json_enter(reader, '{');
	while (json_next_member(reader, &key)) {
		bool is_read = false;

		for (size_t i = 0; !is_read && i < sizeof texts / sizeof texts[0]; i++) {
			if ((is_read = text_is(key, texts[i].key)))
				read_text(reader, texts[i].text);
		}
		for (size_t i = 0; !is_read && i < sizeof flags / sizeof flags[0]; i++) {
			if ((is_read = text_is(key, flags[i].key)))
				read_flag(reader, flags[i].flag);
		}
		if (is_read)
			continue;
		if (text_is(key, "type") && json_peek(reader) == '0')
			container->type = (int32_t)json_read_integer(reader);
		else if (text_is(key, "Mounts"))
			read_mounts(reader, container);
		else if (text_is(key, "labels"))
			read_labels(reader, &container->labels, &container->label_count);
		else if (text_is(key, "pod_sandbox_labels"))
			read_labels(reader, &container->pod_sandbox_labels, &container->pod_sandbox_label_count);
		else
			json_skip(reader);
	}
}

int container_table_add_json(struct container_table *table, struct text json, const struct container **ret_container)
{
	struct entry *entry = calloc(1, sizeof *entry);
	struct json_reader reader;
	struct entry *older;
	bool is_found = false;
	struct text key;
	int error;

	if (!entry)
		return -ENOMEM;
	if (json.length > CONTAINER_JSON_BYTES_MAX) {
		free(entry);
		return -EINVAL;
	}
	entry->arena = arena_new(CONTAINER_BYTES_MAX);
	if (!entry->arena) {
		free(entry);
		return -ENOMEM;
	}
	entry->container = host;
	entry->container.id = entry->container.full_id = entry->container.name = TEXT_EMPTY;
	entry->container.type = CONTAINER_TYPE_UNKNOWN;
	reader = json_reader_of(json, entry->arena);
	json_enter(&reader, '{');
	while (json_next_member(&reader, &key)) {
		if (text_is(key, "container") && !is_found) {
			is_found = true;
			read_container(&reader, &entry->container);
		} else {
			json_skip(&reader);
		}
	}
	entry->container.json = arena_copy_text(entry->arena, json);
	if (arena_is_exhausted(entry->arena))
		error = -ENOMEM;
	else if (!json_reader_finish(&reader) || entry->container.id.length == 0 ||
		 text_equal(entry->container.id, host.id))
		error = -EINVAL;
	else
		error = 0;
	if (!error) {
		older = hash_table_get(table->entries, entry->container.id);
		error = hash_table_set(table->entries, entry->container.id, entry);
		if (!error && older)
			entry_free(older);
	}
	if (error) {
		entry_free(entry);
		return error;
	}
	*ret_container = &entry->container;
	return 0;
}

/* ---- questions ---- */

bool container_table_has_ip(const struct container_table *table, const uint8_t *address)
{
	const struct container *container;
	size_t position = 0;
	char text[INET_ADDRSTRLEN];

	if (container_table_count(table) == 0 || !inet_ntop(AF_INET, address, text, sizeof text))
		return false;
	while (container_table_next(table, &position, &container)) {
		if (text_is(container->ip, text))
			return true;
	}
	return false;
}

const char *container_type_name(int32_t type)
{
	static const char *const names[] = {
		[0] = "docker", [1] = "lxc", [2] = "libvirt-lxc", [6] = "cri",	  [7] = "containerd",
		[8] = "cri-o",	[9] = "bpm", [10] = "static",	  [11] = "podman",
	};

	if (type == CONTAINER_TYPE_HOST)
		return "host";
	return type >= 0 && (size_t)type < sizeof names / sizeof names[0] ? names[type] : NULL;
}

const struct container_label *container_label_find(const struct container_label *labels, size_t count, struct text key)
{
	struct container_label wanted = {.key = key};

	return count ? bsearch(&wanted, labels, count, sizeof *labels, compare_labels) : NULL;
}

const struct container *container_pod(const struct container_table *table, const struct container *container)
{
	if (container->cni_json.length > 0)
		return container;
	return container_find(table, text_slice(container->pod_sandbox_id, 0, CONTAINER_ID_BYTES));
}

const struct container_label *container_pod_labels(const struct container_table *table, const struct container *container,
						   size_t *ret_count)
{
	const struct container *pod = container_pod(table, container);

	if (!pod)
		pod = container;
	*ret_count = pod->pod_sandbox_label_count;
	return pod->pod_sandbox_labels;
}

const struct container_label *container_pod_label(const struct container_table *table, const struct container *container,
						  struct text key)
{
	const struct container_label *labels, *label;
	size_t count;

	labels = container_pod_labels(table, container, &count);
	label = container_label_find(labels, count, key);
	return label ? label : container_label_find(container->pod_sandbox_labels, container->pod_sandbox_label_count, key);
}
