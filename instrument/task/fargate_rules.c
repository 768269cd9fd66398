#include "instrument/task/fargate_rules.h"

#include "instrument/task/plan.h"

#define DEFINITION_BYTES_MAX 65536
#define VOLUMES_MAX 1000
#define START_TIMEOUT_MIN_S 2
#define START_TIMEOUT_MAX_S 120
#define STOP_TIMEOUT_MAX_S 120
#define EPHEMERAL_STORAGE_MIN_GIB 21
#define EPHEMERAL_STORAGE_MAX_GIB 200

enum rule_level { LEVEL_TASK, LEVEL_CONTAINER, LEVEL_LINUX };

static const struct {
	enum rule_level level;
	const char *name;
} forbidden_members[] = {
#define NOT_ON_FARGATE(level, name) {LEVEL_##level, name},
#include "instrument/task/fargate_rules.def"
};

static const char *const log_drivers[] = {
#define LOG_DRIVER(name) name,
#include "instrument/task/fargate_rules.def"
    NULL,
};

static const struct {
	uint64_t cpu, least_mib, most_mib, step_mib;
} task_sizes[] = {
#define TASK_SIZE(cpu, least, most, step) {cpu, least, most, step},
#include "instrument/task/fargate_rules.def"
};

static struct node *member(const struct task *task, const struct node *object, const char *name)
{
	return ecs_member(task->spelling, object, name);
}

static struct text text_member(const struct task *task, const struct node *object, const char *name)
{
	return ecs_member_text(task->spelling, object, name);
}

static bool is_intrinsic(const struct task *task, const struct node *node)
{
	struct text function;
	const struct node *argument;

	return ecs_intrinsic(task->spelling, node, &function, &argument);
}

/* The elements of a list that is written out; NULL otherwise. */
static const struct node *first_element(const struct task *task, const struct node *object, const char *name)
{
	const struct node *list = member(task, object, name);

	return list && list->kind == NODE_ARRAY && list->tag.length == 0 ? list->first : NULL;
}

/* A container of that name that can be there together with `beside`. */
static const struct plan *find_container(const struct task *task, const struct plan *beside, struct text name)
{
	const struct plan *plan = task->first_plan;

	while (plan && (!text_equal(plan->name, name) || plans_exclude_each_other(plan, beside)))
		plan = plan->next;
	return plan;
}

/* ---- members ---- */

static bool says_nothing(const struct node *value)
{
	if (node_is_absent(value) || (value->kind == NODE_BOOL && text_is(value->text, "false")))
		return true;
	return (value->kind == NODE_ARRAY || value->kind == NODE_OBJECT) && value->count == 0;
}

static void check_forbidden(const struct task *task, const struct node *object, enum rule_level level)
{
	for (size_t i = 0; i < sizeof forbidden_members / sizeof forbidden_members[0]; i++) {
		const struct node *value =
		    forbidden_members[i].level == level ? member(task, object, forbidden_members[i].name) : NULL;

		if (!says_nothing(value) && !is_intrinsic(task, value))
			report_node(task->report, SEVERITY_ERROR, value, "Fargate does not take \"" TEXT_FORMAT "\"",
				    TEXT_ARGUMENTS(value->key->text));
	}
}

static void check_known(const struct task *task, const struct node *object, unsigned levels)
{
	if (task->spelling != SPELLING_API) /* CloudFormation's resource has members of its own */
		return;
	for (const struct node *value = object->first; value; value = value->next) {
		unsigned level = ecs_member_level(task->spelling, value->key->text, levels | MEMBER_READ_ONLY);

		if (level == MEMBER_READ_ONLY && !task->is_described)
			report_node(task->report, SEVERITY_ERROR, value,
				    "\"" TEXT_FORMAT "\" comes from describe-task-definition; registration rejects it",
				    TEXT_ARGUMENTS(value->key->text));
		else if (level == 0)
			report_node(task->report, SEVERITY_ERROR, value,
				    "\"" TEXT_FORMAT "\" is no member of ECS's definition",
				    TEXT_ARGUMENTS(value->key->text));
	}
}

