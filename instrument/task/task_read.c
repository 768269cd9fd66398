/* The parts of a task definition, and whether it is one of ours at all. */
#include "instrument/task/plan.h"

#include "instrument/document/print_value.h"

static struct node *member(const struct task *task, const struct node *object, const char *name)
{
	return ecs_member(task->spelling, object, name);
}

static bool add_container(struct task *task, struct node *container, const struct assumption *assumed,
			  size_t *ret_count);

/* Fn::Transform, AWS::Include, loops and merges among the members bring in what is not here. */
static bool is_written_out(struct task *task, const struct node *object)
{
	for (const struct node *value = object->first; value; value = value->next)
		if (task->spelling == SPELLING_CLOUDFORMATION && ecs_brings_in(value->key->text)) {
			report_node(task->report, SEVERITY_ERROR, value,
				    "what " TEXT_FORMAT " brings in is not known here",
				    TEXT_ARGUMENTS(value->key->text));
			return false;
		}
	return true;
}

/* A container in brackets of Fn::If stands for one or none. */
static bool add_branches(struct task *task, struct node *element, const struct assumption *assumed, size_t *ret_count)
{
	struct text condition;
	struct node *branches[2];
	size_t counts[2] = {0, 0};

	if (ecs_is_no_value(task->spelling, element))
		return true;
	if (!ecs_condition(task->spelling, element, &condition, &branches[0], &branches[1])) {
		report_node(task->report, SEVERITY_ERROR, element,
			    "a container is expected here, not a function other than Fn::If");
		return false;
	}
	for (unsigned i = 0; i < 2; i++) {
		struct assumption *here = arena_allocate(task->arena, sizeof *here);

		if (!here) {
			report_at(task->report, SEVERITY_ERROR, SIZE_MAX, "no memory");
			return false;
		}
		*here = (struct assumption){condition, i == 0, assumed};
		if (!add_container(task, branches[i], here, &counts[i]))
			return false;
	}
	*ret_count = counts[0] > counts[1] ? counts[0] : counts[1];
	return true;
}

static struct text name_of(struct task *task, const struct node *container)
{
	const struct node *name = member(task, container, "name");

	if (!name)
		return TEXT_EMPTY;
	return name->kind == NODE_STRING && name->tag.length == 0 ? name->text : words_text(task, name);
}

/* Empty: it is written out, or not known before deployment. */
static struct text evaluated_name(const struct task *task, const struct node *container)
{
	const struct node *name = member(task, container, "name"), *argument;
	struct text function, reason, value;

	if (!task->resolver || !ecs_intrinsic(task->spelling, name, &function, &argument) ||
	    !resolve_text(task->resolver, name, &value, &reason))
		return TEXT_EMPTY;
	return value;
}

/* *ret_count: how many of them can run together. */
static bool add_container(struct task *task, struct node *container, const struct assumption *assumed,
			  size_t *ret_count)
{
	struct text function;
	const struct node *argument;
	struct plan *plan;

	if (ecs_intrinsic(task->spelling, container, &function, &argument))
		return add_branches(task, container, assumed, ret_count);
	if (container->kind != NODE_OBJECT || container->count == 0) {
		report_node(task->report, SEVERITY_ERROR, container, "a container definition is expected here");
		return false;
	}
	/* YAML's "[a: b]" is a mapping without braces; a member more would be an element more. */
	if (container->is_flow && container->sharing != SHARING_ALIAS && task->editor->source.bytes[container->end - 1] != '}') {
		report_node(task->report, SEVERITY_ERROR, container, "a container definition in brackets needs braces");
		return false;
	}
	if (!is_written_out(task, container))
		return false;
	ecs_check_case(task->spelling, task->report, container, MEMBER_CONTAINER);
	if (task->plan_count >= TASK_PLANS_MAX) {
		report_node(task->report, SEVERITY_ERROR, container, "more than %d containers", TASK_PLANS_MAX);
		return false;
	}
	plan = arena_allocate(task->arena, sizeof *plan);
	if (!plan) {
		report_at(task->report, SEVERITY_ERROR, SIZE_MAX, "no memory");
		return false;
	}
	plan->index = task->plan_count++;
	plan->assumed = assumed;
	plan->container = container;
	plan->entry_point = member(task, container, "entryPoint");
	plan->command = member(task, container, "command");
	plan->name = name_of(task, container);
	plan->evaluated_name = evaluated_name(task, container);
	if (task->last_plan)
		task->last_plan->next = plan;
	else
		task->first_plan = plan;
	task->last_plan = plan;
	*ret_count = 1;
	return true;
}

