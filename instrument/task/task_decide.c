/* What is to happen to each container, and every reason not to do it. */
#include "instrument/task/plan.h"

#include "instrument/task/known_programs.h"
#include "instrument/document/print_value.h"
#include "instrument/task/task_hints.h"

static struct node *member(const struct task *task, const struct node *object, const char *name)
{
	return ecs_member(task->spelling, object, name);
}

/* ---- lists of words ---- */

/* A shell's way of writing it, as the list that was probably meant. */
static struct text suggest_list(struct task *task, struct text text)
{
	struct node *words = node_new(task->arena, NODE_ARRAY);

	while (text.length > 0) {
		size_t end = text_find_byte(text, ' ');
		struct text word = text_slice(text, 0, end);

		if (word.length > 0)
			node_append(words, node_new_string(task->arena, word));
		text = end == SIZE_MAX ? TEXT_EMPTY : text_slice(text, end + 1, SIZE_MAX);
	}
	return words ? words_text(task, words) : TEXT_EMPTY;
}

/* Whether under some values of the conditions there is none. */
static bool may_be_absent(const struct task *task, struct node *value)
{
	struct text condition;
	struct node *then_branch, *else_branch;

	if (value && ecs_condition(task->spelling, value, &condition, &then_branch, &else_branch))
		return may_be_absent(task, then_branch) || may_be_absent(task, else_branch);
	return node_is_absent(value) || ecs_is_no_value(task->spelling, value);
}

/* A list of which nothing may be left: then the image's words would be used, which nobody can see in the list. */
static void check_remainder(struct task *task, struct node *words, const char *name)
{
	struct text condition;
	struct node *then_branch, *else_branch;

	if (words && ecs_condition(task->spelling, words, &condition, &then_branch, &else_branch)) {
		check_remainder(task, then_branch, name);
		check_remainder(task, else_branch, name);
		return;
	}
	if (words_kind_of(task->spelling, words) != WORDS_LITERAL)
		return;
	for (struct node *word = words->first; word; word = word->next)
		if (!may_be_absent(task, word))
			return;
	report_node(task->report, SEVERITY_ERROR, words,
		    "every element of \"%s\" may be left out: choose between lists with Fn::If instead", name);
}

static void check_words(struct task *task, struct node *words, const char *name)
{
	struct text condition;
	struct node *then_branch, *else_branch;

	if (words && ecs_condition(task->spelling, words, &condition, &then_branch, &else_branch)) {
		check_words(task, then_branch, name);
		check_words(task, else_branch, name);
		return;
	}
	if (words_kind_of(task->spelling, words) != WORDS_BAD)
		return;
	if (words->kind == NODE_STRING && words->tag.length == 0)
		report_node(task->report, SEVERITY_ERROR, words,
			    "\"%s\" must be a list of strings, perhaps " TEXT_FORMAT, name,
			    TEXT_ARGUMENTS(suggest_list(task, words->text)));
	else
		report_node(task->report, SEVERITY_ERROR, words, "\"%s\" must be a list of strings", name);
}

/* ---- what runs first ---- */

static void check_program(struct task *task, const struct plan *plan, const struct node *place, struct text program)
{
	const char *vendor = known_program_vendor(program);

	if (vendor) {
		report_node(task->report, SEVERITY_ERROR, place,
			    "container \"" TEXT_FORMAT "\" is already wrapped by %s; two tracers cannot share it",
			    TEXT_ARGUMENTS(plan->name), vendor);
		return;
	}
	if (text_is(program, TERCEL_PROGRAM)) {
		report_node(task->report, SEVERITY_ERROR, place,
			    "container \"" TEXT_FORMAT
			    "\" is wrapped already, but has no label that says how to undo that",
			    TEXT_ARGUMENTS(plan->name));
		return;
	}
	if (known_program_is_pid1(program) && !task->options->force_pid1)
		report_node(task->report, SEVERITY_ERROR, place,
			    "container \"" TEXT_FORMAT "\" runs " TEXT_FORMAT
			    ", which works only as process 1; build the agent in "
			    "behind it, exclude the container, or give --force-pid1",
			    TEXT_ARGUMENTS(plan->name), TEXT_ARGUMENTS(program));
	if (text_find_byte(program, ' ') != SIZE_MAX)
		report_node(task->report, SEVERITY_WARNING, place,
			    "the name of the program has a blank in it: \"" TEXT_FORMAT "\"", TEXT_ARGUMENTS(program));
}