/* ---- words, essential, capabilities ---- */

static void check_words(struct task *task, struct node *words, const char *name)
{
	if (words && words_have(task->spelling, words, WORDS_BAD))
		report_node(task->report, SEVERITY_ERROR, words, "\"%s\" must be a list of strings", name);
}

static bool is_essential(const struct task *task, const struct node *container)
{
	const struct node *essential = member(task, container, "essential");

	return node_is_absent(essential) || !text_is(essential->text, "false"); /* true when it is omitted */
}

static void check_capabilities(const struct task *task, const struct node *linux_parameters)
{
	const struct node *capabilities = member(task, linux_parameters, "capabilities");

	for (const struct node *name = first_element(task, capabilities, "add"); name; name = name->next)
		if (!is_intrinsic(task, name) && !node_is_string(name, "SYS_PTRACE"))
			report_node(task->report, SEVERITY_ERROR, name,
				    "Fargate adds no capability but SYS_PTRACE, not \"" TEXT_FORMAT "\"",
				    TEXT_ARGUMENTS(name->text));
}

/* ---- dependencies ---- */

static void check_dependency(const struct task *task, const struct plan *plan, const struct node *dependency)
{
	struct text name = text_member(task, dependency, "containerName");
	struct text condition = text_member(task, dependency, "condition");
	const struct plan *other = find_container(task, plan, name);

	if (name.length == 0)
		return;
	if (!other)
		report_node(task->report, SEVERITY_ERROR, dependency,
			    "there is no container \"" TEXT_FORMAT "\" to depend on", TEXT_ARGUMENTS(name));
	else if (other == plan)
		report_node(task->report, SEVERITY_ERROR, dependency, "a container cannot depend on itself");
	else if ((text_is(condition, "SUCCESS") || text_is(condition, "COMPLETE")) &&
		 is_essential(task, other->container))
		report_node(task->report, SEVERITY_ERROR, dependency,
			    "\"" TEXT_FORMAT
			    "\" is essential, so the task ends when it does: no waiting for " TEXT_FORMAT,
			    TEXT_ARGUMENTS(name), TEXT_ARGUMENTS(condition));
	else if (text_is(condition, "HEALTHY") && node_is_absent(member(task, other->container, "healthCheck")))
		report_node(task->report, SEVERITY_ERROR, dependency,
			    "\"" TEXT_FORMAT "\" has no healthCheck to be HEALTHY by", TEXT_ARGUMENTS(name));
	if (condition.length > 0 && !text_is(condition, "START") && !text_is(condition, "COMPLETE") &&
	    !text_is(condition, "SUCCESS") && !text_is(condition, "HEALTHY"))
		report_node(task->report, SEVERITY_ERROR, dependency, "no condition: \"" TEXT_FORMAT "\"",
			    TEXT_ARGUMENTS(condition));
}

/* Whether `plan` waits for `target`; `seen` has a bit for each container that was looked at. */
static bool waits_for(const struct task *task, const struct plan *plan, const struct plan *target, uint64_t *seen)
{
	const struct node *dependency = first_element(task, plan->container, "dependsOn");

	for (; dependency; dependency = dependency->next) {
		const struct plan *other = find_container(task, plan, text_member(task, dependency, "containerName"));

		if (!other || other == plan)
			continue;
		if (other == target)
			return true;
		if (*seen & UINT64_C(1) << other->index)
			continue;
		*seen |= UINT64_C(1) << other->index;
		if (waits_for(task, other, target, seen))
			return true;
	}
	return false;
}

static void check_dependencies(const struct task *task, const struct plan *plan)
{
	const struct node *dependencies = member(task, plan->container, "dependsOn");
	uint64_t seen = 0;

	for (const struct node *dependency = first_element(task, plan->container, "dependsOn"); dependency;
	     dependency = dependency->next)
		check_dependency(task, plan, dependency);
	if (waits_for(task, plan, plan, &seen))
		report_node(task->report, SEVERITY_ERROR, dependencies,
			    "container \"" TEXT_FORMAT "\" waits for itself in the end", TEXT_ARGUMENTS(plan->name));
}

