/* The changes that a plan makes: members and elements of ours, words before an entry point. */
#include "instrument/task/plan.h"

#include "base/buffer.h"
#include "instrument/document/print_value.h"

struct changes {
	struct task *task;
	struct plan *plan;
	struct node *anchor; /* new members of the container come before it */
	struct buffer made, was;
};

static struct node *member(const struct changes *changes, const struct node *object, const char *name)
{
	return ecs_member(changes->task->spelling, object, name);
}

static const char *spelled(const struct task *task, const char *name)
{
	const char *result = ecs_name(task->spelling, task->arena, name);

	if (!result)
		task->editor->failed = true;
	return result ? result : name;
}

static void note(struct buffer *list, const char *name, struct text value)
{
	if (list->length > 0)
		buffer_append_byte(list, ',');
	buffer_append_string(list, name);
	if (value.length > 0)
		buffer_printf(list, ":" TEXT_FORMAT, TEXT_ARGUMENTS(value));
}

/* ---- new values ---- */

static void add_words(struct task *task, struct node *list, struct word_list words)
{
	for (size_t i = 0; i < words.count; i++)
		node_append(list, node_new_string(task->arena, words.words[i]));
}

static struct node *choice(struct task *task, struct text condition, struct node *then_value, struct node *else_value)
{
	struct node *arguments = node_new(task->arena, NODE_ARRAY);

	node_append(arguments, node_new_string(task->arena, condition));
	node_append(arguments, then_value ? then_value : words_no_value(task));
	node_append(arguments, else_value ? else_value : words_no_value(task));
	return intrinsic_call(task, "If", arguments);
}

static void add_string(struct task *task, struct node *object, const char *name, struct text value)
{
	node_add_string(task->arena, object, spelled(task, name), value);
}

/* ---- entry point and command ---- */

/* Words of the image's, or none; `nothing` stood in their place: of a branch it is said here, of a member in "was". */
static struct text image_or_none(struct task *task, bool has_words, const struct node *nothing)
{
	const char *origin = has_words ? ORIGIN_IMAGE : ORIGIN_NONE;

	if (!nothing || nothing->key)
		return text_from_string(origin);
	return arena_format(task->arena, "%s:" TEXT_FORMAT, origin, TEXT_ARGUMENTS(undo_nothing_name(task, nothing)));
}

/* Plain text of a block that would end in brackets; without any, its tag would take the next bracket. */
static bool has_flow_indicator(struct text text)
{
	if (text.length == 0)
		return true;
	for (size_t i = 0; i < text.length; i++)
		if (memchr(",[]{}", text.bytes[i], 5))
			return true;
	return false;
}

/* The words with `words`, a list that is known only at deployment, joined. *ret_origin is for the label. */
static struct node *joined(struct task *task, const struct node *words, struct text *ret_origin)
{
	struct node *list = wrapper_words(task), *arguments = node_new(task->arena, NODE_ARRAY), *copy;

	node_unlink(list->last);
	node_append(list, node_new_string(task->arena, TEXT("--prepend-joined")));
	node_append(list, node_new_string(task->arena, TEXT(JOIN_SEPARATOR)));
	node_append(arguments, node_new_string(task->arena, TEXT(JOIN_SEPARATOR)));
	copy = node_copy(task->arena, words);
	/* As it is written, where it can stand in brackets so. */
	if (copy && words->is_flow && !words->is_new &&
	    (words->first || words->is_quoted || words->parent->is_flow || !has_flow_indicator(words->text)))
		copy->verbatim = node_source(task->editor->source, words);
	*ret_origin = copy && copy->verbatim.bytes ? TEXT(ORIGIN_JOINED)
						   : undo_written_name(task, TEXT(ORIGIN_JOINED), words);
	node_append(arguments, copy);
	node_append(list, intrinsic_call(task, "Join", arguments));
	node_append(list, node_new_string(task->arena, TEXT("--")));
	return list;
}

