#include "event/state/thread_table.h"

#include <errno.h>
#include <stdlib.h>

#include "base/hash_table.h"
#include "event/state/descriptor_table.h"

struct thread_table {
	struct number_table *threads; /* by tid */
	struct number_table *groups;  /* by pid */
	uint64_t last_mark;
};

struct thread_table *thread_table_new(size_t limit_entries)
{
	struct thread_table *table = calloc(1, sizeof *table);

	if (!table)
		return NULL;
	table->threads = number_table_new(limit_entries);
	table->groups = number_table_new(0);
	return table->threads && table->groups ? table : thread_table_free(table);
}

struct thread_table *thread_table_free(struct thread_table *table)
{
	if (!table)
		return NULL;
	if (table->threads && table->groups)
		thread_table_clear(table);
	number_table_free(table->threads);
	number_table_free(table->groups);
	free(table);
	return NULL;
}

void thread_table_clear(struct thread_table *table)
{
	size_t position = 0;
	uint64_t key;
	void *value;

	while (number_table_next(table->threads, &position, &key, &value))
		thread_release(value);
	number_table_clear(table->threads);
	position = 0;
	while (number_table_next(table->groups, &position, &key, &value))
		free(value);
	number_table_clear(table->groups);
}

struct thread *thread_find(const struct thread_table *table, int64_t tid)
{
	return number_table_get(table->threads, (uint64_t)tid);
}

size_t thread_count(const struct thread_table *table)
{
	return number_table_count(table->threads);
}

bool thread_next(const struct thread_table *table, size_t *position, struct thread **ret_thread)
{
	uint64_t key;
	void *value;

	if (!number_table_next(table->threads, position, &key, &value))
		return false;
	*ret_thread = value;
	return true;
}

struct thread *thread_new(int64_t tid)
{
	struct thread *thread = calloc(1, sizeof *thread);

	if (thread) {
		thread->tid = tid;
		thread->pid = thread->ptid = thread->vtid = thread->vpid = -1;
		thread->sid = thread->vpgid = thread->pgid = -1;
		thread->uid = thread->gid = thread->loginuid = THREAD_ID_NONE;
	}
	return thread;
}

void thread_release(struct thread *thread)
{
	if (!thread)
		return;
	shared_text_release(&thread->comm);
	shared_text_release(&thread->exe);
	shared_text_release(&thread->exepath);
	shared_text_release(&thread->arguments);
	shared_text_release(&thread->cgroups);
	shared_text_release(&thread->root);
	shared_text_release(&thread->container_id);
	shared_text_release(&thread->own_cwd);
	shared_text_release(&thread->own_environment);
	shared_text_release(&thread->cmdline);
	descriptor_table_release(&thread->own_descriptors);
	free(thread->pending_enter);
	free(thread);
}

int thread_table_add(struct thread_table *table, struct thread *thread)
{
	int error = number_table_set(table->threads, (uint64_t)thread->tid, thread);

	if (error)
		thread_release(thread);
	return error;
}

/* ---- groups and parents ---- */

static void leave_parent(struct thread *thread)
{
	if (!thread->parent)
		return;
	if (thread->child_previous)
		thread->child_previous->child_next = thread->child_next;
	else
		thread->parent->children = thread->child_next;
	if (thread->child_next)
		thread->child_next->child_previous = thread->child_previous;
	thread->parent = thread->child_next = thread->child_previous = NULL;
}

/* `parent` NULL: an orphan. */
static void set_parent(struct thread *thread, struct thread *parent)
{
	leave_parent(thread);
	thread->ptid = parent ? parent->tid : 0;
	if (!parent)
		return;
	thread->parent = parent;
	thread->child_next = parent->children;
	if (parent->children)
		parent->children->child_previous = thread;
	parent->children = thread;
}

static struct thread_group *parent_group(const struct thread_group *group)
{
	return group->leader && group->leader->parent ? group->leader->parent->group : NULL;
}

/* Whether `ancestor` is above `group`, or is it; a chain that is too long counts as "yes". */
static bool is_below(const struct thread_group *group, const struct thread_group *ancestor)
{
	for (unsigned steps = 0; group; steps++) {
		if (group == ancestor || steps == ANCESTORS_MAX)
			return true;
		group = parent_group(group);
	}
	return false;
}

static int join_group(struct thread_table *table, struct thread *thread)
{
	struct thread_group *group = number_table_get(table->groups, (uint64_t)thread->pid);

	if (!group) {
		group = calloc(1, sizeof *group);
		if (!group || number_table_set(table->groups, (uint64_t)thread->pid, group)) {
			free(group);
			return -ENOMEM;
		}
		group->pid = thread->pid;
	}
	if (thread->pid == 1 || thread->vpid == 1)
		group->is_reaper = true;
	thread->group = group;
	/* The leader first: who looks for a thread that is left asks in this order. */
	if (thread_is_leader(thread) && group->first) {
		thread->group_next = group->first;
		group->first->group_previous = thread;
		group->first = thread;
	} else {
		thread->group_previous = group->last;
		if (group->last)
			group->last->group_next = thread;
		else
			group->first = thread;
		group->last = thread;
	}
	if (!thread->is_dead)
		group->alive_count++;
	if (thread_is_leader(thread))
		group->leader = thread;
	return 0;
}