/* ---- volumes and secrets ---- */

static bool has_volume(const struct task *task, struct text name)
{
	const struct node *volume = first_element(task, task->definition, "volumes");

	while (volume && !text_equal(text_member(task, volume, "name"), name))
		volume = volume->next;
	return volume != NULL;
}

static bool knows_volumes(const struct task *task)
{
	const struct node *volumes = member(task, task->definition, "volumes");

	if (!task->definition || (volumes && volumes->count > VOLUMES_MAX) ||
	    (is_intrinsic(task, volumes) && !ecs_is_no_value(task->spelling, volumes)))
		return false;
	for (const struct node *volume = first_element(task, task->definition, "volumes"); volume;
	     volume = volume->next)
		if (is_intrinsic(task, volume) || is_intrinsic(task, member(task, volume, "name")))
			return false;
	return true;
}

static void check_mounts(const struct task *task, const struct plan *plan)
{
	for (const struct node *mount = first_element(task, plan->container, "mountPoints"); mount;
	     mount = mount->next) {
		struct text name = text_member(task, mount, "sourceVolume");

		if (name.length > 0 && knows_volumes(task) && !has_volume(task, name))
			report_node(task->report, SEVERITY_ERROR, mount, "there is no volume \"" TEXT_FORMAT "\"",
				    TEXT_ARGUMENTS(name));
	}
	for (const struct node *source = first_element(task, plan->container, "volumesFrom"); source;
	     source = source->next) {
		struct text name = text_member(task, source, "sourceContainer");

		if (name.length > 0 && !find_container(task, plan, name))
			report_node(task->report, SEVERITY_ERROR, source, "there is no container \"" TEXT_FORMAT "\"",
				    TEXT_ARGUMENTS(name));
	}
}

static void check_volumes(const struct task *task)
{
	const struct node *volumes = member(task, task->definition, "volumes");

	if (volumes && volumes->count > VOLUMES_MAX) {
		report_node(task->report, SEVERITY_ERROR, volumes, "more than %d volumes are not looked at",
			    VOLUMES_MAX);
		return;
	}
	for (const struct node *volume = first_element(task, task->definition, "volumes"); volume;
	     volume = volume->next) {
		struct text name = text_member(task, volume, "name");

		if (!node_is_absent(member(task, volume, "dockerVolumeConfiguration")) ||
		    !node_is_absent(member(task, member(task, volume, "host"), "sourcePath")))
			report_node(task->report, SEVERITY_ERROR, volume,
				    "Fargate has no volumes of Docker's or of a host's");
		for (const struct node *other = volume->previous; other && name.length > 0; other = other->previous)
			if (text_equal(text_member(task, other, "name"), name))
				report_node(task->report, SEVERITY_ERROR, volume, "a second volume \"" TEXT_FORMAT "\"",
					    TEXT_ARGUMENTS(name));
	}
}

static void check_secrets(const struct task *task, const struct plan *plan)
{
	const struct node *secrets = member(task, plan->container, "secrets");

	for (const struct node *secret = first_element(task, plan->container, "secrets"); secret; secret = secret->next)
		if (!is_intrinsic(task, secret) && node_is_absent(member(task, secret, "valueFrom")))
			report_node(task->report, SEVERITY_ERROR, secret, "a secret needs a \"valueFrom\"");
	if (task->definition && first_element(task, plan->container, "secrets") &&
	    node_is_absent(member(task, task->definition, "executionRoleArn")))
		report_node(task->report, SEVERITY_ERROR, secrets,
			    "secrets need an \"executionRoleArn\" that may read them");
}

/* ---- sizes ---- */