/* `words` is the member or a branch of it; NULL when it is absent. Returns where it came from, for the label. */
static struct text wrap_entry_point(struct changes *changes, struct node *words)
{
	struct task *task = changes->task;
	struct node *value = wrapper_words(task), *branches[2], *last, *empty;
	struct text condition, origin, origins[2];

	if (!value)
		task->editor->failed = true;
	if (task->editor->failed)
		return TEXT(ORIGIN_NONE);
	switch (words_kind_of(task->spelling, words)) {
	case WORDS_UNSET:
		add_words(task, value, changes->plan->image.entry_point);
		origin = image_or_none(task, changes->plan->image.entry_point.count > 0, words);
		if (!words)
			editor_insert_member(task->editor, changes->anchor, spelled(task, "entryPoint"), value);
		else
			editor_replace(task->editor, words, value);
		return origin;
	case WORDS_RESET:
		/* The last word of ours takes the place of the empty one. */
		last = value->last;
		empty = words->first;
		origin = undo_written_name(task, TEXT(ORIGIN_RESET), empty);
		node_unlink(last);
		editor_insert_first(task->editor, words, value);
		editor_replace(task->editor, empty, last);
		return origin;
	case WORDS_OPAQUE:
		editor_replace(task->editor, words, joined(task, words, &origin));
		return origin;
	case WORDS_CONDITION:
		ecs_condition(task->spelling, words, &condition, &branches[0], &branches[1]);
		for (unsigned i = 0; i < 2; i++)
			origins[i] = wrap_entry_point(changes, branches[i]);
		return arena_format(task->arena, "(" TEXT_FORMAT "," TEXT_FORMAT ")", TEXT_ARGUMENTS(origins[0]),
				    TEXT_ARGUMENTS(origins[1]));
	case WORDS_LITERAL:
	case WORDS_BAD: /* refused before */
		break;
	}
	editor_insert_first(task->editor, words, value);
	return TEXT(ORIGIN_TASK);
}

/*
 * What a command that is not set has to become: the image's where the entry point is the image's too, because ECS drops
 * the image's command as soon as there is an entry point. Branches that `assumed` excludes are left out. NULL: nothing.
 */
static struct node *command_of_image(struct changes *changes, struct node *entry_point,
				     const struct assumption *assumed)
{
	struct task *task = changes->task;
	struct node *branches[2], *values[2], *list;
	struct text condition;

	if (entry_point && ecs_condition(task->spelling, entry_point, &condition, &branches[0], &branches[1])) {
		const struct assumption *known = find_assumption(assumed, condition);

		if (known)
			return command_of_image(changes, branches[known->holds ? 0 : 1], assumed);
		for (unsigned i = 0; i < 2; i++) {
			const struct assumption here = {condition, i == 0, assumed};

			values[i] = command_of_image(changes, branches[i], &here);
		}
		return values[0] || values[1] ? choice(task, condition, values[0], values[1]) : NULL;
	}
	if (words_kind_of(task->spelling, entry_point) != WORDS_UNSET || changes->plan->image.command.count == 0)
		return NULL;
	list = node_new(task->arena, NODE_ARRAY);
	if (list)
		add_words(task, list, changes->plan->image.command);
	else
		task->editor->failed = true;
	return list;
}

/* Branches of a command that is there. */
static struct text fill_command(struct changes *changes, struct node *words, const struct assumption *assumed)
{
	struct task *task = changes->task;
	struct node *branches[2], *value;
	struct text condition, origin, origins[2];

