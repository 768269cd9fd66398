/* Containers, users and groups. */
#include <string.h>

#include "base/json_writer.h"
#include "event/synthetic/synthetic_internal.h"

#define FULL_ID_BYTES 64

/* ---- containers ---- */

static bool is_hexadecimal(struct text text, size_t length)
{
	for (size_t i = 0; i < text.length; i++)
		if (!strchr("0123456789abcdef", text.bytes[i]))
			return false;
	return text.length == length;
}

static const char *const container_types[] = {"docker",     "lxc",   "libvirt-lxc", "cri",
					      "containerd", "cri-o", "bpm",         "podman"};

static const char *container_type_at(size_t index, const void *context)
{
	(void)context;
	return index < sizeof container_types / sizeof container_types[0] ? container_types[index] : NULL;
}

/* Numbers in metadata, see container_type_name(). */
static bool type_of_name(struct text name, int32_t *ret_type)
{
	for (int32_t type = 0; type < 64; type++) {
		const char *known = container_type_name(type);

		if (known && text_is(name, known)) {
			*ret_type = type;
			return true;
		}
	}
	return false;
}

static void member(struct json_writer *json, const char *key, struct text value)
{
	json_key(json, text_from_string(key));
	json_string(json, value);
}

static void flag_member(struct json_writer *json, const char *key, bool value)
{
	json_key(json, text_from_string(key));
	json_bool(json, value);
}

static bool write_labels(struct synthetic_reader *reader, struct json_writer *json, const struct yaml_node *labels)
{
	bool is_fine = true;

	json_key(json, TEXT("labels"));
	json_begin_object(json);
	if (labels && labels->kind != YAML_KIND_MAPPING) {
		report_error(&reader->report, labels->range, "labels are a mapping of names to texts");
		is_fine = false;
		labels = NULL;
	}
	for (const struct yaml_node *key = labels ? labels->first : NULL; key; key = key->next) {
		struct text value = TEXT_EMPTY;

		if (key->value->kind != YAML_KIND_NULL)
			is_fine &= read_text(reader, key->value, &value);
		json_key(json, key->text);
		json_string(json, value);
	}
	json_end_object(json);
	return is_fine;
}

/* "source:destination[:mode]" */
static bool write_mount(struct synthetic_reader *reader, struct json_writer *json, const struct yaml_node *mount)
{
	size_t first = text_find_byte(mount->text, ':'), second;
	struct text rest, mode = TEXT("rw");

	if (mount->kind != YAML_KIND_SCALAR || first == SIZE_MAX) {
		report_error(&reader->report, mount->range,
			     "a mount is written source:destination or source:destination:mode");
		return false;
	}
	rest = text_slice(mount->text, first + 1, SIZE_MAX);
	second = text_find_byte(rest, ':');
	if (second != SIZE_MAX)
		mode = text_slice(rest, second + 1, SIZE_MAX);
	json_begin_object(json);
	member(json, "Source", text_slice(mount->text, 0, first));
	member(json, "Destination", text_slice(rest, 0, second));
	member(json, "Mode", mode);
	flag_member(json, "RW", !text_starts_with(mode, TEXT("ro")));
	member(json, "Propagation", TEXT("rprivate"));
	json_end_object(json);
	return true;
}

static bool write_mounts(struct synthetic_reader *reader, struct json_writer *json, const struct yaml_node *mounts)
{
	bool is_fine = true;

	json_key(json, TEXT("Mounts"));
	json_begin_array(json);
	if (mounts && mounts->kind != YAML_KIND_SEQUENCE) {
		report_error(&reader->report, mounts->range, "a list of mounts is wanted here");
		is_fine = false;
		mounts = NULL;
	}
	for (const struct yaml_node *mount = mounts ? mounts->first : NULL; mount; mount = mount->next)
		is_fine &= write_mount(reader, json, mount);
	json_end_array(json);
	return is_fine;
}

/* What the image's parts are when only the whole is given, and the other way round. */
static bool complete_image(struct synthetic_reader *reader, struct container_object *container)
{
	size_t slash = text_find_last_byte(container->image, '/');
	size_t colon = text_find_last_byte(container->image, ':');
	bool has_tag = colon != SIZE_MAX && (slash == SIZE_MAX || colon > slash);

	if (!HAS_KEY(container, CONTAINER_KEY_IMAGE_REPOSITORY))
		container->image_repository = text_slice(container->image, 0, has_tag ? colon : SIZE_MAX);
	if (!HAS_KEY(container, CONTAINER_KEY_IMAGE_TAG) && container->image_repository.length > 0)
		container->image_tag = has_tag ? text_slice(container->image, colon + 1, SIZE_MAX) : TEXT("latest");
	if (HAS_KEY(container, CONTAINER_KEY_IMAGE) || container->image_repository.length == 0)
		return true;
	container->image =
	    arena_format(reader->arena, TEXT_FORMAT ":" TEXT_FORMAT, TEXT_ARGUMENTS(container->image_repository),
			 TEXT_ARGUMENTS(container->image_tag));
	return container->image.bytes;
}

