/* The container that the event's thread is in: container.* (event-model reference, section 14). */
#include "event/fields/field_context.h"

#include <stdlib.h>
#include <string.h>

#include "event/fields/container_text.h"

/* ---- identity ---- */

struct value field_CONTAINER_ID(struct field_context *context)
{
	const struct container *container = state_container(context->state, context->event);
	const struct thread *thread = context->event->thread;
	struct text id;

	if (container)
		return value_string(container->id);
	if (!thread)
		return value_absent();
	id = thread_container_id(thread);
	return value_string(id.length > 0 ? id : TEXT("host"));
}

/* A field of the container's metadata; no value before they arrived. */
#define CONTAINER_FIELD(constant, expression)                                                                          \
	struct value field_##constant(struct field_context *context)                                                   \
	{                                                                                                              \
		const struct container *container = state_container(context->state, context->event);                   \
                                                                                                                       \
		return container ? (expression) : value_absent();                                                      \
	}

CONTAINER_FIELD(CONTAINER_FULL_ID, value_string(container->full_id))
CONTAINER_FIELD(CONTAINER_NAME, value_string(container->name))
CONTAINER_FIELD(CONTAINER_IMAGE, value_string(container->image))
CONTAINER_FIELD(CONTAINER_IMAGE_ID, value_string(container->image_id))
CONTAINER_FIELD(CONTAINER_IMAGE_REPOSITORY, value_string(container->image_repository))
CONTAINER_FIELD(CONTAINER_IMAGE_TAG, value_string(container->image_tag))
CONTAINER_FIELD(CONTAINER_IMAGE_DIGEST, value_string(container->image_digest))
CONTAINER_FIELD(CONTAINER_TYPE, container_type_name(container->type) ? value_of_string(container_type_name(container->type))
								     : value_absent())
CONTAINER_FIELD(CONTAINER_PRIVILEGED, value_boolean(container->is_privileged))
CONTAINER_FIELD(CONTAINER_HOST_PID, value_boolean(container->has_host_pid))
CONTAINER_FIELD(CONTAINER_HOST_NETWORK, value_boolean(container->has_host_network))
CONTAINER_FIELD(CONTAINER_HOST_IPC, value_boolean(container->has_host_ipc))
CONTAINER_FIELD(CONTAINER_IP, value_string(container->ip))
CONTAINER_FIELD(CONTAINER_CNI_JSON, value_string(container->cni_json))

/* ---- times: of the pid namespace, no metadata needed ---- */

struct value field_CONTAINER_START_TS(struct field_context *context)
{
	const struct thread *thread = context->event->thread;

	if (!thread || thread->pidns_init_start_ns == 0)
		return value_absent();
	return value_of_number(TYPE_ABSTIME, thread->pidns_init_start_ns);
}

struct value field_CONTAINER_DURATION(struct field_context *context)
{
	const struct thread *thread = context->event->thread;

	if (!thread || thread->pidns_init_start_ns == 0)
		return value_absent();
	return value_of_number(TYPE_RELTIME, context->event->timestamp_ns - thread->pidns_init_start_ns);
}

/* ---- labels ---- */

struct value container_label_value(const struct container_label *labels, size_t count, struct text key)
{
	const struct container_label *label = container_label_find(labels, count, key);

	return label ? value_string(label->value) : value_absent();
}

struct value container_labels_value(struct field_context *context, const struct container_label *labels, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (text_starts_with(labels[i].key, TEXT("annotation.")) ||
		    text_starts_with(labels[i].key, TEXT("io.kubernetes.")))
			continue;
		if (context->work->length > 0)
			buffer_append_string(context->work, ", ");
		buffer_append_text(context->work, labels[i].key);
		if (labels[i].value.length > 0) {
			buffer_append_byte(context->work, ':');
			buffer_append_text(context->work, labels[i].value);
		}
	}
	return value_built(context);
}

CONTAINER_FIELD(CONTAINER_LABEL,
		container_label_value(container->labels, container->label_count, context->request->argument))
CONTAINER_FIELD(CONTAINER_LABELS, container_labels_value(context, container->labels, container->label_count))

/* ---- mounts ---- */

#define PATTERN_BYTES_MAX 255
/* Greatest number of copies that bounded repetitions may ask the library to make of a part of the pattern. */
#define REPETITIONS_MAX 1000

/*
 * Patterns come from rules that somebody signed, yet a few bytes of nested repetitions, or a back reference, can cost the
 * library's matcher all memory or time there is. Neither has a use here.
 */
