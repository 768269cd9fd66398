/* Undoes what task_apply.c did, by the label that it left. */
#include "instrument/task/plan.h"

struct removal {
	struct task *task;
	struct plan *plan;
	struct undo_label label;
};

static struct node *member(const struct removal *removal, const struct node *object, const char *name)
{
	return ecs_member(removal->task->spelling, object, name);
}

static void changed_since(struct removal *removal, const struct node *place)
{
	report_node(removal->task->report, SEVERITY_ERROR, place,
		    "container \"" TEXT_FORMAT "\": this is not what its label " TERCEL_LABEL " says; undo by hand",
		    TEXT_ARGUMENTS(removal->plan->name));
}

/* The member `name` is ours whole: it goes, or becomes what it was. */
static void restore_member(struct removal *removal, struct node *value, const char *name)
{
	struct text was;

	if (undo_list_has(removal->label.was, name, &was))
		editor_replace(removal->task->editor, value, undo_nothing(removal->task, was, value));
	else
		editor_remove(removal->task->editor, value, value);
}

/* ---- entry point and command ---- */

/* "(then,else)" into its parts; false when it is something else. */
static bool split_origin(struct text origin, struct text ret_parts[static 2])
{
	unsigned depth = 0;

	if (origin.length < 3 || origin.bytes[0] != '(' || origin.bytes[origin.length - 1] != ')')
		return false;
	for (size_t i = 0; i < origin.length; i++) {
		if (origin.bytes[i] == '(') {
			depth++;
		} else if (origin.bytes[i] == ')') {
			if (depth-- == 0)
				return false;
		} else if (origin.bytes[i] == ',' && depth == 1) {
			ret_parts[0] = text_slice(origin, 1, i - 1);
			ret_parts[1] = text_slice(origin, i + 1, origin.length - i - 2);
			return true;
		}
	}
	return false;
}

/* The list that was joined: [program, ..., "--prepend-joined", separator, {Join [separator, LIST]}, "--"]. */
static const struct node *find_joined(const struct removal *removal, const struct node *words)
{
	const struct node *call = words->last ? words->last->previous : NULL, *argument;
	struct text function;

	if (!call || !ecs_intrinsic(removal->task->spelling, call, &function, &argument) ||
	    !text_is(function, "Join") || argument->kind != NODE_ARRAY || argument->count != 2)
		return NULL;
	return argument->last;
}

/* The list again that was joined, as it was written, unless somebody has changed it. */
static void take_joined_out(struct removal *removal, struct node *words, struct text origin)
{
	struct task *task = removal->task;
	const struct node *list = find_joined(removal, words);
	struct node *copy = list ? node_copy(task->arena, list) : NULL;

	if (!list) {
		changed_since(removal, words);
		return;
	}
	if (copy && !undo_written(task, origin, copy, words) && list->is_flow)
		copy->verbatim = node_source(task->editor->source, list);
	editor_replace(task->editor, words, copy);
}

static void unwrap(struct removal *removal, struct node *words, struct text origin)
{
	bool was_reset = text_starts_with(origin, TEXT(ORIGIN_RESET));
	struct node *last = words->first, *empty;

	if (words->kind != NODE_ARRAY || words->count < removal->label.word_count ||
	    !node_is_string(words->first, TERCEL_PROGRAM)) {
		changed_since(removal, words);
		return;
	}
	for (size_t i = 1; i < removal->label.word_count; i++)
		last = last->next;
	if (!node_is_string(last, "--") || (was_reset && (last->next || !last->previous))) {
		changed_since(removal, words);
	} else if (!was_reset) {
		editor_remove(removal->task->editor, words->first, last);
	} else {
		editor_remove(removal->task->editor, words->first, last->previous);
		empty = node_new_string(removal->task->arena, TEXT_EMPTY);
		if (empty)
			undo_written(removal->task, origin, empty, last);
		editor_replace(removal->task->editor, last, empty);
	}
}

