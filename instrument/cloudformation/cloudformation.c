#include "instrument/cloudformation/cloudformation.h"

#include "instrument/task/fargate_rules.h"
#include "instrument/document/json_scan.h"
#include "instrument/task/plan.h"
#include "instrument/task/task_hints.h"
#include "instrument/document/yaml_scan.h"

#define TASK_DEFINITION_TYPE "AWS::ECS::TaskDefinition"
#define TASKS_MAX 500 /* resources that a template may have */

enum work_kind { WORK_INSTRUMENT, WORK_REMOVE, WORK_CHECK };

struct work {
	const struct instrument_options *options;
	struct image_lookup *images;
	struct resolver resolver;
	struct arena *arena;
	struct report *report;
	struct text text;
	bool is_yaml;
	enum work_kind kind;
	struct editor editor; /* of the pass */
	size_t task_count;
	struct task *tasks[TASKS_MAX];
};

static const struct {
	const char *type, *reason;
} other_resources[] = {
#define OTHER_RESOURCE(type, reason) {type, reason},
#include "instrument/images/known_images.def"
};

/* What YAML has where JSON ends: a comment, a tag, an anchor, an alias, text in other quotes or in none. */
static bool is_of_yaml(struct text text)
{
	char byte = text.length > 0 ? text.bytes[0] : '\0';

	if (byte == '/') /* a path, not a comment of JavaScript's */
		return text.length > 1 && text.bytes[1] != '/' && text.bytes[1] != '*';
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte && strchr("_#!'&*~", byte));
}

static bool begins_with_bracket(struct text source)
{
	struct text text = text_starts_with(source, TEXT("\xef\xbb\xbf")) ? text_slice(source, 3, SIZE_MAX) : source;

	text = text_trim(text, " \t\r\n");
	return text.length > 0 && (text.bytes[0] == '{' || text.bytes[0] == '[');
}

/*
 * By content: JSON begins with a bracket. So may YAML, where the first thing that JSON does not take is something of
 * YAML's; a mistake that is neither's is shown as one of JSON's.
 */
static bool is_json(struct text source, struct arena *arena)
{
	struct report report = report_of(arena, source);
	const struct diagnostic *fault;

	if (!begins_with_bracket(source))
		return false;
	if (json_scan(source, arena, &report))
		return true;
	fault = report.first_diagnostic;
	return !fault || fault->offset >= source.length || !is_of_yaml(text_slice(source, fault->offset, SIZE_MAX));
}

static struct node *scan(struct text text, bool is_yaml, struct arena *arena, struct report *report)
{
	return is_yaml ? yaml_scan(text, arena, report) : json_scan(text, arena, report);
}

bool is_cloudformation(struct text source, struct arena *arena)
{
	struct report ignored = report_of(arena, source);
	const struct node *root;

	if (!begins_with_bracket(source))
		return true;
	root = scan(source, !is_json(source, arena), arena, &ignored);
	return node_member(root, "Resources") != NULL;
}

/* ---- finding task definitions ---- */

static void skip(struct work *work, struct text resource, const char *reason)
{
	struct decision decision = {
	    .outcome = OUTCOME_SKIPPED,
	    .resource = resource,
	    .container = TEXT("all containers"),
	    .reason = text_from_string(reason),
	};

	report_decision(work->report, &decision);
}

static bool add_task(struct work *work, struct node *resource, struct node *properties)
{
	struct task *task = work->task_count < TASKS_MAX ? arena_allocate(work->arena, sizeof *task) : NULL;

	if (!task) {
		report_node(work->report, SEVERITY_ERROR, resource, "too many task definitions");
		return false;
	}
	task->arena = work->arena;
	task->report = work->report;
	task->options = work->options;
	task->images = work->images;
	task->resolver = &work->resolver;
	task->spelling = SPELLING_CLOUDFORMATION;
	task->editor = &work->editor;
	task->resource = resource->key->text;
	task->resource_node = resource;
	task->definition = properties;
	if (!task_read(task))
		return false;
	work->tasks[work->task_count++] = task;
	return true;
}

static bool add_resources(struct work *work, struct node *resources);