static bool is_harmless(const char *pattern)
{
	unsigned long copies = 1, bound;
	char *end;

	for (const char *at = pattern; *at; at++) {
		if (*at == '\\') {
			if (at[1] >= '1' && at[1] <= '9')
				return false;
			if (at[1] != '\0')
				at++;
			continue;
		}
		if (*at != '{')
			continue;
		bound = strtoul(at + 1, &end, 10);
		if (*end == ',' && end[1] >= '0' && end[1] <= '9')
			bound = strtoul(end + 1, &end, 10);
		if (bound > REPETITIONS_MAX)
			return false;
		copies *= bound > 0 ? bound : 1;
		if (copies > REPETITIONS_MAX)
			return false;
	}
	return true;
}

static regex_t *compile_pattern(struct text argument)
{
	char pattern[PATTERN_BYTES_MAX + 1];
	regex_t *compiled;

	if (argument.length > PATTERN_BYTES_MAX || text_find_byte(argument, '\0') != SIZE_MAX)
		return NULL;
	memcpy(pattern, argument.bytes, argument.length);
	pattern[argument.length] = '\0';
	if (!is_harmless(pattern))
		return NULL;
	compiled = malloc(sizeof *compiled);
	if (compiled && regcomp(compiled, pattern, REG_EXTENDED | REG_NOSUB) != 0) {
		free(compiled);
		return NULL;
	}
	return compiled;
}

/* Compiled once for each use of the field. NULL: not a pattern. */
static const regex_t *pattern_of_use(struct field_context *context)
{
	struct field_slot *slot = context->slot;

	if (!slot)
		return NULL;
	if (!slot->is_ready) {
		slot->pattern = compile_pattern(context->request->argument);
		slot->is_ready = true;
	}
	return slot->pattern;
}

static bool matches(const regex_t *pattern, struct text path)
{
	char string[4097];

	if (path.length >= sizeof string)
		return false;
	memcpy(string, path.bytes, path.length);
	string[path.length] = '\0';
	return regexec(pattern, string, 0, NULL, 0) == 0;
}

/* The mount that the argument names: by position, or the first whose source (or destination) the pattern is found in. */
static const struct container_mount *requested_mount(struct field_context *context, bool by_destination)
{
	const struct container *container = state_container(context->state, context->event);
	const struct field_request *request = context->request;
	const regex_t *pattern;

	if (!container || !request->has_argument)
		return NULL;
	if (request->argument_is_number) {
		if (request->argument_number < 0 || (uint64_t)request->argument_number >= container->mount_count)
			return NULL;
		return &container->mounts[request->argument_number];
	}
	pattern = pattern_of_use(context);
	if (!pattern)
		return NULL;
	for (size_t i = 0; i < container->mount_count; i++)
		if (matches(pattern, by_destination ? container->mounts[i].destination : container->mounts[i].source))
			return &container->mounts[i];
	return NULL;
}

static void append_mount(struct buffer *out, const struct container_mount *mount)
{
	buffer_append_text(out, mount->source);
	buffer_append_byte(out, ':');
	buffer_append_text(out, mount->destination);
	buffer_append_byte(out, ':');
	buffer_append_text(out, mount->mode);
	buffer_append_string(out, mount->is_read_write ? ":true:" : ":false:");
	buffer_append_text(out, mount->propagation);
}

struct value field_CONTAINER_MOUNTS(struct field_context *context)
{
	const struct container *container = state_container(context->state, context->event);

	if (!container)
		return value_absent();
	for (size_t i = 0; i < container->mount_count; i++) {
		if (i > 0)
			buffer_append_byte(context->work, ',');
		append_mount(context->work, &container->mounts[i]);
	}
	return value_built(context);
}

struct value field_CONTAINER_MOUNT(struct field_context *context)
{
	const struct container_mount *mount = requested_mount(context, false);

	if (!mount)
		return value_absent();
	append_mount(context->work, mount);
	return value_built(context);
}

#define MOUNT_FIELD(constant, by_destination, expression)                                                              \
	struct value field_##constant(struct field_context *context)                                                   \
	{                                                                                                              \
		const struct container_mount *mount = requested_mount(context, by_destination);                        \
                                                                                                                       \
		return mount ? (expression) : value_absent();                                                          \
	}

MOUNT_FIELD(CONTAINER_MOUNT_SOURCE, true, value_string(mount->source))
MOUNT_FIELD(CONTAINER_MOUNT_DEST, false, value_string(mount->destination))
MOUNT_FIELD(CONTAINER_MOUNT_MODE, false, value_string(mount->mode))
MOUNT_FIELD(CONTAINER_MOUNT_RDWR, false, value_of_string(mount->is_read_write ? "true" : "false"))
MOUNT_FIELD(CONTAINER_MOUNT_PROPAGATION, false, value_string(mount->propagation))
