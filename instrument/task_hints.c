/* Which containers are to be wrapped: the command line, tags, labels and what is known of helpers' images. */
#include "instrument/task_hints.h"

#include "instrument/ecs.h"

static const char *const helper_images[] = {
#define HELPER_IMAGE(part) part,
#include "instrument/known_images.def"
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

/* What no option overrides. */
static const char *structural_reason(const struct task *task, const struct plan *plan)
{
	const struct node *proxy = ecs_member(task->spelling, task->definition, "proxyConfiguration");
	struct text proxy_name = ecs_member_text(task->spelling, proxy, "containerName");

	if (!node_is_absent(ecs_member(task->spelling, plan->container, "firelensConfiguration")))
		return "it routes logs (firelensConfiguration)";
	if (proxy_name.length > 0 && text_equal(proxy_name, plan->name))
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

static const char *label_reason(const struct task *task, const struct plan *plan)
{
	const char *peer = "sensor.falcon-system.crowdstrike.com/injection";

	if (text_is(container_label(task, plan->container, TERCEL_OPT_OUT_LABEL), "false"))
		return "its label says so (" TERCEL_OPT_OUT_LABEL ")";
	if (task->options->peer_hints && text_is(container_label(task, plan->container, peer), "disabled"))
		return "its label says so (injection: disabled)";
	return NULL;
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

void task_check_hints(const struct task *task)
{
	check_tag_values(task);
}

bool task_has_container(const struct task *task, const char *name)
{
	for (const struct plan *plan = task->first_plan; plan; plan = plan->next)
		if (plan_is_called(plan, text_from_string(name)))
			return true;
	return false;
}