	if (ecs_condition(task->spelling, words, &condition, &branches[0], &branches[1])) {
		for (unsigned i = 0; i < 2; i++) {
			/* The outer one of two that contradict each other holds. */
			const struct assumption here = {condition, i == 0, assumed},
						*known = find_assumption(assumed, condition);

			origins[i] = fill_command(changes, branches[i], known ? assumed : &here);
		}
		return arena_format(task->arena, "(" TEXT_FORMAT "," TEXT_FORMAT ")", TEXT_ARGUMENTS(origins[0]),
				    TEXT_ARGUMENTS(origins[1]));
	}
	if (words_kind_of(task->spelling, words) != WORDS_UNSET)
		return TEXT(ORIGIN_TASK);
	value = command_of_image(changes, changes->plan->entry_point, assumed);
	if (!value)
		return TEXT(ORIGIN_NONE);
	origin = image_or_none(task, true, words);
	editor_replace(task->editor, words, value);
	return origin;
}

static void change_words(struct changes *changes, struct undo_label *label)
{
	struct task *task = changes->task;
	struct node *entry_point = changes->plan->entry_point, *command = changes->plan->command, *value = NULL;

	/* The command first: it depends on what the entry point was. */
	if (words_kind_of(task->spelling, command) == WORDS_UNSET) {
		value = command_of_image(changes, entry_point, changes->plan->assumed);
		label->command = value ? TEXT(ORIGIN_IMAGE) : TEXT(ORIGIN_NONE);
	} else {
		label->command = fill_command(changes, command, changes->plan->assumed);
	}
	if (entry_point && words_kind_of(task->spelling, entry_point) == WORDS_UNSET)
		note(&changes->was, "entryPoint", undo_nothing_name(task, entry_point));
	label->entry_point = wrap_entry_point(changes, entry_point);
	if (value && command) {
		note(&changes->was, "command", undo_nothing_name(task, command));
		editor_replace(task->editor, command, value);
	} else if (value) {
		editor_insert_member(task->editor, changes->anchor, spelled(task, "command"), value);
	}
}

/* ---- lists and mappings ---- */

static struct node *list_of(struct task *task, struct node *item)
{
	struct node *list = node_new(task->arena, NODE_ARRAY);

	node_append(list, item);
	return list;
}

static bool list_has(const struct node *list, const char *string)
{
	for (const struct node *element = list->first; element; element = element->next)
		if (node_is_string(element, string))
			return true;
	return false;
}

/*
 * Into a list that is there, in each branch of it. Appends to `names` what each of them was, for the label: how it stood
 * for nothing, "-" for a list, "=" for one that has the word `known` already. Whether the label has to say it.
 */
static bool add_to_list(struct task *task, struct node *list, const struct node *items, const char *known,
			struct buffer *names)
{
	struct node *branches[2], *copy = items ? node_copy(task->arena, items) : NULL;
	struct text condition;

	if (!copy) {
		task->editor->failed = true;
		return false;
	}
	if (ecs_condition(task->spelling, list, &condition, &branches[0], &branches[1])) {
		bool then_special = add_to_list(task, branches[0], items, known, names);

		return add_to_list(task, branches[1], items, known, names) || then_special;
	}
	if (names->length > 0)
		buffer_append_byte(names, ';');
	if (node_is_absent(list) || ecs_is_no_value(task->spelling, list)) {
		buffer_append_text(names, undo_nothing_name(task, list));
		editor_replace(task->editor, list, copy);
		return true;
	}
	if (known && list_has(list, known)) {
		buffer_append_byte(names, '=');
		return true;
	}
	buffer_append_byte(names, '-');
	editor_insert_first(task->editor, list, copy);
	return false;
}

/* The same; what the label has to say of it is "branch:NAME:..." or empty. */
static struct text add_to_branches(struct task *task, struct node *list, const struct node *items, const char *name,
				   const char *known)
{
	bool is_nothing = node_is_absent(list) || ecs_is_no_value(task->spelling, list);
	struct buffer names = BUFFER_INIT;
	struct text branches = TEXT_EMPTY;

	if (add_to_list(task, list, items, known, &names) && !is_nothing) {
		branches = arena_format(task->arena, UNDO_BRANCH ":%s:" TEXT_FORMAT, name,
					TEXT_ARGUMENTS(buffer_text(&names)));
		if (!branches.bytes || names.failed)
			task->editor->failed = true;
	}
	buffer_release(&names);
	return branches;
}