static void check_command_program(struct task *task, const struct plan *plan, struct node *command)
{
	struct text condition;
	struct node *then_branch, *else_branch;

	if (command && ecs_condition(task->spelling, command, &condition, &then_branch, &else_branch)) {
		check_command_program(task, plan, then_branch);
		check_command_program(task, plan, else_branch);
		return;
	}
	switch (words_kind_of(task->spelling, command)) {
	case WORDS_LITERAL:
		if (command->first->kind == NODE_STRING && command->first->tag.length == 0)
			check_program(task, plan, command, command->first->text);
		break;
	case WORDS_UNSET:
		if (plan->has_image && plan->image.command.count > 0)
			check_program(task, plan, plan->container, plan->image.command.words[0]);
		break;
	default:
		break;
	}
}

static void check_first_program(struct task *task, const struct plan *plan, struct node *entry_point)
{
	struct text condition;
	struct node *then_branch, *else_branch;

	if (entry_point && ecs_condition(task->spelling, entry_point, &condition, &then_branch, &else_branch)) {
		check_first_program(task, plan, then_branch);
		check_first_program(task, plan, else_branch);
		return;
	}
	switch (words_kind_of(task->spelling, entry_point)) {
	case WORDS_LITERAL:
		if (entry_point->first->kind == NODE_STRING && entry_point->first->tag.length == 0)
			check_program(task, plan, entry_point, entry_point->first->text);
		break;
	case WORDS_UNSET:
		if (plan->image.entry_point.count > 0)
			check_program(task, plan, plan->container, plan->image.entry_point.words[0]);
		else
			check_command_program(task, plan, plan->command);
		break;
	case WORDS_RESET:
		report_node(
		    task->report, SEVERITY_WARNING, entry_point,
		    "[\"\"] takes the image's entry point away in Docker; that ECS does so too is not documented");
		check_command_program(task, plan, plan->command);
		break;
	default:
		break;
	}
}

/* ---- conditions ---- */

/* Whether under some values of the conditions there is no such member. */
static bool may_be_unset(const struct task *task, struct node *words, const struct assumption *assumed)
{
	struct text condition;
	struct node *branches[2];

	if (!words || !ecs_condition(task->spelling, words, &condition, &branches[0], &branches[1]))
		return words_kind_of(task->spelling, words) == WORDS_UNSET;
	for (unsigned i = 0; i < 2; i++) {
		const struct assumption *known = find_assumption(assumed, condition);
		struct assumption here = {condition, i == 0, assumed};

		if ((!known || known->holds == here.holds) && may_be_unset(task, branches[i], &here))
			return true;
	}
	return false;
}

/* Whether under some values of the conditions there would be nothing to run. */
static bool may_run_nothing(const struct task *task, const struct plan *plan, struct node *entry_point,
			    struct node *command, const struct assumption *assumed)
{
	struct text condition;
	struct node *branches[2];
	bool in_entry_point =
	    entry_point && ecs_condition(task->spelling, entry_point, &condition, &branches[0], &branches[1]);
	bool in_command = !in_entry_point && command &&
			  ecs_condition(task->spelling, command, &condition, &branches[0], &branches[1]);
	enum words_kind entry_point_kind, command_kind;

	if (in_entry_point || in_command) {
		const struct assumption *known = find_assumption(assumed, condition);

		for (unsigned i = 0; i < 2; i++) {
			struct assumption here = {condition, i == 0, assumed};

			if (known && known->holds != here.holds)
				continue;
			if (may_run_nothing(task, plan, in_entry_point ? branches[i] : entry_point,
					    in_command ? branches[i] : command, &here))
				return true;
		}
		return false;
	}
	entry_point_kind = words_kind_of(task->spelling, entry_point);
	command_kind = words_kind_of(task->spelling, command);
	if (entry_point_kind == WORDS_RESET)
		return command_kind == WORDS_UNSET || command_kind == WORDS_RESET;
	if (entry_point_kind != WORDS_UNSET || plan->image.entry_point.count > 0)
		return false;
	return command_kind == WORDS_RESET || (command_kind == WORDS_UNSET && plan->image.command.count == 0);
}

/* ---- one container ---- */

static struct text image_words_text(struct task *task, struct word_list list)
{
	struct node *words = node_new(task->arena, NODE_ARRAY);