/* Fn::ForEach::Name: [identifier, collection, {"Key${identifier}": resource}] */
static bool add_loop(struct work *work, struct node *loop)
{
	if (loop->kind != NODE_ARRAY || loop->count != 3 || loop->last->kind != NODE_OBJECT) {
		report_node(work->report, SEVERITY_ERROR, loop,
			    "Fn::ForEach needs an identifier, a collection and a mapping");
		return false;
	}
	return add_resources(work, loop->last);
}

/* The reason why containers of this kind of resource are left alone; NULL: it has none. */
static const char *other_reason(struct text type)
{
	for (size_t i = 0; i < sizeof other_resources / sizeof other_resources[0]; i++)
		if (text_is(type, other_resources[i].type))
			return other_resources[i].reason;
	return NULL;
}

static bool add_resource(struct work *work, struct node *resource)
{
	struct text type = node_member_text(resource, "Type");
	struct node *properties = node_member(resource, "Properties");

	if (text_starts_with(resource->key->text, TEXT("Fn::ForEach")))
		return add_loop(work, resource);
	if (ecs_brings_in(resource->key->text)) {
		report_node(work->report, SEVERITY_ERROR, resource, "what this brings in is not known here");
		return false;
	}
	if (other_reason(type) && work->kind == WORK_INSTRUMENT)
		skip(work, resource->key->text, other_reason(type));
	if (node_member(resource, "<<")) {
		report_node(work->report, SEVERITY_ERROR, node_member(resource, "<<"),
			    "what << brings in is not looked at here: write the resource out");
		return false;
	}
	if (!text_is(type, TASK_DEFINITION_TYPE))
		return true;
	work->report->resource = resource->key->text;
	if (!properties || properties->kind != NODE_OBJECT || properties->tag.length > 0) {
		report_node(work->report, SEVERITY_ERROR, resource, "a task definition needs properties");
		return false;
	}
	if (!add_task(work, resource, properties))
		return false;
	work->report->resource = TEXT_EMPTY;
	return true;
}

static bool add_resources(struct work *work, struct node *resources)
{
	for (struct node *resource = resources->first; resource; resource = resource->next)
		if (!add_resource(work, resource))
			return false;
	return true;
}

static bool find_tasks(struct work *work, enum work_kind kind)
{
	struct node *root = scan(work->text, work->is_yaml, work->arena, work->report), *resources;

	work->kind = kind;
	work->task_count = 0;
	if (!root)
		return false;
	resources = node_member(root, "Resources");
	if (!resources || resources->kind != NODE_OBJECT || resources->tag.length > 0) {
		report_node(work->report, SEVERITY_ERROR, resources ? resources : root,
			    "a template needs a mapping of resources");
		return false;
	}
	work->editor = editor_of(work->arena, work->text, root, work->is_yaml);
	work->resolver.arena = work->arena;
	if (node_member(root, "Parameters"))
		work->resolver.parameters = node_member(root, "Parameters");
	work->resolver.mappings = node_member(root, "Mappings");
	return add_resources(work, resources) && work->report->error_count == 0;
}

/* ---- the passes ---- */

static bool finish(struct work *work, struct editor *editor)
{
	struct source_map *map = arena_allocate(work->arena, sizeof *map);
	struct text edited;

	if (editor->count == 0)
		return true;
	if (editor_changes_shared(editor, work->report))
		return false;
	if (!map || !editor_finish(editor, &edited, map)) {
		report_at(work->report, SEVERITY_ERROR, SIZE_MAX,
			  arena_is_exhausted(work->arena)
			      ? "no memory"
			      : "the edited template is not as planned; nothing was changed");
		return false;
	}
	map->earlier = work->report->map;
	work->report->map = map;
	work->text = edited;
	return true;
}

static bool is_named(const struct work *work, const char *name)
{
	for (size_t i = 0; i < work->task_count; i++)
		if (task_has_container(work->tasks[i], name))
			return true;
	return false;
}

static void check_names(struct work *work, const struct option_list *names, const char *option)
{
	for (size_t i = 0; i < names->count; i++)
		if (!is_named(work, names->values[i]))
			report_at(work->report, SEVERITY_ERROR, SIZE_MAX, "%s %s: there is no container of that name",
				  option, names->values[i]);
}