/* All that a list gets at once: a list that was edited cannot be edited again. */
static void add_items(struct changes *changes, const char *name, struct node *items)
{
	struct task *task = changes->task;
	struct node *list = member(changes, changes->plan->container, name);
	struct text branches;

	if (!items) {
		task->editor->failed = true;
		return;
	}
	if (!list) {
		editor_insert_member(task->editor, changes->anchor, spelled(task, name), items);
		note(&changes->made, name, TEXT_EMPTY);
		return;
	}
	if (node_is_absent(list) || ecs_is_no_value(task->spelling, list))
		note(&changes->was, name, undo_nothing_name(task, list));
	branches = add_to_branches(task, list, items, name, NULL);
	if (branches.length > 0)
		note(&changes->made, branches.bytes, TEXT_EMPTY);
}

static void add_item(struct changes *changes, const char *name, struct node *item)
{
	add_items(changes, name, item ? list_of(changes->task, item) : NULL);
}

/* Into a mapping, which may be empty. */
static void add_to_object(struct task *task, struct node *object, const char *name, struct node *value)
{
	if (object->first)
		editor_insert_member(task->editor, object->first, name, value);
	else
		editor_insert_only_member(task->editor, object, name, value);
}

static void add_member(struct changes *changes, const char *name, struct node *value)
{
	struct task *task = changes->task;
	struct node *old = member(changes, changes->plan->container, name);

	if (!old) {
		editor_insert_member(task->editor, changes->anchor, spelled(task, name), value);
		note(&changes->made, name, TEXT_EMPTY);
	} else {
		note(&changes->was, name, undo_nothing_name(task, old));
		editor_replace(task->editor, old, value);
	}
}

/* Written out, so that it can get a member. */
static bool is_mapping(const struct task *task, const struct node *value)
{
	return value && value->kind == NODE_OBJECT && !ecs_is_no_value(task->spelling, value);
}

/* Adds SYS_PTRACE at the depth at which something is there already; what was made is named by its path. */
static void add_capability(struct changes *changes)
{
	struct task *task = changes->task;
	struct node *parameters = member(changes, changes->plan->container, "linuxParameters");
	struct node *capabilities = member(changes, parameters, "capabilities"),
		    *add = member(changes, capabilities, "add");
	struct node *list = list_of(task, node_new_string(task->arena, TEXT("SYS_PTRACE")));
	struct node *adding = node_new(task->arena, NODE_OBJECT), *whole = node_new(task->arena, NODE_OBJECT);
	struct text branches;

	if (!list || !adding || !whole) {
		task->editor->failed = true;
		return;
	}
	if (add && !node_is_absent(add) && !ecs_is_no_value(task->spelling, add)) {
		if (list_has(add, "SYS_PTRACE"))
			return;
		branches = add_to_branches(task, add, list, "add", "SYS_PTRACE");
		if (branches.length > 0)
			note(&changes->made, branches.bytes, TEXT_EMPTY);
		note(&changes->made, "SYS_PTRACE", TEXT_EMPTY);
		return;
	}
	if (is_mapping(task, capabilities)) {
		note(add ? &changes->was : &changes->made, "capabilities.add",
		     add ? undo_nothing_name(task, add) : TEXT_EMPTY);
		if (add)
			editor_replace(task->editor, add, list);
		else
			add_to_object(task, capabilities, spelled(task, "add"), list);
		return;
	}
	node_add_member(task->arena, adding, spelled(task, "add"), list);
	if (is_mapping(task, parameters)) {
		note(capabilities ? &changes->was : &changes->made, "capabilities",
		     capabilities ? undo_nothing_name(task, capabilities) : TEXT_EMPTY);
		if (capabilities)
			editor_replace(task->editor, capabilities, adding);
		else
			add_to_object(task, parameters, spelled(task, "capabilities"), adding);
		return;
	}
	node_add_member(task->arena, whole, spelled(task, "capabilities"), adding);
	add_member(changes, "linuxParameters", whole);
}