	for (size_t i = 0; i < list.count; i++)
		node_append(words, node_new_string(task->arena, list.words[i]));
	return words ? words_text(task, words) : TEXT_EMPTY;
}

/* The place of the tag's colon, or the end. */
static size_t tag_start(struct text image)
{
	size_t slash = text_find_last_byte(image, '/'), colon = text_find_last_byte(image, ':');

	return colon != SIZE_MAX && (slash == SIZE_MAX || colon > slash) ? colon : image.length;
}

static void pin_image(struct task *task, struct plan *plan, struct text reference)
{
	const struct node *image = member(task, plan->container, "image");

	if (!image || image->kind != NODE_STRING || image->tag.length > 0)
		report_node(
		    task->report, SEVERITY_ERROR, image ? image : plan->container,
		    "--pin: the image is not written out here, so no digest can be written in place of its tag");
	else if (plan->image.manifest.length == 0)
		report_node(task->report, SEVERITY_ERROR, image,
			    "--pin: what the image runs was read from a file that does not say its digest");
	else
		plan->pinned = arena_format(task->arena, TEXT_FORMAT "@" TEXT_FORMAT,
					    TEXT_ARGUMENTS(text_slice(reference, 0, tag_start(reference))),
					    TEXT_ARGUMENTS(plan->image.manifest));
}

static void find_image(struct task *task, struct plan *plan, struct decision *decision)
{
	const struct node *image = member(task, plan->container, "image");
	struct text function;
	const struct node *argument;
	struct text unresolved = TEXT_EMPTY, reason, reference = task_image_name(task, plan, &unresolved);
	struct text number = arena_format(task->arena, "#%zu", plan->index + 1);
	struct text called = image_lookup_names(task->images, number) ? number : plan->name;
	enum image_result result =
	    image_lookup(task->images, called, reference, task->architecture, &plan->image, &reason);

	if (result == IMAGE_UNKNOWN && unresolved.length > 0)
		reason = arena_format(task->arena, TEXT_FORMAT "; or give --image-config", TEXT_ARGUMENTS(unresolved));

	/* Reasons hold names of images, and parts of them in URLs. */
	if (result != IMAGE_FOUND && reference.length > 0 && task->resolver && task->resolver->hides_values &&
	    ecs_intrinsic(task->spelling, image, &function, &argument))
		reason =
		    TEXT("the image that its expression stands for cannot be read here (which one, and why, may be "
			 "a secret); give --image-config");
	plan->has_image = result == IMAGE_FOUND;
	if (plan->has_image) {
		decision->digest = plan->image.digest;
		if (plan->image.warning.length > 0)
			report_node(task->report, SEVERITY_WARNING, image ? image : plan->container, TEXT_FORMAT,
				    TEXT_ARGUMENTS(plan->image.warning));
		if (text_find_byte(reference, '@') != SIZE_MAX)
			return;
		if (task->options->pin)
			pin_image(task, plan, reference);
		else
			report_node(task->report, SEVERITY_WARNING, image ? image : plan->container,
				    "what runs was taken from this image; a tag can move, a digest cannot");
		return;
	}
	decision->reason = reason;
	if (result == IMAGE_UNKNOWN && task->options->skip_unknown_images) {
		decision->outcome = OUTCOME_SKIPPED;
		return;
	}
	decision->outcome = OUTCOME_REFUSED;
	task->report->io_failed |= result == IMAGE_FAILED;
	report_node(task->report, SEVERITY_ERROR, image ? image : plan->container,
		    "container \"" TEXT_FORMAT "\" has no entry point here: " TEXT_FORMAT, TEXT_ARGUMENTS(plan->name),
		    TEXT_ARGUMENTS(reason));
}

static void warn_about_limits(struct task *task, const struct plan *plan)
{
	const struct node *memory = member(task, plan->container, "memory");
	const struct node *stop = member(task, plan->container, "stopTimeout");
	uint64_t number;

	if (memory && text_to_u64(memory->text, &number) && number <= 32)
		report_node(task->report, SEVERITY_WARNING, memory, "the agent may take 12 MiB of these %u MiB",
			    (unsigned)number);
	if (stop && text_to_u64(stop->text, &number) && number < 8)
		report_node(task->report, SEVERITY_WARNING, stop,
			    "when the container ends, its last alerts may take 5 s to be acknowledged");
}