/* A number of CPU units or MiB: "256", 256, "1 vCPU", "2GB". False when it is not known or not understood. */
static bool read_size(const struct node *value, uint64_t *ret_size)
{
	struct text text = value && value->tag.length == 0 ? text_trim(value->text, " ") : TEXT_EMPTY, digits, unit;
	size_t at = 0;
	uint64_t number;

	while (at < text.length && text.bytes[at] >= '0' && text.bytes[at] <= '9')
		at++;
	digits = text_slice(text, 0, at);
	unit = text_trim(text_slice(text, at, SIZE_MAX), " ");
	if (!text_to_u64(digits, &number) || number > UINT32_MAX)
		return false;
	if (text_equal_but_case(unit, TEXT("vcpu")))
		number *= 1024;
	else if (text_equal_but_case(unit, TEXT("gb")))
		number *= 1024;
	else if (unit.length > 0)
		return false;
	*ret_size = number;
	return true;
}

static void check_sum(const struct task *task, const char *name, uint64_t limit)
{
	uint64_t sum = 0, size;

	for (const struct plan *plan = task->first_plan; plan; plan = plan->next)
		if (read_size(member(task, plan->container, name), &size))
			sum += size;
	if (sum > limit)
		report_node(task->report, SEVERITY_ERROR, member(task, task->definition, name),
			    "the containers' \"%s\" is %zu together, the task's %zu", name, (size_t)sum, (size_t)limit);
}

static void check_sizes(const struct task *task)
{
	const struct node *cpu_node = member(task, task->definition, "cpu"),
			  *memory_node = member(task, task->definition, "memory");
	bool is_possible = false;
	uint64_t cpu, memory;

	if (node_is_absent(cpu_node) || node_is_absent(memory_node)) {
		report_node(task->report, SEVERITY_ERROR, task->definition,
			    "on Fargate a task needs \"cpu\" and \"memory\"");
		return;
	}
	if (!read_size(cpu_node, &cpu) || !read_size(memory_node, &memory))
		return;
	for (size_t i = 0; i < sizeof task_sizes / sizeof task_sizes[0]; i++)
		is_possible |= task_sizes[i].cpu == cpu && memory >= task_sizes[i].least_mib &&
			       memory <= task_sizes[i].most_mib && memory % task_sizes[i].step_mib == 0;
	if (!is_possible)
		report_node(task->report, SEVERITY_ERROR, memory_node,
			    "Fargate has no size of %zu CPU units with %zu MiB", (size_t)cpu, (size_t)memory);
	check_sum(task, "cpu", cpu);
	check_sum(task, "memory", memory);
}

/* ---- logs, ports, limits, health ---- */

static bool is_one_of(struct text text, const char *const *names)
{
	while (*names && !text_is(text, *names))
		names++;
	return *names != NULL;
}

static void check_logs(const struct task *task, const struct plan *plan)
{
	const struct node *log = member(task, plan->container, "logConfiguration");
	struct text driver = text_member(task, log, "logDriver");
	bool has_router = false;

	if (driver.length > 0 && !is_one_of(driver, log_drivers))
		report_node(task->report, SEVERITY_ERROR, member(task, log, "logDriver"),
			    "Fargate has no log driver \"" TEXT_FORMAT "\", but awslogs, splunk and awsfirelens",
			    TEXT_ARGUMENTS(driver));
	if (!text_is(driver, "awsfirelens"))
		return;
	for (const struct plan *other = task->first_plan; other; other = other->next)
		has_router |= !node_is_absent(member(task, other->container, "firelensConfiguration"));
	if (!has_router)
		report_node(task->report, SEVERITY_ERROR, log,
			    "awsfirelens needs a container with a \"firelensConfiguration\"");
}