static bool list_has(const struct node *list, const char *string)
{
	for (const struct node *element = list->first; element; element = element->next)
		if (node_is_string(element, string))
			return true;
	return false;
}

static bool is_on_fargate(struct task *task)
{
	const struct node *kinds = member(task, task->definition, "requiresCompatibilities");
	struct text function;
	const struct node *argument;

	if (node_is_absent(kinds) || (kinds->kind == NODE_ARRAY && kinds->count == 0)) {
		const struct node *mode = member(task, task->definition, "networkMode");

		return node_is_string(mode, "awsvpc") || ecs_intrinsic(task->spelling, mode, &function, &argument);
	}
	if (ecs_intrinsic(task->spelling, kinds, &function, &argument)) {
		report_node(task->report, SEVERITY_WARNING, kinds, "not known before deployment; Fargate is assumed");
		return true;
	}
	if (kinds->kind != NODE_ARRAY)
		return false;
	for (const struct node *kind = kinds->first; kind; kind = kind->next)
		if (ecs_intrinsic(task->spelling, kind, &function, &argument))
			return true;
	return list_has(kinds, "FARGATE");
}

static void read_platform(struct task *task, const char **ret_skip_reason)
{
	const struct node *platform = member(task, task->definition, "runtimePlatform");
	struct text family = ecs_member_text(task->spelling, platform, "operatingSystemFamily");
	struct text architecture = ecs_member_text(task->spelling, platform, "cpuArchitecture");

	if (text_starts_with(family, TEXT("WINDOWS")))
		*ret_skip_reason = "Windows";
	if (text_is(architecture, "ARM64"))
		task->architecture = TEXT("arm64");
	else if (text_is(architecture, "X86_64"))
		task->architecture = TEXT("amd64");
}

bool task_read(struct task *task)
{
	const char *skip_reason = NULL;
	struct text function;
	const struct node *argument;

	task->architecture =
	    task->options->architecture ? text_from_string(task->options->architecture) : TEXT("amd64");
	if (task->definition) {
		if (!is_written_out(task, task->definition))
			return false;
		ecs_check_case(task->spelling, task->report, task->definition, MEMBER_TASK);
		task->containers = member(task, task->definition, "containerDefinitions");
		if (!is_on_fargate(task))
			skip_reason = "not for Fargate";
		read_platform(task, &skip_reason);
		if (!task->tags)
			task->tags = member(task, task->definition, "tags");
	}
	task->skip_reason = skip_reason;
	if (task->report->error_count > 0)
		return false;
	/* Alone, what has no containers is no task definition; in a template its type says that it is one. */
	if (skip_reason && !task->containers && task->spelling == SPELLING_CLOUDFORMATION)
		return true;
	if (!task->containers || task->containers->kind != NODE_ARRAY ||
	    ecs_intrinsic(task->spelling, task->containers, &function, &argument)) {
		report_node(task->report, SEVERITY_ERROR, task->containers ? task->containers : task->definition,
			    "a task definition needs a list of container definitions");
		return false;
	}
	for (struct node *element = task->containers->first; element; element = element->next) {
		size_t count = 0;

		if (!add_container(task, element, NULL, &count))
			return false;
		task->container_count += count;
	}
	if (task->plan_count == 0 && !skip_reason)
		report_node(task->report, SEVERITY_ERROR, task->containers, "there is no container definition");
	for (struct plan *plan = task->first_plan; plan; plan = plan->next)
		plan->label = undo_label_text(task, plan);
	return task->report->error_count == 0;
}

bool task_is_instrumented(const struct task *task)
{
	for (const struct plan *plan = task->first_plan; plan; plan = plan->next)
		if (plan->label.length > 0)
			return true;
	return false;
}