/* The variable that a secret is to set must be free. */
static void check_variable(struct task *task, const struct plan *plan, const char *secret, const char *variable)
{
	static const char *const lists[] = {"environment", "secrets", NULL};

	for (size_t i = 0; secret && lists[i]; i++) {
		const struct node *list = member(task, plan->container, lists[i]);

		if (!list || list->kind != NODE_ARRAY)
			continue;
		for (const struct node *entry = list->first; entry; entry = entry->next)
			if (text_is(ecs_member_text(task->spelling, entry, "name"), variable))
				report_node(task->report, SEVERITY_ERROR, entry, "%s is set here already", variable);
	}
}

static void decide(struct task *task, struct plan *plan)
{
	struct decision decision = {
	    .outcome = OUTCOME_INSTRUMENTED,
	    .resource = task->resource,
	    .container = plan->name,
	    .reason = TEXT_EMPTY,
	    .before = TEXT_EMPTY,
	    .after = TEXT_EMPTY,
	    .digest = TEXT_EMPTY,
	};
	const char *skip_reason = task_skip_reason(task, plan);
	size_t errors = task->report->error_count;

	if (skip_reason) {
		decision.outcome = OUTCOME_SKIPPED;
		decision.reason = text_from_string(skip_reason);
		report_decision(task->report, &decision);
		return;
	}
	check_words(task, plan->entry_point, "entryPoint");
	check_words(task, plan->command, "command");
	check_remainder(task, plan->entry_point, "entryPoint");
	if (may_be_unset(task, plan->entry_point, plan->assumed))
		check_remainder(task, plan->command, "command");
	if (task->report->error_count == errors && may_be_unset(task, plan->entry_point, plan->assumed))
		find_image(task, plan, &decision);
	if (task->report->error_count == errors && decision.outcome == OUTCOME_INSTRUMENTED) {
		check_first_program(task, plan, plan->entry_point);
		check_variable(task, plan, task->options->token_secret, TERCEL_TOKEN_VARIABLE);
		check_variable(task, plan, task->options->ca_secret, TERCEL_CA_VARIABLE);
		if (may_run_nothing(task, plan, plan->entry_point, plan->command, plan->assumed))
			report_node(task->report, SEVERITY_ERROR, plan->container,
				    "container \"" TEXT_FORMAT
				    "\" has nothing to run: neither an entry point nor a command",
				    TEXT_ARGUMENTS(plan->name));
		warn_about_limits(task, plan);
	}
	if (task->report->error_count > errors) {
		decision.outcome = OUTCOME_REFUSED;
	} else if (decision.outcome == OUTCOME_INSTRUMENTED) {
		bool by_image = words_kind_of(task->spelling, plan->entry_point) == WORDS_UNSET;

		plan->is_wrapped = true;
		decision.reason = by_image ? TEXT("entry point of the image") : TEXT("entry point of the definition");
		decision.before =
		    arena_format(task->arena, TEXT_FORMAT " " TEXT_FORMAT,
				 TEXT_ARGUMENTS(by_image ? image_words_text(task, plan->image.entry_point)
							 : words_text(task, plan->entry_point)),
				 TEXT_ARGUMENTS(by_image && words_kind_of(task->spelling, plan->command) == WORDS_UNSET
						    ? image_words_text(task, plan->image.command)
						    : words_text(task, plan->command)));
	}
	plan->decision = report_decision(task->report, &decision);
}

/* ---- the task ---- */

static void check_names(struct task *task)
{
	const struct node *volumes = member(task, task->definition, "volumes");
	struct text init_name = init_container_name(task);

	for (const struct plan *plan = task->first_plan; plan; plan = plan->next)
		if (plan_is_called(plan, init_name))
			report_node(task->report, SEVERITY_ERROR, plan->container,
				    "the name \"" TEXT_FORMAT "\" is taken; give --name-prefix",
				    TEXT_ARGUMENTS(init_name));
	if (!volumes || volumes->kind != NODE_ARRAY || task->options->delivery != DELIVERY_INIT)
		return;
	for (const struct node *volume = volumes->first; volume; volume = volume->next)
		if (text_is(ecs_member_text(task->spelling, volume, "name"), task->options->name_prefix))
			report_node(task->report, SEVERITY_ERROR, volume,
				    "the volume name \"%s\" is taken; give --name-prefix", task->options->name_prefix);
}

