/* Which containers are to be wrapped: the command line, tags, labels and what is known of helpers' images. */
#include "instrument/task/task_hints.h"

#include "instrument/task/ecs.h"

static const char *const helper_images[] = {
#define HELPER_IMAGE(part) part,
#include "instrument/images/known_images.def"
    NULL,
};

/* The value of a tag; NULL when there is none with a literal key of that name. */
static const struct node *find_tag(const struct task *task, const char *name)
{
	const struct node *tags = task->tags;

	if (!tags || tags->kind != NODE_ARRAY || tags->tag.length > 0)
		return NULL;
	for (const struct node *tag = tags->first; tag; tag = tag->next)
		if (node_is_string(ecs_member(task->spelling, tag, "key"), name))
			return ecs_member(task->spelling, tag, "value");
	return NULL;
}

static bool has_tag(const struct task *task, const char *name, const char *peer_name)
{
	return find_tag(task, name) || (task->options->peer_hints && find_tag(task, peer_name));
}

static bool names_have(struct text names, const struct plan *plan)
{
	while (names.length > 0) {
		size_t end = text_find_byte(names, ':');

		if (plan_is_called(plan, text_slice(names, 0, end)))
			return true;
		names = end == SIZE_MAX ? TEXT_EMPTY : text_slice(names, end + 1, SIZE_MAX);
	}
	return false;
}

static bool tag_names(const struct task *task, const char *tag, const char *peer_tag, const struct plan *plan)
{
	const struct node *value = find_tag(task, tag), *peer = find_tag(task, peer_tag);

	if (value && value->kind == NODE_STRING && names_have(value->text, plan))
		return true;
	return task->options->peer_hints && peer && peer->kind == NODE_STRING && names_have(peer->text, plan);
}

static bool option_names(const struct option_list *list, const struct plan *plan)
{
	for (size_t i = 0; i < list->count; i++)
		if (plan_is_called(plan, text_from_string(list->values[i])))
			return true;
	return false;
}

/* Both names may be expressions: the same one, or such as can be evaluated. */
static bool is_proxy(const struct task *task, const struct plan *plan)
{
	const struct node *proxy = ecs_member(task->spelling, task->definition, "proxyConfiguration");
	const struct node *name = ecs_member(task->spelling, proxy, "containerName");
	const struct node *own_name = ecs_member(task->spelling, plan->container, "name");
	struct text value = ecs_member_text(task->spelling, proxy, "containerName"), reason;

	if (!name)
		return false;
	if (node_equal(name, own_name))
		return true;
	if (value.length == 0 && (!task->resolver || !resolve_text(task->resolver, name, &value, &reason)))
		return false;
	return plan_is_called(plan, value);
}

/* What no option overrides. */
static const char *structural_reason(const struct task *task, const struct plan *plan)
{
	if (!node_is_absent(ecs_member(task->spelling, plan->container, "firelensConfiguration")))
		return "it routes logs (firelensConfiguration)";
	if (is_proxy(task, plan))
		return "it is the mesh's proxy (proxyConfiguration)";
	return NULL;
}

static const char *tag_reason(const struct task *task, const struct plan *plan)
{
	bool is_named = tag_names(task, "tercel-include-containers", "kilt-include-containers", plan);
	bool includes_all = has_tag(task, "tercel-include", "kilt-include");

	if (has_tag(task, "tercel-ignore", "kilt-ignore"))
		return "a tag says so (tercel-ignore)";
	if (tag_names(task, "tercel-ignore-containers", "kilt-ignore-containers", plan))
		return "a tag says so (tercel-ignore-containers)";
	if (task->options->only_tagged && !includes_all && !is_named)
		return "no tag includes it (--only-tagged)";
	return NULL;
}

enum opt_out { OPT_OUT_NO, OPT_OUT_YES, OPT_OUT_UNCLEAR };

static enum opt_out either(enum opt_out a, enum opt_out b)
{
	return a == b ? a : OPT_OUT_UNCLEAR;
}

/* Whether the value of a label is `word`, under all, none or some values of the conditions. */
static enum opt_out label_says(const struct task *task, struct node *value, const char *word)
{
	struct node *then_branch, *else_branch;
	struct text text, reason;

	if (node_is_absent(value) || ecs_is_no_value(task->spelling, value))
		return OPT_OUT_NO;
	if (ecs_condition(task->spelling, value, &text, &then_branch, &else_branch))
		return either(label_says(task, then_branch, word), label_says(task, else_branch, word));
	/* YAML makes a boolean of false without quotes; CloudFormation makes a string of it again. */
	if (value->tag.length == 0 && (value->kind == NODE_STRING || value->kind == NODE_BOOL))
		return text_is(value->text, word) ? OPT_OUT_YES : OPT_OUT_NO;
	if (!task->resolver || !resolve_text(task->resolver, value, &text, &reason))
		return OPT_OUT_UNCLEAR;
	return text_is(text, word) ? OPT_OUT_YES : OPT_OUT_NO;
}

/* The same of a label among `labels`, which may be behind conditions. */
static enum opt_out labels_say(const struct task *task, struct node *labels, const char *label, const char *word)
{
	struct node *then_branch, *else_branch;
	struct text condition;

	if (labels && ecs_condition(task->spelling, labels, &condition, &then_branch, &else_branch))
		return either(labels_say(task, then_branch, label, word), labels_say(task, else_branch, label, word));
	return label_says(task, node_member(labels, label), word);
}