static void leave_group(struct thread_table *table, struct thread *thread)
{
	struct thread_group *group = thread->group;

	if (!group)
		return;
	if (thread->group_previous)
		thread->group_previous->group_next = thread->group_next;
	else
		group->first = thread->group_next;
	if (thread->group_next)
		thread->group_next->group_previous = thread->group_previous;
	else
		group->last = thread->group_previous;
	if (group->leader == thread)
		group->leader = NULL;
	thread->group = NULL;
	if (!group->first) {
		number_table_remove(table->groups, (uint64_t)group->pid);
		free(group);
	}
}

/* The thread that may be the parent of others: known, and not a placeholder. */
static struct thread *find_parent(const struct thread_table *table, const struct thread *thread)
{
	struct thread *parent = thread_find(table, thread->ptid);

	return parent && parent->group && parent != thread ? parent : NULL;
}

int thread_table_connect(struct thread_table *table, struct thread *thread)
{
	struct thread *parent;
	int error = join_group(table, thread);

	if (error)
		return error;
	if (thread->pid == 1)
		return 0;
	parent = find_parent(table, thread);
	/* Only a leader that comes after threads of its group can have descendants already. */
	if (parent && thread_is_leader(thread) && thread->group->first != thread->group->last &&
	    is_below(parent->group, thread->group))
		parent = NULL;
	set_parent(thread, parent);
	return 0;
}

static void break_loops(struct thread_table *table)
{
	size_t position = 0;
	uint64_t first_mark = table->last_mark + 1;
	uint64_t key;
	void *value;

	while (number_table_next(table->groups, &position, &key, &value)) {
		uint64_t mark = ++table->last_mark;
		struct thread_group *group = value;

		while (group && group->mark < first_mark) {
			group->mark = mark;
			group = parent_group(group);
		}
		if (group && group->mark == mark)
			set_parent(group->leader, NULL);
	}
}

static int compare_ids(const void *a, const void *b)
{
	int64_t first = (*(struct thread *const *)a)->tid, second = (*(struct thread *const *)b)->tid;

	return (first > second) - (first < second);
}

int thread_table_connect_all(struct thread_table *table)
{
	size_t count = 0, position = 0;
	/* In the order of their ids: the table's own order differs from run to run. */
	struct thread **threads = calloc(thread_count(table) + 1, sizeof(struct thread *)), *thread;
	int error = 0;

	if (!threads)
		return -ENOMEM;
	while (thread_next(table, &position, &thread))
		threads[count++] = thread;
	qsort(threads, count, sizeof(struct thread *), compare_ids);
	for (size_t i = 0; i < count; i++) {
		thread = threads[i];
		if (!thread->group && !thread->is_placeholder && thread->pid >= 0 && join_group(table, thread))
			error = -ENOMEM;
	}
	for (size_t i = 0; i < count; i++) {
		thread = threads[i];
		if (thread->group && !thread->parent && thread->pid != 1)
			set_parent(thread, find_parent(table, thread));
	}
	free(threads);
	break_loops(table);
	return error;
}

/* ---- ends ---- */

static struct thread *first_alive(const struct thread_group *group)
{
	struct thread *thread = group->alive_count > 0 ? group->first : NULL;

	while (thread && thread->is_dead)
		thread = thread->group_next;
	return thread;
}

/*
 * Who gets the children of a thread that ends: another thread of its group, else the nearest ancestor that reaps, as init
 * does in its namespace. NULL when the ancestors end or leave the namespace before that: not even init is taken then.
 */
static struct thread *find_reaper(const struct thread *thread)
{
	struct thread *reaper = first_alive(thread->group);
	bool is_nested = thread_is_in_nested_pidns(thread);
	unsigned steps = 0;

	if (reaper)
		return reaper;
	for (struct thread *at = thread->parent; at && steps < ANCESTORS_MAX; at = at->parent, steps++) {
		if (thread_is_in_nested_pidns(at) != is_nested)
			return NULL;
		if (at->group->is_reaper) {
			reaper = first_alive(at->group);
			if (reaper)
				return reaper;
		}
	}
	return NULL;
}

/* Whether it can take children of `thread` without becoming its own ancestor. */
static bool can_reap(const struct thread *reaper, const struct thread *thread)
{
	if (!reaper || !reaper->group || reaper->is_dead)
		return false;
	return reaper->group == thread->group || !is_below(reaper->group, thread->group);
}

static void give_children_away(struct thread_table *table, struct thread *thread, int64_t reaper_tid)
{
	struct thread *reaper = NULL;

	if (!thread->children)
		return;
	if (reaper_tid > 0)
		reaper = thread_find(table, reaper_tid);
	if (!can_reap(reaper, thread))
		reaper = find_reaper(thread);
	if (!can_reap(reaper, thread))
		reaper = NULL;
	/* Whom the kernel chose once, it will choose again. */
	if (reaper && reaper->group != thread->group)
		reaper->group->is_reaper = true;
	while (thread->children) {
		struct thread *child = thread->children;

		set_parent(child, reaper && reaper->group != child->group ? reaper : NULL);
	}
}