static void undo_words(struct removal *removal, struct node *words, const char *name, struct text origin, bool is_whole)
{
	struct task *task = removal->task;
	struct text condition, parts[2], was = origin, kind = undo_next_piece(&was, ':');
	struct node *branches[2];

	if (split_origin(origin, parts)) {
		if (!words || !ecs_condition(task->spelling, words, &condition, &branches[0], &branches[1])) {
			changed_since(removal, words ? words : removal->plan->container);
			return;
		}
		for (unsigned i = 0; i < 2; i++)
			undo_words(removal, branches[i], name, parts[i], false);
		return;
	}
	/* A command of the definition's, or none, was not touched; an entry point always was. */
	if (strcmp(name, "command") == 0 && !text_is(kind, ORIGIN_IMAGE))
		return;
	if (!words) {
		changed_since(removal, removal->plan->container);
	} else if (text_is(origin, ORIGIN_TASK) || text_starts_with(origin, TEXT(ORIGIN_RESET))) {
		unwrap(removal, words, origin);
	} else if (text_starts_with(origin, TEXT(ORIGIN_JOINED))) {
		take_joined_out(removal, words, origin);
	} else if (is_whole) {
		restore_member(removal, words, name);
	} else {
		editor_replace(task->editor, words,
			       undo_nothing(task, was.length > 0 ? was : TEXT("novalue"), words));
	}
}

/* ---- lists and mappings ---- */

static bool is_ours(const struct removal *removal, const struct node *item, const char *key, struct text value)
{
	return text_equal(ecs_member_text(removal->task->spelling, item, key), value);
}

struct elements {
	const char *key; /* of the member that tells ours */
	const struct text *ours;
	size_t count;
};

static bool is_element_of_ours(const struct removal *removal, const struct node *item, const struct elements *elements)
{
	for (size_t i = 0; i < elements->count; i++)
		if (is_ours(removal, item, elements->key, elements->ours[i]))
			return true;
	return false;
}

static bool has_others(const struct removal *removal, const struct node *list, const struct elements *elements)
{
	if (list->kind != NODE_ARRAY || list->tag.length > 0)
		return true;
	for (const struct node *item = list->first; item; item = item->next)
		if (!is_element_of_ours(removal, item, elements))
			return true;
	return false;
}

/* Takes ours out; a branch of a condition that has only ours is nothing again, if it was: *branches says so. */
static void take_out(struct removal *removal, struct node *list, const struct elements *elements,
		     struct text *branches)
{
	struct task *task = removal->task;
	struct node *then_branch, *else_branch;
	struct text condition, was;

	if (ecs_condition(task->spelling, list, &condition, &then_branch, &else_branch)) {
		take_out(removal, then_branch, elements, branches);
		take_out(removal, else_branch, elements, branches);
		return;
	}
	was = undo_next_piece(branches, ';');
	if (list->kind != NODE_ARRAY)
		return;
	if (was.length > 0 && !text_is(was, "-") && list->first && !has_others(removal, list, elements)) {
		editor_replace(task->editor, list, undo_nothing(task, was, list));
		return;
	}
	for (struct node *item = list->first, *next; item; item = next) {
		next = item->next;
		if (is_element_of_ours(removal, item, elements))
			editor_remove(task->editor, item, item);
	}
}

/* Elements of ours in a list of the container. */
static void undo_list(struct removal *removal, const char *name, const char *key, const struct text *ours, size_t count)
{
	const struct elements elements = {key, ours, count};
	struct node *list = member(removal, removal->plan->container, name);
	bool is_made = undo_list_has(removal->label.made, name, NULL) || undo_list_has(removal->label.was, name, NULL);
	struct text branches = undo_branches(&removal->label, name);

	if (!list)
		return;
	if (is_made && !has_others(removal, list, &elements)) {
		restore_member(removal, list, name);
		return;
	}
	take_out(removal, list, &elements, &branches);
}