/* One task of the pass. */
static void decide_or_remove(struct work *work, struct task *task)
{
	work->report->resource = task->resource;
	if (work->kind == WORK_REMOVE && task_is_instrumented(task))
		task_remove(task);
	else if (work->kind == WORK_INSTRUMENT && task->skip_reason)
		skip(work, task->resource, task->skip_reason);
	else if (work->kind == WORK_INSTRUMENT)
		task_decide(task);
	work->report->resource = TEXT_EMPTY;
}

static bool pass(struct work *work, enum work_kind kind)
{
	if (!find_tasks(work, kind))
		return false;
	if (kind == WORK_INSTRUMENT) {
		check_names(work, &work->options->include, "--include");
		check_names(work, &work->options->exclude, "--exclude");
	}
	for (size_t i = 0; i < work->task_count; i++)
		decide_or_remove(work, work->tasks[i]);
	for (size_t i = 0; i < work->task_count && kind == WORK_INSTRUMENT && work->report->error_count == 0; i++)
		if (!work->tasks[i]->skip_reason)
			task_apply(work->tasks[i]);
	return work->report->error_count == 0 && finish(work, &work->editor);
}

static bool is_same(struct work *work, struct text before)
{
	struct report ignored = report_of(work->arena, before);
	const struct node *left = scan(before, work->is_yaml, work->arena, &ignored);
	const struct node *right = scan(work->text, work->is_yaml, work->arena, &ignored);

	return left && right && node_equal(left, right);
}

static void start(struct work *work, struct text source, const struct instrument_options *options, struct arena *arena,
		  struct report *report)
{
	work->options = options;
	work->arena = arena;
	work->report = report;
	work->text = source;
	work->is_yaml = !is_json(source, arena);
}

bool cloudformation_transform(struct text source, enum action action, const struct instrument_options *options,
			      struct image_lookup *images, const struct resolver *resolver, struct arena *arena,
			      struct report *report, struct text *ret_output)
{
	struct work *work = arena_allocate(arena, sizeof *work);

	if (!work) {
		report_at(report, SEVERITY_ERROR, SIZE_MAX, "no memory");
		return false;
	}
	start(work, source, options, arena, report);
	work->images = images;
	work->resolver = *resolver;
	/* What is there of ours goes first, so that an upgrade is a removal and an installation. */
	if (!pass(work, WORK_REMOVE))
		return false;
	if (action == ACTION_INSTRUMENT) {
		report->first_decision = report->last_decision = NULL;
		report->first_diagnostic = report->last_diagnostic = NULL;
		report->warning_count = 0;
		if (!pass(work, WORK_INSTRUMENT))
			return false;
	}
	*ret_output = is_same(work, source) ? source : work->text;
	return true;
}

static void show(struct work *work, const struct task *task, const struct plan *plan)
{
	struct decision decision = {
	    .outcome = plan->label.length > 0 ? OUTCOME_INSTRUMENTED : OUTCOME_SKIPPED,
	    .resource = task->resource,
	    .container = plan->name,
	    .reason = plan->label.length > 0 ? plan->label : TEXT("it carries no label of ours"),
	};

	report_decision(work->report, &decision);
}

bool cloudformation_check(struct text source, struct arena *arena, struct report *report)
{
	const struct instrument_options none = {.name_prefix = "tercel"};
	struct work *work = arena_allocate(arena, sizeof *work);

	if (!work) {
		report_at(report, SEVERITY_ERROR, SIZE_MAX, "no memory");
		return false;
	}
	start(work, source, &none, arena, report);
	if (!find_tasks(work, WORK_CHECK))
		return false;
	for (size_t i = 0; i < work->task_count; i++) {
		if (work->tasks[i]->skip_reason) {
			skip(work, work->tasks[i]->resource, work->tasks[i]->skip_reason);
			continue;
		}
		report->resource = work->tasks[i]->resource;
		fargate_rules_check(work->tasks[i]);
		report->resource = TEXT_EMPTY;
		for (const struct plan *plan = work->tasks[i]->first_plan; plan; plan = plan->next)
			show(work, work->tasks[i], plan);
	}
	return report->error_count == 0;
}
