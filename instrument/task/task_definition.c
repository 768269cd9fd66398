#include "instrument/task/task_definition.h"

#include "instrument/task/fargate_rules.h"
#include "instrument/document/json_scan.h"
#include "instrument/task/plan.h"

struct work {
	enum spelling spelling;
	const struct instrument_options *options;
	struct image_lookup *images;
	struct arena *arena;
	struct report *report;
	struct text text; /* what is worked on */
};

static void bug(struct work *work)
{
	report_at(work->report, SEVERITY_ERROR, SIZE_MAX,
		  arena_is_exhausted(work->arena) ? "no memory"
						  : "the edited document is not as planned; nothing was changed");
}

/* Makes the edits and goes on with the result. */
static bool finish(struct work *work, struct editor *editor)
{
	struct source_map *map = arena_allocate(work->arena, sizeof *map);
	struct text edited;

	if (editor->count == 0)
		return true;
	if (!map || !editor_finish(editor, &edited, map)) {
		bug(work);
		return false;
	}
	map->earlier = work->report->map;
	work->report->map = map;
	work->text = edited;
	return true;
}

static struct node *scan(struct work *work)
{
	struct node *root = json_scan(work->text, work->arena, work->report);

	if (root && root->kind != NODE_OBJECT && root->kind != NODE_ARRAY) {
		report_node(work->report, SEVERITY_ERROR, root,
			    "a task definition, or a list of container definitions, is expected");
		return NULL;
	}
	return root;
}

/* ECS tells of no tags by an empty list, and takes none. */
static bool are_empty_tags(const struct work *work, const struct node *member)
{
	return ecs_member(work->spelling, member->parent, "tags") == member && member->kind == NODE_ARRAY &&
	       member->count == 0;
}

/* What ECS tells of a definition, and does not take. */
static void remove_read_only(struct work *work, struct editor *editor, struct node *definition)
{
	for (struct node *member = definition->first, *next; member; member = next) {
		next = member->next;
		if (ecs_member_level(work->spelling, member->key->text, MEMBER_READ_ONLY) ||
		    are_empty_tags(work, member))
			editor_remove(editor, member, member);
	}
}

/* {"taskDefinition": {...}, "tags": [...]}: the definition alone, with its tags. */
static bool unwrap(struct work *work, const struct node *definition, const struct node *tags)
{
	struct node *root;
	struct editor editor;

	if (!report_map_pieces(work->report, &(struct source_piece){.origin = definition->start}, 1)) {
		bug(work);
		return false;
	}
	work->text = node_source(work->text, definition);
	root = scan(work);
	if (!root || !root->first)
		return root != NULL;
	editor = editor_of(work->arena, work->text, root, false);
	remove_read_only(work, &editor, root);
	if (tags && tags->kind == NODE_ARRAY && tags->count > 0 && !node_member(root, "tags")) {
		if (root->first)
			editor_insert_member(&editor, root->first, "tags", node_copy(work->arena, tags));
		else
			editor_insert_only_member(&editor, root, "tags", node_copy(work->arena, tags));
	}
	return finish(work, &editor);
}

/* What describe-task-definition answers becomes what register-task-definition takes. */
static bool normalize(struct work *work)
{
	struct node *root = scan(work), *inner;
	struct editor editor;

	if (!root)
		return false;
	inner = node_member(root, "taskDefinition");
	if (inner && inner->kind == NODE_OBJECT)
		return unwrap(work, inner, node_member(root, "tags"));
	editor = editor_of(work->arena, work->text, root, false);
	if (root->kind == NODE_OBJECT)
		remove_read_only(work, &editor, root);
	return finish(work, &editor);
}

static void skip_all(struct work *work, const char *reason)
{
	struct decision decision = {
	    .outcome = OUTCOME_SKIPPED,
	    .container = TEXT("all containers"),
	    .reason = text_from_string(reason),
	};

	report_decision(work->report, &decision);
}