static void check_ports(const struct task *task, const struct plan *plan)
{
	for (const struct node *port = first_element(task, plan->container, "portMappings"); port; port = port->next) {
		const struct node *host_node = member(task, port, "hostPort");
		uint64_t container_port, host_port;

		if (read_size(member(task, port, "containerPort"), &container_port) &&
		    read_size(host_node, &host_port) && host_port != 0 && host_port != container_port)
			report_node(task->report, SEVERITY_ERROR, host_node,
				    "with awsvpc \"hostPort\" is the same as \"containerPort\", or absent");
	}
}

static void check_limits(const struct task *task, const struct plan *plan)
{
	const struct node *stop = member(task, plan->container, "stopTimeout");
	const struct node *reservation_node = member(task, plan->container, "memoryReservation");
	uint64_t seconds, reservation, memory;

	if (read_size(stop, &seconds) && seconds > STOP_TIMEOUT_MAX_S)
		report_node(task->report, SEVERITY_ERROR, stop, "\"stopTimeout\" is at most %d seconds on Fargate",
			    STOP_TIMEOUT_MAX_S);
	if (read_size(reservation_node, &reservation) && read_size(member(task, plan->container, "memory"), &memory) &&
	    reservation > memory)
		report_node(task->report, SEVERITY_ERROR, reservation_node,
			    "\"memoryReservation\" is more than the container's \"memory\"");
	for (const struct node *limit = first_element(task, plan->container, "ulimits"); limit; limit = limit->next) {
		struct text name = text_member(task, limit, "name");

		if (name.length > 0 && !text_is(name, "nofile"))
			report_node(task->report, SEVERITY_ERROR, limit,
				    "Fargate sets no limit but nofile, not \"" TEXT_FORMAT "\"", TEXT_ARGUMENTS(name));
	}
}

static void check_health(const struct task *task, const struct plan *plan)
{
	static const char *const kinds[] = {"CMD", "CMD-SHELL", "NONE", NULL};
	const struct node *first = first_element(task, member(task, plan->container, "healthCheck"), "command");

	if (first && first->kind == NODE_STRING && first->tag.length == 0 && first->next &&
	    !is_one_of(first->text, kinds))
		report_node(task->report, SEVERITY_ERROR, first,
			    "a health check's command begins with CMD or CMD-SHELL, not \"" TEXT_FORMAT "\"",
			    TEXT_ARGUMENTS(first->text));
}

static void check_platform(const struct task *task)
{
	static const char *const architectures[] = {"X86_64", "ARM64", NULL};
	const struct node *platform = member(task, task->definition, "runtimePlatform");
	const struct node *storage = member(task, member(task, task->definition, "ephemeralStorage"), "sizeInGiB");
	struct text architecture = text_member(task, platform, "cpuArchitecture"),
		    family = text_member(task, platform, "operatingSystemFamily");
	uint64_t gib;

	if (architecture.length > 0 && !is_one_of(architecture, architectures))
		report_node(task->report, SEVERITY_ERROR, member(task, platform, "cpuArchitecture"),
			    "\"cpuArchitecture\" is X86_64 or ARM64");
	if (family.length > 0 && !text_is(family, "LINUX") && !text_starts_with(family, TEXT("WINDOWS_")))
		report_node(task->report, SEVERITY_ERROR, member(task, platform, "operatingSystemFamily"),
			    "\"operatingSystemFamily\" is LINUX, or one of Windows");
	if (read_size(storage, &gib) && (gib < EPHEMERAL_STORAGE_MIN_GIB || gib > EPHEMERAL_STORAGE_MAX_GIB))
		report_node(task->report, SEVERITY_ERROR, storage, "\"sizeInGiB\" is %d to %d on Fargate",
			    EPHEMERAL_STORAGE_MIN_GIB, EPHEMERAL_STORAGE_MAX_GIB);
}

static void check_proxy(const struct task *task)
{
	const struct node *proxy = member(task, task->definition, "proxyConfiguration");
	struct text name = text_member(task, proxy, "containerName");
	const struct plan *plan = task->first_plan;

	while (plan && !text_equal(plan->name, name))
		plan = plan->next;
	if (name.length > 0 && !plan)
		report_node(task->report, SEVERITY_ERROR, proxy,
			    "there is no container \"" TEXT_FORMAT "\" to be the proxy", TEXT_ARGUMENTS(name));
}

