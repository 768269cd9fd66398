/*
 * Container identity from cgroups and container metadata from asynchronous events (event-model reference, section 14).
 * Pointers that are handed out live until the next state_apply() or state_reset().
 */
#ifndef TERCEL_EVENT_STATE_CONTAINER_H
#define TERCEL_EVENT_STATE_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

#define CONTAINER_ID_BYTES 12
#define CONTAINER_TYPE_HOST (-1)
#define CONTAINER_TYPE_UNKNOWN 0xffff

struct container_mount {
	struct text source, destination, mode, propagation;
	bool is_read_write;
};

struct container_label {
	struct text key, value;
};

/* Metadata longer than this are refused. */
#define CONTAINER_JSON_BYTES_MAX ((size_t)256 * 1024)

/* All texts belong to the container. Without metadata there is no struct container. */
struct container {
	struct text id; /* 12 digits usually; "host" for the pseudo container of host processes */
	struct text full_id, name;
	struct text image, image_id, image_repository, image_tag, image_digest;
	int32_t type; /* 0 docker, 1 lxc ... see container_type_name(); CONTAINER_TYPE_HOST */
	struct text ip; /* dotted IPv4, "" when there is none */
	struct text cni_json;
	struct text pod_sandbox_id; /* in full */
	bool is_pod_sandbox;
	bool is_privileged, has_host_pid, has_host_network, has_host_ipc;
	struct container_mount *mounts; /* as listed */
	size_t mount_count;
	struct container_label *labels; /* sorted by key, unique */
	size_t label_count;
	struct container_label *pod_sandbox_labels; /* sorted by key, unique */
	size_t pod_sandbox_label_count;
	struct text json; /* what all this was read from; empty for the host */
};

struct container_table;

struct container_table *container_table_new(size_t limit_entries);
struct container_table *container_table_free(struct container_table *table);
void container_table_clear(struct container_table *table);
size_t container_table_count(const struct container_table *table);

/*
 * By the id that threads carry. The empty id and "host" give the host entry, which always exists. NULL: a container
 * without metadata.
 */
const struct container *container_find(const struct container_table *table, struct text id);

/*
 * The JSON text of a `container` event: an object with a member `container`. Replaces an older entry of that id.
 * *ret_container may be NULL on failure. 0, -EINVAL (not such a text, or too long), -ENOMEM, -ENOSPC.
 */
int container_table_add_json(struct container_table *table, struct text json, const struct container **ret_container);
/* For container_removed. */
void container_table_remove(struct container_table *table, struct text id);
/* Start with *position = 0; false at the end. Without the host entry. */
bool container_table_next(const struct container_table *table, size_t *position, const struct container **ret_container);

/* True when a container that is known has this IPv4 address (4 bytes). */
bool container_table_has_ip(const struct container_table *table, const uint8_t *address);

const char *container_type_name(int32_t type); /* "docker", "host"; NULL when the number means nothing */

/* NULL when there is none of that key. */
const struct container_label *container_label_find(const struct container_label *labels, size_t count, struct text key);

/*
 * Where k8s.pod.ip and k8s.pod.cni.json come from: the container itself when its CNI text is not empty, else the
 * container whose id is the first 12 characters of pod_sandbox_id (an empty id: the host entry). NULL: not found.
 */
const struct container *container_pod(const struct container_table *table, const struct container *container);
/* All of k8s.pod.labels: the `pod_sandbox_labels` of that container, or of the container itself when it is not found. */
const struct container_label *container_pod_labels(const struct container_table *table, const struct container *container,
						   size_t *ret_count);
/* One of them: that container may lack a label that the container itself has. NULL: neither has it. */
const struct container_label *container_pod_label(const struct container_table *table, const struct container *container,
						  struct text key);

/*
 * The container id that a thread with these cgroups (NUL-separated "subsystem=path") has; empty when no runtime's pattern
 * fits. Points into `cgroups`.
 */
struct text container_id_from_cgroups(struct text cgroups);

#endif