static enum opt_out opt_out_of(const struct task *task, const struct plan *plan, const char **ret_reason)
{
	struct node *labels = ecs_member(task->spelling, plan->container, "dockerLabels");
	enum opt_out own = labels_say(task, labels, TERCEL_OPT_OUT_LABEL, "false"), peer = OPT_OUT_NO;

	if (task->options->peer_hints)
		peer = labels_say(task, labels, "sensor.falcon-system.crowdstrike.com/injection", "disabled");
	*ret_reason = own == OPT_OUT_YES ? "its label says so (" TERCEL_OPT_OUT_LABEL ")"
					 : "its label says so (injection: disabled)";
	if (own == OPT_OUT_YES || peer == OPT_OUT_YES)
		return OPT_OUT_YES;
	return own == OPT_OUT_UNCLEAR || peer == OPT_OUT_UNCLEAR ? OPT_OUT_UNCLEAR : OPT_OUT_NO;
}

static const char *label_reason(const struct task *task, const struct plan *plan)
{
	const char *reason;

	return opt_out_of(task, plan, &reason) == OPT_OUT_YES ? reason : NULL;
}

static bool is_helper_image(struct text image)
{
	for (size_t i = 0; helper_images[i]; i++)
		if (text_find(image, text_from_string(helper_images[i])) != SIZE_MAX)
			return true;
	return false;
}

static const char *helper_reason(const struct task *task, const struct plan *plan)
{
	const struct node *expression = ecs_member(task->spelling, plan->container, "image");
	struct text reason, image = task_image_name(task, plan, &reason);

	if (is_helper_image(image))
		return "its image is known as a helper; --include wraps it all the same";
	/* Not known before deployment: the texts in the expression may tell. */
	for (const struct node *part = image.length == 0 ? expression : NULL; part;
	     part = node_next_within(expression, part))
		if (part->kind == NODE_STRING && is_helper_image(part->text))
			return "its image is known as a helper; --include wraps it all the same";
	return NULL;
}

const char *task_skip_reason(const struct task *task, const struct plan *plan)
{
	const char *reason = structural_reason(task, plan);

	if (reason)
		return reason;
	if (option_names(&task->options->include, plan))
		return NULL;
	if (option_names(&task->options->exclude, plan))
		return "the command line says so (--exclude)";
	reason = tag_reason(task, plan);
	if (!reason)
		reason = label_reason(task, plan);
	return reason ? reason : helper_reason(task, plan);
}

/* A tag behind a condition holds for some of its values only. */
static void check_tag_places(const struct task *task)
{
	static const char *const names[] = {"tercel-ignore",
					    "tercel-include",
					    "tercel-ignore-containers",
					    "tercel-include-containers",
					    "kilt-ignore",
					    "kilt-include",
					    "kilt-ignore-containers",
					    "kilt-include-containers",
					    NULL};

	for (const struct node *tag = task->tags; tag; tag = node_next_within(task->tags, tag)) {
		const struct node *key = ecs_member(task->spelling, tag, "key");
		bool is_listed = tag->parent == task->tags && task->tags->tag.length == 0;

		for (size_t i = 0; key && !is_listed && names[i]; i++)
			if (node_is_string(key, names[i]) && (i < 4 || task->options->peer_hints))
				report_node(task->report, SEVERITY_ERROR, tag,
					    "the tag %s is there only under some values of the conditions: write it "
					    "into the list, or give --include and --exclude",
					    names[i]);
	}
}

static void check_tag_values(const struct task *task)
{
	static const char *const names[] = {"tercel-ignore-containers", "tercel-include-containers", NULL};
	static const char *const peer_names[] = {"kilt-ignore-containers", "kilt-include-containers", NULL};

	for (size_t i = 0; names[i]; i++) {
		const struct node *value = find_tag(task, names[i]);
		const struct node *peer = task->options->peer_hints ? find_tag(task, peer_names[i]) : NULL;

		if (value && (value->kind != NODE_STRING || value->tag.length > 0))
			report_node(task->report, SEVERITY_ERROR, value,
				    "this tag's value must be names with ':' between them");
		if (peer && (peer->kind != NODE_STRING || peer->tag.length > 0))
			report_node(task->report, SEVERITY_ERROR, peer,
				    "this tag's value must be names with ':' between them");
	}
}

/* A label that holds for some values of the conditions only: which of them, nobody can say for the whole container. */
static void check_label(const struct task *task, const struct plan *plan)
{
	const char *reason;

	if (structural_reason(task, plan) || option_names(&task->options->include, plan) ||
	    option_names(&task->options->exclude, plan) || tag_reason(task, plan) ||
	    opt_out_of(task, plan, &reason) != OPT_OUT_UNCLEAR)
		return;
	report_node(task->report, SEVERITY_ERROR, ecs_member(task->spelling, plan->container, "dockerLabels"),
		    "container \"" TEXT_FORMAT "\" opts out by label only under some values of the conditions or of "
		    "parameters; give --include or --exclude",
		    TEXT_ARGUMENTS(plan->name));
}

void task_check_hints(const struct task *task)
{
	check_tag_places(task);
	check_tag_values(task);
	for (const struct plan *plan = task->first_plan; plan; plan = plan->next)
		check_label(task, plan);
}

bool task_has_container(const struct task *task, const char *name)
{
	for (const struct plan *plan = task->first_plan; plan; plan = plan->next)
		if (plan_is_called(plan, text_from_string(name)))
			return true;
	return false;
}