static struct task task_of(const struct work *work, struct node *root)
{
	return (struct task){
	    .arena = work->arena,
	    .report = work->report,
	    .options = work->options,
	    .images = work->images,
	    .spelling = work->spelling,
	    .resource = TEXT_EMPTY,
	    .definition = root->kind == NODE_OBJECT ? root : NULL,
	    .containers = root->kind == NODE_ARRAY ? root : NULL,
	};
}

static bool pass(struct work *work, enum action action)
{
	struct node *root = scan(work);
	struct editor editor;
	struct task task;

	if (!root)
		return false;
	editor = editor_of(work->arena, work->text, root, false);
	task = task_of(work, root);
	task.editor = &editor;
	if (!task_read(&task))
		return false;
	if (task.skip_reason && action == ACTION_INSTRUMENT) {
		skip_all(work, task.skip_reason);
		return true;
	}
	if (action == ACTION_REMOVE) {
		if (task_is_instrumented(&task))
			task_remove(&task);
	} else {
		task_decide(&task);
		if (work->report->error_count == 0)
			task_apply(&task);
	}
	return work->report->error_count == 0 && finish(work, &editor);
}

/* Whether two texts say the same. */
static bool is_same(struct work *work, struct text before)
{
	struct report ignored = report_of(work->arena, before);
	const struct node *left = json_scan(before, work->arena, &ignored);
	const struct node *right = json_scan(work->text, work->arena, &ignored);

	return left && right && node_equal(left, right);
}

bool task_definition_transform(struct text source, enum action action, enum spelling spelling,
			       const struct instrument_options *options, struct image_lookup *images,
			       struct arena *arena, struct report *report, struct text *ret_output)
{
	struct work work = {spelling, options, images, arena, report, source};
	struct decision *first, *last;

	if (!normalize(&work))
		return false;
	/* What is there of ours goes first, so that an upgrade is a removal and an installation. */
	first = report->first_decision;
	last = report->last_decision;
	if (!pass(&work, ACTION_REMOVE))
		return false;
	if (action == ACTION_INSTRUMENT) {
		report->first_decision = first;
		report->last_decision = last;
		if (last)
			last->next = NULL;
		if (!pass(&work, ACTION_INSTRUMENT))
			return false;
	}
	*ret_output = is_same(&work, source) ? source : work.text;
	return true;
}

static void show_container(struct report *report, const struct plan *plan)
{
	struct decision decision = {
	    .outcome = plan->label.length > 0 ? OUTCOME_INSTRUMENTED : OUTCOME_SKIPPED,
	    .container = plan->name,
	    .reason = plan->label.length > 0 ? plan->label : TEXT("it carries no label of ours"),
	};

	report_decision(report, &decision);
}

bool task_definition_check(struct text source, enum spelling spelling, struct arena *arena, struct report *report)
{
	const struct instrument_options none = {.name_prefix = "tercel"};
	struct work work = {.spelling = spelling, .options = &none, .arena = arena, .report = report, .text = source};
	struct node *root = scan(&work), *described;
	struct editor editor;
	struct task task;

	if (!root)
		return false;
	editor = editor_of(arena, source, root, false);
	/* {"taskDefinition": {...}, "tags": [...]}, where it is as it runs. */
	described = node_member(root, "taskDefinition");
	if (described && described->kind != NODE_OBJECT)
		described = NULL;
	task = task_of(&work, described ? described : root);
	task.is_described = described != NULL;
	task.tags = described ? node_member(root, "tags") : NULL;
	task.editor = &editor;
	if (!task_read(&task))
		return false;
	if (task.skip_reason) {
		skip_all(&work, task.skip_reason);
		return true;
	}
	fargate_rules_check(&task);
	for (const struct plan *plan = task.first_plan; plan; plan = plan->next)
		show_container(report, plan);
	return report->error_count == 0;
}