/* What is at `name` within `object`, if the label says that it is ours. */
static bool undo_capability_at(struct removal *removal, struct node *object, const char *member_name,
			       const char *label_name)
{
	struct node *value = member(removal, object, member_name);

	if (!value || (!undo_list_has(removal->label.made, label_name, NULL) &&
		       !undo_list_has(removal->label.was, label_name, NULL)))
		return false;
	restore_member(removal, value, label_name);
	return true;
}

/* SYS_PTRACE, from the list or each branch of it; a branch that has only it is nothing again, if it was. */
static void take_word_out(struct removal *removal, struct node *list, struct text *branches)
{
	struct task *task = removal->task;
	struct node *then_branch, *else_branch;
	struct text condition, was;

	if (ecs_condition(task->spelling, list, &condition, &then_branch, &else_branch)) {
		take_word_out(removal, then_branch, branches);
		take_word_out(removal, else_branch, branches);
		return;
	}
	was = undo_next_piece(branches, ';');
	if (text_is(was, "="))
		return;
	for (struct node *word = list->first; word; word = word->next) {
		if (!node_is_string(word, "SYS_PTRACE"))
			continue;
		if (was.length > 0 && !text_is(was, "-") && list->count == 1)
			editor_replace(task->editor, list, undo_nothing(task, was, list));
		else
			editor_remove(task->editor, word, word);
		return;
	}
}

static void undo_capability(struct removal *removal)
{
	struct node *parameters = member(removal, removal->plan->container, "linuxParameters");
	struct node *capabilities = member(removal, parameters, "capabilities"),
		    *add = member(removal, capabilities, "add");
	struct text branches = undo_branches(&removal->label, "add");

	if (undo_capability_at(removal, removal->plan->container, "linuxParameters", "linuxParameters") ||
	    undo_capability_at(removal, parameters, "capabilities", "capabilities") ||
	    undo_capability_at(removal, capabilities, "add", "capabilities.add"))
		return;
	if (add && undo_list_has(removal->label.made, "SYS_PTRACE", NULL))
		take_word_out(removal, add, &branches);
}

/* The tag again, unless somebody has written another image since. */
static void unpin(struct removal *removal)
{
	struct node *image = member(removal, removal->plan->container, "image");
	struct text tag = text_is(removal->label.tag, "-") ? TEXT_EMPTY : removal->label.tag;
	size_t at = image && image->kind == NODE_STRING ? text_find_byte(image->text, '@') : SIZE_MAX;

	if (removal->label.tag.length > 0 && at != SIZE_MAX)
		editor_replace_text(removal->task->editor, image,
				    arena_format(removal->task->arena, TEXT_FORMAT TEXT_FORMAT,
						 TEXT_ARGUMENTS(text_slice(image->text, 0, at)), TEXT_ARGUMENTS(tag)));
}

static bool has_only_ours(const struct removal *removal, const struct node *labels)
{
	for (const struct node *label = labels->first; label; label = label->next) {
		bool is_ours = false;

		for (const struct plan *plan = removal->task->first_plan; plan; plan = plan->next)
			is_ours |= text_equal(undo_metadata_name(removal->task, plan), label->key->text);
		if (!is_ours)
			return false;
	}
	return true;
}

/* The first container's removal takes the labels of all. */
static void undo_metadata_label(struct removal *removal)
{
	struct task *task = removal->task;
	struct node *metadata = node_member(task->resource_node, "Metadata");
	struct node *labels = node_member(metadata, METADATA_MEMBER), *label;
	char *name;

	if (!labels)
		return;
	if (has_only_ours(removal, labels)) {
		if (metadata->count == 1 && text_is(removal->label.metadata, "1"))
			editor_remove(task->editor, metadata, metadata);
		else
			editor_remove(task->editor, labels, labels);
		return;
	}
	name = arena_copy_string(task->arena, undo_metadata_name(task, removal->plan));
	label = name ? node_member(labels, name) : NULL;
	if (label)
		editor_remove(task->editor, label, label);
}