void thread_table_end(struct thread_table *table, struct thread *thread, int64_t reaper_tid)
{
	if (thread->is_dead || !thread->group)
		return;
	thread->is_dead = true;
	thread->group->alive_count--;
	give_children_away(table, thread, reaper_tid);
}

static void destroy(struct thread_table *table, struct thread *thread)
{
	if (thread->group)
		give_children_away(table, thread, 0);
	leave_parent(thread);
	leave_group(table, thread);
	number_table_remove(table->threads, (uint64_t)thread->tid);
	thread_release(thread);
}

void thread_table_remove(struct thread_table *table, struct thread *thread)
{
	struct thread *leader = thread_leader(thread);
	bool is_last;

	if (!thread->group) {
		destroy(table, thread);
		return;
	}
	thread_table_end(table, thread, 0);
	is_last = thread->group->alive_count == 0;
	if (thread == leader && !is_last)
		return;
	destroy(table, thread);
	if (is_last && leader && leader != thread)
		destroy(table, leader);
}

void thread_table_remove_others(struct thread_table *table, struct thread *survivor)
{
	struct thread *next;

	if (!survivor->group)
		return;
	if (survivor->is_dead) {
		survivor->is_dead = false;
		survivor->group->alive_count++;
	}
	for (struct thread *thread = survivor->group->first; thread; thread = next) {
		next = thread->group_next;
		if (thread != survivor)
			thread_table_remove(table, thread);
	}
}

struct thread *thread_descriptor_owner(struct thread *thread)
{
	return thread->flags & CLONE_FLAG_FILES ? thread_leader(thread) : thread;
}

struct descriptor_table **thread_descriptor_slot(struct thread *thread)
{
	struct thread *owner = thread_descriptor_owner(thread);

	return owner ? &owner->own_descriptors : NULL;
}

struct thread *thread_directory_owner(struct thread *thread)
{
	return thread_leader(thread);
}

void thread_forget_cmdline(struct thread *thread)
{
	shared_text_release(&thread->cmdline);
}

/* ---- cgroups ---- */

/* "memory_cgroup" → "memory", "perf" → "perf_event" ...: the names that rules know. */
static size_t rewrite_subsystem(struct text subsystem, char *ret_bytes)
{
	static const struct {
		struct text from, to;
	} names[] = {
		{{"perf", 4}, {"perf_event", 10}},
		{{"mem", 3}, {"memory", 6}},
		{{"io", 2}, {"blkio", 5}},
	};
	size_t suffix = text_find(subsystem, TEXT("_cgroup"));
	size_t length = 0;

	if (suffix != SIZE_MAX) {
		struct text behind = text_slice(subsystem, suffix + strlen("_cgroup"), SIZE_MAX);

		memcpy(ret_bytes, subsystem.bytes, suffix);
		memcpy(ret_bytes + suffix, behind.bytes, behind.length);
		length = suffix + behind.length;
	} else {
		memcpy(ret_bytes, subsystem.bytes, subsystem.length);
		length = subsystem.length;
	}
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (text_equal(text_of(ret_bytes, length), names[i].from)) {
			memcpy(ret_bytes, names[i].to.bytes, names[i].to.length);
			return names[i].to.length;
		}
	}
	return length;
}

#define CGROUPS_BYTES_MAX 8192
#define SUBSYSTEM_GROWTH_BYTES 6 /* "perf" → "perf_event" */

/* Into `rewritten`; false when that is no list of cgroups, or too long. */
static bool rewrite_cgroups(struct text cgroups, char rewritten[static CGROUPS_BYTES_MAX], struct text *ret_rewritten)
{
	struct text entry;
	size_t position = 0;
	size_t length = 0;

	while (strings_next(cgroups, &position, &entry)) {
		size_t name_length = text_find_byte(entry, '=');
		struct text path;

		if (name_length == SIZE_MAX || length + entry.length + SUBSYSTEM_GROWTH_BYTES + 1 > CGROUPS_BYTES_MAX)
			return false;
		length += rewrite_subsystem(text_slice(entry, 0, name_length), rewritten + length);
		path = text_slice(entry, name_length, SIZE_MAX);
		memcpy(rewritten + length, path.bytes, path.length);
		length += path.length;
		rewritten[length++] = '\0';
	}
	*ret_rewritten = text_of(rewritten, length);
	return true;
}

int thread_set_cgroups(struct thread *thread, struct text cgroups)
{
	char buffer[CGROUPS_BYTES_MAX];
	struct text rewritten;

	return rewrite_cgroups(cgroups, buffer, &rewritten) ? shared_text_set(&thread->cgroups, rewritten) : -EINVAL;
}

bool thread_cgroups_are_settled(const struct thread *thread)
{
	char buffer[CGROUPS_BYTES_MAX];
	struct text rewritten;

	return rewrite_cgroups(thread_cgroups(thread), buffer, &rewritten) && text_equal(rewritten, thread_cgroups(thread));
}