/* Metadata come as the event `container` of Falco's container plugin has them. */
static bool add_metadata(struct synthetic_reader *reader, struct container_object *container, int32_t type)
{
	struct buffer text = BUFFER_INIT;
	struct json_writer json;
	struct step *step;
	bool is_fine;

	json_writer_init(&json, &text);
	json_begin_object(&json);
	json_key(&json, TEXT("container"));
	json_begin_object(&json);
	member(&json, "id", container->id);
	member(&json, "full_id", container->full_id);
	member(&json, "name", container->name);
	json_key(&json, TEXT("type"));
	json_signed(&json, type);
	member(&json, "image", container->image);
	member(&json, "imageid", container->image_id);
	member(&json, "imagerepo", container->image_repository);
	member(&json, "imagetag", container->image_tag);
	member(&json, "imagedigest", container->image_digest);
	member(&json, "ip", container->ip);
	flag_member(&json, "privileged", container->is_privileged);
	flag_member(&json, "host_pid", container->has_host_pid);
	flag_member(&json, "host_network", container->has_host_network);
	flag_member(&json, "host_ipc", container->has_host_ipc);
	is_fine = write_labels(reader, &json, container->labels);
	is_fine &= write_mounts(reader, &json, container->mounts);
	json_end_object(&json);
	json_end_object(&json);
	step = is_fine && !text.failed ? synthetic_add_step(reader, STEP_CONTAINER) : NULL;
	if (step)
		step->container_json = arena_copy_text(reader->arena, buffer_text(&text));
	buffer_release(&text);
	return step && step->container_json.bytes;
}

static bool read_container(struct synthetic_reader *reader, const struct yaml_node *node,
			   struct container_object *container)
{
	*container = (struct container_object){.id = TEXT_EMPTY,
					       .full_id = TEXT_EMPTY,
					       .name = TEXT_EMPTY,
					       .type = TEXT("docker"),
					       .image = TEXT_EMPTY,
					       .image_id = TEXT_EMPTY,
					       .image_repository = TEXT_EMPTY,
					       .image_tag = TEXT_EMPTY,
					       .image_digest = TEXT_EMPTY,
					       .ip = TEXT_EMPTY};
	if (node->kind == YAML_KIND_SCALAR)
		container->id = node->text;
	else if (!read_object(reader, node, OBJECT_CONTAINER, container))
		return false;
	if (!is_hexadecimal(container->id, CONTAINER_ID_BYTES)) {
		report_error(&reader->report, range_of_key(node, "id"), "a container's id has 12 hexadecimal digits");
		return false;
	}
	if (HAS_KEY(container, CONTAINER_KEY_FULL_ID) && (!is_hexadecimal(container->full_id, FULL_ID_BYTES) ||
							  !text_starts_with(container->full_id, container->id))) {
		report_error(&reader->report, range_of_key(node, "full_id"),
			     "full_id has 64 hexadecimal digits and begins with the id");
		return false;
	}
	return true;
}

struct text cgroups_of_host(void)
{
	return TEXT("cpu=/\0memory=/\0pids=/\0");
}

bool describe_container(struct synthetic_reader *reader, const struct yaml_node *node, struct text *ret_id,
			struct text *ret_cgroups)
{
	static const char zeros[FULL_ID_BYTES + 1] = "0000000000000000000000000000000000000000000000000000000000000000";
	const uint64_t identity = UINT64_C(1) << CONTAINER_KEY_ID | UINT64_C(1) << CONTAINER_KEY_FULL_ID;
	struct container_object container;
	struct text *known;
	int32_t type = 0;

	*ret_id = TEXT_EMPTY;
	*ret_cgroups = cgroups_of_host();
	if (node->kind == YAML_KIND_NULL || text_is(node->text, "host"))
		return true;
	if (!read_container(reader, node, &container))
		return false;
	if (!type_of_name(container.type, &type)) {
		report_unknown_word(reader, range_of_key(node, "type"), "type of container", container.type,
				    container_type_at, NULL);
		return false;
	}
	*ret_id = container.id;
	known = hash_table_get(reader->containers, container.id);
	if (known && !HAS_KEY(&container, CONTAINER_KEY_FULL_ID))
		container.full_id = *known;
	else if (!HAS_KEY(&container, CONTAINER_KEY_FULL_ID))
		container.full_id = arena_format(reader->arena, TEXT_FORMAT "%s", TEXT_ARGUMENTS(container.id),
						 zeros + CONTAINER_ID_BYTES);
	if (!container.full_id.bytes)
		return false;
	if (!known) {
		known = arena_allocate(reader->arena, sizeof *known);
		if (!known || hash_table_set(reader->containers, container.id, known) ||
		    !describe_root(reader, container.id))
			return false;
	}
	*known = container.full_id;
	*ret_cgroups =
	    arena_format(reader->arena,
			 "cpu=/docker/" TEXT_FORMAT "%cmemory=/docker/" TEXT_FORMAT "%cpids=/docker/" TEXT_FORMAT "%c",
			 TEXT_ARGUMENTS(container.full_id), 0, TEXT_ARGUMENTS(container.full_id), 0,
			 TEXT_ARGUMENTS(container.full_id), 0);
	if (!ret_cgroups->bytes)
		return false;
	return (container.given & ~identity) == 0 ||
	       (complete_image(reader, &container) && add_metadata(reader, &container, type));
}