static void undo_label(struct removal *removal)
{
	struct node *labels = member(removal, removal->plan->container, "dockerLabels");
	struct node *label = node_member(labels, TERCEL_LABEL);

	if (!label) {
		undo_metadata_label(removal);
		return;
	}
	if (labels->count == 1 && (undo_list_has(removal->label.made, "dockerLabels", NULL) ||
				   undo_list_has(removal->label.was, "dockerLabels", NULL)))
		restore_member(removal, labels, "dockerLabels");
	else
		editor_remove(removal->task->editor, label, label);
}

/* ---- the task ---- */

static void undo_volume(struct removal *removal, struct text prefix)
{
	struct task *task = removal->task;
	struct node *volumes = ecs_member(task->spelling, task->definition, "volumes");
	const struct elements elements = {"name", &prefix, 1};
	struct text branches = undo_branches(&removal->label, "volumes");
	bool is_only;

	if (!volumes || removal->label.volume.length == 0)
		return;
	is_only = !has_others(removal, volumes, &elements);
	if (is_only && text_is(removal->label.volume, "1"))
		editor_remove(task->editor, volumes, volumes);
	else if (is_only && !text_is(removal->label.volume, "0") && branches.length == 0)
		editor_replace(task->editor, volumes, undo_nothing(task, removal->label.volume, volumes));
	else
		take_out(removal, volumes, &elements, &branches);
}

static void undo_task(struct removal *removal, struct text prefix)
{
	struct task *task = removal->task;
	struct node *mode = ecs_member(task->spelling, task->definition, "pidMode");
	struct text init_name = arena_format(task->arena, TEXT_FORMAT "-init", TEXT_ARGUMENTS(prefix));
	const struct elements containers = {"name", &init_name, 1};
	struct text none = TEXT_EMPTY;

	if (task->definition)
		undo_volume(removal, prefix);
	if (mode && text_is(removal->label.process_mode, "1"))
		editor_remove(task->editor, mode, mode);
	take_out(removal, task->containers, &containers, &none);
}

static void undo_container(struct removal *removal, struct text prefix)
{
	struct text init_name = arena_format(removal->task->arena, TEXT_FORMAT "-init", TEXT_ARGUMENTS(prefix));
	static const char *const variables[] = {TERCEL_TOKEN_VARIABLE, TERCEL_CA_VARIABLE, NULL};
	struct text secrets[2];
	size_t secret_count = 0;

	for (size_t i = 0; variables[i]; i++)
		if (undo_list_has(removal->label.made, variables[i], NULL))
			secrets[secret_count++] = text_from_string(variables[i]);

	undo_words(removal, removal->plan->entry_point, "entryPoint", removal->label.entry_point, true);
	undo_words(removal, removal->plan->command, "command", removal->label.command, true);
	undo_list(removal, "mountPoints", "sourceVolume", &prefix, 1);
	undo_list(removal, "volumesFrom", "sourceContainer", &init_name, 1);
	undo_list(removal, "dependsOn", "containerName", &init_name, 1);
	if (secret_count > 0)
		undo_list(removal, "secrets", "name", secrets, secret_count);
	undo_capability(removal);
	unpin(removal);
	undo_label(removal);
}

void task_remove(struct task *task)
{
	bool task_is_undone = false;

	for (struct plan *plan = task->first_plan; plan; plan = plan->next) {
		struct removal removal = {.task = task, .plan = plan};
		struct text prefix = TEXT("tercel");
		struct decision decision = {
		    .outcome = OUTCOME_RESTORED, .resource = task->resource, .container = plan->name};

		if (plan->label.length == 0)
			continue;
		if (!undo_label_parse(plan->label, &removal.label)) {
			changed_since(&removal, ecs_member(task->spelling, plan->container, "dockerLabels"));
			continue;
		}
		if (removal.label.prefix.length > 0)
			prefix = removal.label.prefix;
		undo_container(&removal, prefix);
		if (!task_is_undone)
			undo_task(&removal, prefix);
		task_is_undone = true;
		report_decision(task->report, &decision);
	}
}