/* A list that gets an element must be one, be absent, or choose between such. */
static void check_list(struct task *task, struct node *list, const char *name)
{
	struct text condition;
	struct node *then_branch, *else_branch;

	if (node_is_absent(list) || ecs_is_no_value(task->spelling, list))
		return;
	if (ecs_condition(task->spelling, list, &condition, &then_branch, &else_branch)) {
		check_list(task, then_branch, name);
		check_list(task, else_branch, name);
		return;
	}
	if (list->kind != NODE_ARRAY || list->tag.length > 0)
		report_node(task->report, SEVERITY_ERROR, list,
			    "\"%s\" gets an element, but is no list that is written out here", name);
}

static void check_object(struct task *task, const struct node *object, const char *name)
{
	struct text function;
	const struct node *argument;

	if (node_is_absent(object) || ecs_is_no_value(task->spelling, object))
		return;
	if (object->kind != NODE_OBJECT || ecs_intrinsic(task->spelling, object, &function, &argument) ||
	    node_member(object, "<<"))
		report_node(task->report, SEVERITY_ERROR, object,
			    "\"%s\" gets a member, but is no mapping that is written out here", name);
}

/* Labels that are known only at deployment stay as they are; ours goes into the resource's metadata. */
static void check_labels(struct task *task, const struct plan *plan)
{
	const struct node *labels = member(task, plan->container, "dockerLabels"), *metadata, *argument;
	struct text function;

	if (!ecs_intrinsic(task->spelling, labels, &function, &argument)) {
		check_object(task, labels, "dockerLabels");
		if (node_member(labels, TERCEL_LABEL))
			report_node(task->report, SEVERITY_ERROR, node_member(labels, TERCEL_LABEL),
				    "this label is ours, but it does not say how to undo anything; take it out");
		return;
	}
	metadata = node_member(task->resource_node, "Metadata");
	check_object(task, metadata, "Metadata");
	check_object(task, node_member(metadata, METADATA_MEMBER), METADATA_MEMBER);
}

static void check_option_value(struct task *task, const char *option, const char *value)
{
	if (!value || !option_is_expression(value))
		return;
	if (task->spelling != SPELLING_CLOUDFORMATION)
		report_at(task->report, SEVERITY_ERROR, SIZE_MAX,
			  "%s %s: expressions are evaluated by CloudFormation only; give the value", option, value);
	else if (!option_value(task, value))
		report_at(task->report, SEVERITY_ERROR, SIZE_MAX, "%s %s: this is no expression of CloudFormation",
			  option, value);
}

/* Nothing of a list may be taken for ours when it is undone. */
static void check_free(struct task *task, const struct plan *plan, const char *name, const char *key, struct text value)
{
	const struct node *list = member(task, plan->container, name);

	for (const struct node *node = list; node; node = node_next_within(list, node))
		if (node->kind == NODE_OBJECT && text_equal(ecs_member_text(task->spelling, node, key), value))
			report_node(task->report, SEVERITY_ERROR, node, "\"%s\" has \"" TEXT_FORMAT "\" already%s",
				    name, TEXT_ARGUMENTS(value),
				    strcmp(key, "containerPath") == 0 ? "" : "; give --name-prefix");
}

static void check_all_free(struct task *task, const struct plan *plan)
{
	struct text init_name = init_container_name(task);

	if (task->options->delivery == DELIVERY_EMBEDDED)
		return;
	check_free(task, plan, "mountPoints", "containerPath", TEXT(TERCEL_DIRECTORY));
	check_free(task, plan, "mountPoints", "sourceVolume", text_from_string(task->options->name_prefix));
	check_free(task, plan, "volumesFrom", "sourceContainer", init_name);
	check_free(task, plan, "dependsOn", "containerName", init_name);
}

static void check_places(struct task *task, const struct plan *plan)
{
	const struct instrument_options *options = task->options;
	const struct node *linux_parameters = member(task, plan->container, "linuxParameters");
	const struct node *capabilities = member(task, linux_parameters, "capabilities");

	if (options->delivery == DELIVERY_INIT)
		check_list(task, member(task, plan->container, "mountPoints"), "mountPoints");
	if (options->delivery == DELIVERY_VOLUMES_FROM)
		check_list(task, member(task, plan->container, "volumesFrom"), "volumesFrom");
	if (options->delivery != DELIVERY_EMBEDDED)
		check_list(task, member(task, plan->container, "dependsOn"), "dependsOn");
	if (options->token_secret || options->ca_secret)
		check_list(task, member(task, plan->container, "secrets"), "secrets");
	check_labels(task, plan);
	if (!options->ptrace)
		return;
	check_object(task, linux_parameters, "linuxParameters");
	check_object(task, capabilities, "capabilities");
	check_list(task, member(task, capabilities, "add"), "add");
}