static void add_secrets(struct changes *changes)
{
	struct task *task = changes->task;
	const struct {
		const char *variable, *source;
	} secrets[] = {
	    {TERCEL_TOKEN_VARIABLE, task->options->token_secret},
	    {TERCEL_CA_VARIABLE, task->options->ca_secret},
	};
	struct node *items = node_new(task->arena, NODE_ARRAY);

	for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
		struct node *secret = secrets[i].source ? node_new(task->arena, NODE_OBJECT) : NULL;

		if (!secret)
			continue;
		add_string(task, secret, "name", text_from_string(secrets[i].variable));
		node_add_member(task->arena, secret, spelled(task, "valueFrom"), option_value(task, secrets[i].source));
		node_append(items, secret);
	}
	if (!items || items->count == 0)
		return;
	add_items(changes, "secrets", items);
	for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
		if (secrets[i].source)
			note(&changes->made, secrets[i].variable, TEXT_EMPTY);
}

static struct node *mount_point(struct task *task, bool is_read_only)
{
	struct node *mount = node_new(task->arena, NODE_OBJECT);

	add_string(task, mount, "sourceVolume", text_from_string(task->options->name_prefix));
	add_string(task, mount, "containerPath", TEXT(TERCEL_DIRECTORY));
	node_add_member(task->arena, mount, spelled(task, "readOnly"), node_new_bool(task->arena, is_read_only));
	return mount;
}

static void add_delivery(struct changes *changes)
{
	struct task *task = changes->task;
	struct node *source, *dependency;

	if (task->options->delivery == DELIVERY_EMBEDDED)
		return;
	if (task->options->delivery == DELIVERY_INIT) {
		add_item(changes, "mountPoints", mount_point(task, true));
	} else {
		source = node_new(task->arena, NODE_OBJECT);
		add_string(task, source, "sourceContainer", init_container_name(task));
		node_add_member(task->arena, source, spelled(task, "readOnly"), node_new_bool(task->arena, true));
		add_item(changes, "volumesFrom", source);
	}
	dependency = node_new(task->arena, NODE_OBJECT);
	add_string(task, dependency, "containerName", init_container_name(task));
	add_string(task, dependency, "condition", TEXT("SUCCESS"));
	add_item(changes, "dependsOn", dependency);
}

/* For the resource's metadata, because the container's labels are known only at deployment. */
static void add_metadata_label(struct changes *changes, struct undo_label *label)
{
	struct task *task = changes->task;
	char *name = arena_copy_string(task->arena, undo_metadata_name(task, changes->plan));

	label->metadata = node_member(task->resource_node, "Metadata") ? TEXT_EMPTY : TEXT("1");
	if (!task->metadata_labels)
		task->metadata_labels = node_new(task->arena, NODE_OBJECT);
	if (name && task->metadata_labels)
		node_add_string(task->arena, task->metadata_labels, name, undo_label_format(task->arena, label));
	else
		task->editor->failed = true;
}

/* All at once: what was edited cannot be edited again. */
static void write_metadata_labels(struct task *task)
{
	struct node *metadata = node_member(task->resource_node, "Metadata"), *ours = task->metadata_labels, *next;
	struct node *labels = node_member(metadata, METADATA_MEMBER);

	if (!ours)
		return;
	if (labels && labels->first) {
		struct node *anchor = labels->first;

		for (struct node *label = ours->first; label; label = next) {
			next = label->next;
			editor_insert_member(task->editor, anchor, label->key->text.bytes, label);
		}
	} else if (labels) {
		editor_replace(task->editor, labels, ours);
	} else if (metadata) {
		add_to_object(task, metadata, METADATA_MEMBER, ours);
	} else {
		metadata = node_new(task->arena, NODE_OBJECT);
		node_add_member(task->arena, metadata, METADATA_MEMBER, ours);
		editor_insert_member(task->editor, node_member(task->resource_node, "Properties"), "Metadata",
				     metadata);
	}
}