/* ---- everything ---- */

static void check_container(struct task *task, const struct plan *plan)
{
	const struct node *linux_parameters = member(task, plan->container, "linuxParameters");
	const struct node *start = member(task, plan->container, "startTimeout");
	uint64_t seconds;

	check_known(task, plan->container, MEMBER_CONTAINER);
	check_forbidden(task, plan->container, LEVEL_CONTAINER);
	check_forbidden(task, linux_parameters, LEVEL_LINUX);
	check_capabilities(task, linux_parameters);
	check_words(task, plan->entry_point, "entryPoint");
	check_words(task, plan->command, "command");
	check_dependencies(task, plan);
	check_mounts(task, plan);
	check_secrets(task, plan);
	check_logs(task, plan);
	check_ports(task, plan);
	check_limits(task, plan);
	check_health(task, plan);
	if (node_is_absent(member(task, plan->container, "image")))
		report_node(task->report, SEVERITY_ERROR, plan->container, "a container needs an \"image\"");
	if (plan->name.length == 0)
		report_node(task->report, SEVERITY_ERROR, plan->container, "a container needs a \"name\"");
	else if (find_container(task, plan, plan->name) != plan)
		report_node(task->report, SEVERITY_ERROR, plan->container, "a second container \"" TEXT_FORMAT "\"",
			    TEXT_ARGUMENTS(plan->name));
	if (read_size(start, &seconds) && (seconds < START_TIMEOUT_MIN_S || seconds > START_TIMEOUT_MAX_S))
		report_node(task->report, SEVERITY_ERROR, start, "\"startTimeout\" is %d to %d seconds on Fargate",
			    START_TIMEOUT_MIN_S, START_TIMEOUT_MAX_S);
}

static void check_task(const struct task *task)
{
	const struct node *mode = member(task, task->definition, "networkMode");
	const struct node *process_mode = member(task, task->definition, "pidMode");
	const struct node *tags = member(task, task->definition, "tags");

	check_known(task, task->definition, MEMBER_TASK);
	check_forbidden(task, task->definition, LEVEL_TASK);
	if (!is_intrinsic(task, mode) && !node_is_string(mode, "awsvpc"))
		report_node(task->report, SEVERITY_ERROR, mode ? mode : task->definition,
			    "on Fargate \"networkMode\" is awsvpc");
	if (!node_is_absent(process_mode) && !is_intrinsic(task, process_mode) && !node_is_string(process_mode, "task"))
		report_node(task->report, SEVERITY_ERROR, process_mode, "on Fargate \"pidMode\" can only be task");
	if (task->definition->end - task->definition->start > DEFINITION_BYTES_MAX && task->spelling == SPELLING_API)
		report_node(task->report, SEVERITY_WARNING, task->definition, "the definition is larger than 64 KiB");
	if (task->spelling == SPELLING_API && tags && tags->kind == NODE_ARRAY && tags->count == 0)
		report_node(task->report, SEVERITY_ERROR, tags, "registration rejects an empty list of tags");
	check_volumes(task);
	check_sizes(task);
	check_platform(task);
	check_proxy(task);
}

void fargate_rules_check(struct task *task)
{
	bool any_essential = false;

	if (task->definition)
		check_task(task);
	if (task->container_count > TASK_CONTAINERS_MAX) {
		report_node(task->report, SEVERITY_ERROR, task->containers, "%zu containers; ECS takes %d",
			    task->container_count, TASK_CONTAINERS_MAX);
		return; /* the rest compares each with each */
	}
	for (const struct plan *plan = task->first_plan; plan; plan = plan->next) {
		check_container(task, plan);
		any_essential |= is_essential(task, plan->container);
	}
	if (!any_essential)
		report_node(task->report, SEVERITY_ERROR, task->containers, "at least one container must be essential");
}