static void check_delivery(struct task *task)
{
	const struct instrument_options *options = task->options;
	const struct node *mode = member(task, task->definition, "pidMode");

	if (options->delivery == DELIVERY_EMBEDDED)
		return;
	if (options->agent_image && !strchr(options->agent_image, '@') && !option_is_expression(options->agent_image))
		report_at(task->report, SEVERITY_WARNING, SIZE_MAX,
			  "--agent-image %s: a tag can move; a digest (NAME@sha256:...) cannot", options->agent_image);
	if (!options->agent_image)
		report_at(task->report, SEVERITY_ERROR, SIZE_MAX,
			  "--agent-image is needed: the image that has the agent");
	if (task->container_count >= TASK_CONTAINERS_MAX)
		report_node(task->report, SEVERITY_ERROR, task->containers,
			    "there are %zu containers already; ECS takes %d, and one more is needed",
			    task->container_count, TASK_CONTAINERS_MAX);
	if (!task->definition && options->delivery == DELIVERY_INIT)
		report_node(
		    task->report, SEVERITY_ERROR, task->containers,
		    "a list of containers alone has no place for the volume: give the whole task definition, or "
		    "--delivery=volumes-from or embedded");
	check_names(task);
	if (task->definition)
		check_list(task, member(task, task->definition, "volumes"), "volumes");
	if (options->pid_mode && !node_is_absent(mode) && !node_is_string(mode, options->pid_mode))
		report_node(task->report, SEVERITY_ERROR, mode, "\"pidMode\" is set already");
}

/* Without it ECS refuses secrets. Terraform's is not in the document, nor is that of a list of containers alone. */
static void check_role(struct task *task)
{
	struct node *role = member(task, task->definition, "executionRoleArn");

	if ((!task->options->token_secret && !task->options->ca_secret) || !task->definition ||
	    task->spelling == SPELLING_TERRAFORM || !may_be_absent(task, role))
		return;
	report_node(task->report, SEVERITY_ERROR, role ? role : task->containers,
		    "%s needs an \"executionRoleArn\" that may read the secret, and the task has none%s",
		    task->options->token_secret ? "--token-secret" : "--ca-secret",
		    role && !node_is_absent(role) && !ecs_is_no_value(task->spelling, role)
			? " under some values of the conditions"
			: "");
}

static void check_options_names(struct task *task, const struct option_list *list, const char *option)
{
	for (size_t i = 0; i < list->count; i++)
		if (!task_has_container(task, list->values[i]))
			report_at(task->report, SEVERITY_ERROR, SIZE_MAX, "%s %s: there is no container of that name",
				  option, list->values[i]);
}

void task_decide(struct task *task)
{
	bool any_wrapped = false;
	size_t errors;

	task_check_hints(task);
	if (task->resource.length == 0) {
		check_options_names(task, &task->options->include, "--include");
		check_options_names(task, &task->options->exclude, "--exclude");
	}
	for (struct plan *plan = task->first_plan; plan; plan = plan->next) {
		decide(task, plan);
		any_wrapped |= plan->is_wrapped;
		if (plan->is_wrapped) {
			check_places(task, plan);
			check_all_free(task, plan);
		}
	}
	if (!any_wrapped)
		return;
	errors = task->report->error_count;
	check_option_value(task, "--agent-image", task->options->agent_image);
	check_option_value(task, "--token-secret", task->options->token_secret);
	check_option_value(task, "--ca-secret", task->options->ca_secret);
	if (task->report->error_count == errors)
		check_role(task);
	check_delivery(task);
	if (!node_is_absent(member(task, task->definition, "proxyConfiguration")))
		report_node(task->report, SEVERITY_WARNING, member(task, task->definition, "proxyConfiguration"),
			    "the mesh's proxy redirects the agent's connection too: except it, or put the orchestrator "
			    "in the mesh");
}