/* Last, because it says what was made: itself too. */
static void add_label(struct changes *changes, struct undo_label *label)
{
	struct task *task = changes->task;
	struct node *labels = member(changes, changes->plan->container, "dockerLabels"), *value;
	struct node *object = node_new(task->arena, NODE_OBJECT);
	struct text function;
	const struct node *argument;
	bool is_elsewhere = ecs_intrinsic(task->spelling, labels, &function, &argument);
	bool is_there = labels && labels->kind == NODE_OBJECT && !is_elsewhere;

	if (is_elsewhere && !ecs_is_no_value(task->spelling, labels)) {
		label->made = buffer_text(&changes->made);
		label->was = buffer_text(&changes->was);
		add_metadata_label(changes, label);
		return;
	}
	if (!labels)
		note(&changes->made, "dockerLabels", TEXT_EMPTY);
	else if (!is_there)
		note(&changes->was, "dockerLabels", undo_nothing_name(task, labels));
	label->made = buffer_text(&changes->made);
	label->was = buffer_text(&changes->was);
	value = node_new_string(task->arena, undo_label_format(task->arena, label));
	if (!object || !value || changes->made.failed || changes->was.failed || !value->text.bytes) {
		task->editor->failed = true;
		return;
	}
	if (is_there) {
		add_to_object(task, labels, TERCEL_LABEL, value);
		return;
	}
	node_add_member(task->arena, object, TERCEL_LABEL, value);
	if (labels)
		editor_replace(task->editor, labels, object);
	else
		editor_insert_member(task->editor, changes->anchor, spelled(task, "dockerLabels"), object);
}

/* The digest in place of the tag, which the label keeps. */
static void pin(struct changes *changes, struct undo_label *label)
{
	struct node *image = member(changes, changes->plan->container, "image");
	size_t name_length = text_find_byte(changes->plan->pinned, '@');

	label->tag = text_slice(image->text, name_length, SIZE_MAX);
	if (label->tag.length == 0)
		label->tag = TEXT("-");
	editor_replace_text(changes->task->editor, image, changes->plan->pinned);
}

static struct node *container_anchor(const struct task *task, const struct node *container)
{
	struct node *image = ecs_member(task->spelling, container, "image");

	if (!image)
		return container->first;
	return image->next ? image->next : image;
}

static void apply(struct task *task, struct plan *plan, const struct undo_label *task_level)
{
	struct changes changes = {.task = task, .plan = plan, .anchor = container_anchor(task, plan->container)};
	struct undo_label label = *task_level;
	struct node *words = wrapper_words(task);

	label.word_count = words ? words->count : 0;
	change_words(&changes, &label);
	add_delivery(&changes);
	add_secrets(&changes);
	if (task->options->ptrace)
		add_capability(&changes);
	if (plan->pinned.length > 0)
		pin(&changes, &label);
	add_label(&changes, &label);
	if (plan->decision)
		plan->decision->after =
		    arena_format(task->arena, TEXT_FORMAT " " TEXT_FORMAT,
				 TEXT_ARGUMENTS(words_text(task, member(&changes, plan->container, "entryPoint"))),
				 TEXT_ARGUMENTS(words_text(task, member(&changes, plan->container, "command"))));
	buffer_release(&changes.made);
	buffer_release(&changes.was);
}

/* ---- the task's level ---- */

static bool is_literal(const struct node *value)
{
	if (value->tag.length > 0)
		return false;
	for (const struct node *child = value->first; child; child = child->next)
		if ((child->key &&
		     (text_starts_with(child->key->text, TEXT("Fn::")) || text_is(child->key->text, "Ref"))) ||
		    !is_literal(child))
			return false;
	return true;
}