/* ---- users and groups ---- */

static struct text key_of_name(struct synthetic_reader *reader, struct text container_id, struct text name)
{
	return arena_format(reader->arena, TEXT_FORMAT ":" TEXT_FORMAT, TEXT_ARGUMENTS(container_id),
			    TEXT_ARGUMENTS(name));
}

/* Names keep their first number. */
static struct user_object *find_name(struct synthetic_reader *reader, struct hash_table *table,
				     struct text container_id, struct text name)
{
	struct text key = key_of_name(reader, container_id, name);

	return key.bytes ? hash_table_get(table, key) : NULL;
}

static bool keep_name(struct synthetic_reader *reader, struct hash_table *table, struct text container_id,
		      const struct user_object *user, enum step_kind kind)
{
	struct text key = key_of_name(reader, container_id, user->name);
	struct user_object *copy = arena_allocate(reader->arena, sizeof *copy);
	struct step *step = synthetic_add_step(reader, kind);

	if (!key.bytes || !copy || !step || hash_table_set(table, key, copy))
		return false;
	*copy = *user;
	step->user.container_id = container_id;
	step->user.uid = user->uid;
	step->user.gid = user->gid;
	step->user.name = user->name;
	step->user.home = user->home;
	step->user.shell = user->shell;
	return true;
}

static bool keep_user(struct synthetic_reader *reader, struct text container_id, struct user_object *user)
{
	if (!HAS_KEY(user, USER_KEY_UID))
		user->uid = text_is(user->name, "root") ? 0 : reader->next_uid++;
	if (!HAS_KEY(user, USER_KEY_GID))
		user->gid = user->uid;
	if (!HAS_KEY(user, USER_KEY_HOMEDIR))
		user->home = text_is(user->name, "root")
				 ? TEXT("/root")
				 : arena_format(reader->arena, "/home/" TEXT_FORMAT, TEXT_ARGUMENTS(user->name));
	if (!HAS_KEY(user, USER_KEY_SHELL))
		user->shell = TEXT("/bin/sh");
	if (!user->home.bytes || !keep_name(reader, reader->users, container_id, user, STEP_USER))
		return false;
	return find_name(reader, reader->groups, container_id, user->name) ||
	       keep_name(reader, reader->groups, container_id, user, STEP_GROUP);
}

bool describe_root(struct synthetic_reader *reader, struct text container_id)
{
	struct user_object root = {.name = TEXT("root")};

	return keep_user(reader, container_id, &root);
}

bool describe_user(struct synthetic_reader *reader, const struct yaml_node *node, struct text container_id,
		   uint32_t *ret_uid, uint32_t *ret_gid)
{
	struct user_object user = {.name = TEXT_EMPTY, .home = TEXT_EMPTY, .shell = TEXT_EMPTY};
	const struct user_object *known;
	uint64_t number;
	bool is_negative;

	if (node->kind == YAML_KIND_SCALAR && number_of_text(node->text, &is_negative, &number)) {
		/* -1 stands for none, as in setresuid. */
		if (!text_is(node->text, "-1") && !read_unsigned(reader, node, UINT32_MAX, &number))
			return false;
		*ret_uid = is_negative ? THREAD_ID_NONE : (uint32_t)number;
		if (ret_gid)
			*ret_gid = *ret_uid;
		return true;
	}
	if (node->kind == YAML_KIND_SCALAR)
		user.name = node->text;
	else if (!read_object(reader, node, OBJECT_USER, &user))
		return false;
	if (user.name.length == 0) {
		report_error(&reader->report, node->range, "a user needs a name");
		return false;
	}
	known = find_name(reader, reader->users, container_id, user.name);
	if (!known || node->kind == YAML_KIND_MAPPING) {
		if (!keep_user(reader, container_id, &user))
			return false;
		known = &user;
	}
	*ret_uid = known->uid;
	if (ret_gid)
		*ret_gid = known->gid;
	return true;
}

bool describe_group(struct synthetic_reader *reader, const struct yaml_node *node, struct text container_id,
		    uint32_t *ret_gid)
{
	struct user_object group = {.home = TEXT_EMPTY, .shell = TEXT_EMPTY};
	const struct user_object *known;
	bool is_negative;
	uint64_t number;

	if (node->kind == YAML_KIND_SCALAR && number_of_text(node->text, &is_negative, &number)) {
		if (!text_is(node->text, "-1") && !read_unsigned(reader, node, UINT32_MAX, &number))
			return false;
		*ret_gid = is_negative ? THREAD_ID_NONE : (uint32_t)number;
		return true;
	}
	if (!read_text(reader, node, &group.name))
		return false;
	known = find_name(reader, reader->groups, container_id, group.name);
	if (!known) {
		group.gid = reader->next_uid++;
		if (!keep_name(reader, reader->groups, container_id, &group, STEP_GROUP))
			return false;
		known = &group;
	}
	*ret_gid = known->gid;
	return true;
}