/* That of the first container that is wrapped, if it is awslogs and written out. */
static const struct node *log_configuration(const struct task *task)
{
	for (const struct plan *plan = task->first_plan; plan; plan = plan->next) {
		const struct node *log = ecs_member(task->spelling, plan->container, "logConfiguration");

		if (!plan->is_wrapped)
			continue;
		if (!log || !text_is(ecs_member_text(task->spelling, log, "logDriver"), "awslogs") || !is_literal(log))
			return NULL;
		return log;
	}
	return NULL;
}

static struct node *init_container(struct task *task)
{
	struct node *container = node_new(task->arena, NODE_OBJECT), *command = node_new(task->arena, NODE_ARRAY);
	const struct node *log = log_configuration(task);

	add_string(task, container, "name", init_container_name(task));
	node_add_member(task->arena, container, spelled(task, "image"), option_value(task, task->options->agent_image));
	node_add_member(task->arena, container, spelled(task, "essential"), node_new_bool(task->arena, false));
	add_string(task, container, "user", text_from_string(task->options->init_user));
	node_append(command, node_new_string(task->arena, TEXT("install")));
	node_append(command, node_new_string(task->arena, TEXT(TERCEL_DIRECTORY)));
	node_add_member(task->arena, container, spelled(task, "command"), command);
	if (task->options->delivery == DELIVERY_INIT)
		node_add_member(task->arena, container, spelled(task, "mountPoints"),
				list_of(task, mount_point(task, false)));
	node_add_member(task->arena, container, spelled(task, "readonlyRootFilesystem"),
			node_new_bool(task->arena, task->options->delivery == DELIVERY_INIT));
	if (log)
		node_add_member(task->arena, container, spelled(task, "logConfiguration"), node_copy(task->arena, log));
	return container;
}

/* The member after the list of containers, or the list. */
static struct node *task_anchor(const struct task *task)
{
	return task->containers->next ? task->containers->next : task->containers;
}

static void add_volume(struct task *task, struct undo_label *label)
{
	struct node *volumes = ecs_member(task->spelling, task->definition, "volumes");
	struct node *volume = node_new(task->arena, NODE_OBJECT);

	add_string(task, volume, "name", text_from_string(task->options->name_prefix));
	label->volume = TEXT("0");
	if (!volume) {
		task->editor->failed = true;
	} else if (!volumes) {
		editor_insert_member(task->editor, task_anchor(task), spelled(task, "volumes"), list_of(task, volume));
		label->volume = TEXT("1");
	} else {
		struct text branches;

		if (node_is_absent(volumes) || ecs_is_no_value(task->spelling, volumes))
			label->volume = undo_nothing_name(task, volumes);
		branches = add_to_branches(task, volumes, list_of(task, volume), "volumes", NULL);
		if (branches.length > 0)
			label->volume = branches;
	}
}

void task_apply(struct task *task)
{
	const struct instrument_options *options = task->options;
	struct undo_label task_level = {0};
	bool any_wrapped = false;
	struct node *init;

	for (const struct plan *plan = task->first_plan; plan; plan = plan->next)
		any_wrapped |= plan->is_wrapped;
	if (!any_wrapped)
		return;
	/* Built before the containers change: it copies from them. */
	init = options->delivery == DELIVERY_EMBEDDED ? NULL : init_container(task);
	if (!text_is(text_from_string(options->name_prefix), "tercel"))
		task_level.prefix = text_from_string(options->name_prefix);
	if (options->delivery == DELIVERY_INIT)
		add_volume(task, &task_level);
	if (options->pid_mode && task->definition) {
		struct node *mode = ecs_member(task->spelling, task->definition, "pidMode");

		if (!mode) {
			editor_insert_member(task->editor, task_anchor(task), spelled(task, "pidMode"),
					     node_new_string(task->arena, text_from_string(options->pid_mode)));
			task_level.process_mode = TEXT("1");
		}
	}
	for (struct plan *plan = task->first_plan; plan; plan = plan->next)
		if (plan->is_wrapped)
			apply(task, plan, &task_level);
	write_metadata_labels(task);
	if (init)
		editor_insert_last(task->editor, task->containers, init);
}
