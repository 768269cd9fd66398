/* What holds for every state, whatever happened to it; a violation aborts the test program. */
#ifndef TERCEL_TESTS_SUPPORT_STATE_INVARIANTS_H
#define TERCEL_TESTS_SUPPORT_STATE_INVARIANTS_H

#include <stdio.h>
#include <stdlib.h>

#include "event/state/state.h"

static inline void require(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "violated: %s\n", what);
	abort();
}

static inline void check_group(const struct thread_group *group, const struct thread_table *threads)
{
	uint32_t alive = 0;
	const struct thread *previous = NULL;

	for (const struct thread *t = group->first; t; t = t->group_next) {
		require(t->group == group && t->group_previous == previous && t->pid == group->pid, "threads of a group");
		require(thread_find(threads, t->tid) == t, "threads of a group are in the table");
		alive += !t->is_dead;
		previous = t;
	}
	require(group->last == previous && previous, "the last thread of a group");
	require(group->alive_count == alive, "the number of living threads");
	require(!group->leader || (group->leader->group == group && thread_is_leader(group->leader)), "a leader is in its group");
}

static inline void check_thread(const struct thread *thread, const struct thread_table *threads)
{
	struct ancestor_walk walk = ancestor_walk_of(thread);
	unsigned steps = 0;

	while (ancestor_walk_next(&walk))
		steps++;
	require(steps <= thread_count(threads) + 1, "ancestors do not loop");
	require(thread_find(threads, thread->tid) == thread, "a thread is under its id");
	require(!thread->is_placeholder || (!thread->group && !thread->children), "a placeholder stands alone");
	if (thread->group)
		check_group(thread->group, threads);
	if (thread->parent)
		require(thread->ptid == thread->parent->tid && thread->parent->group, "ptid is the parent's id");
	for (const struct thread *child = thread->children; child; child = child->child_next) {
		require(child->parent == thread, "children know their parent");
		require(!child->child_next || child->child_next->child_previous == child, "children are a list");
	}
}

static inline void check_descriptors(const struct descriptor_table *table)
{
	const struct descriptor *descriptor;
	size_t position = 0, count = 0;
	int64_t number;

	while (descriptor_table_next(table, &position, &number, &descriptor)) {
		count++;
		require(descriptor->kind < DESCRIPTOR_KIND_COUNT && descriptor->references > 0, "a descriptor is one");
		require(descriptor_table_find(table, number) == descriptor, "a descriptor is under its number");
	}
	require(count == descriptor_table_count(table), "the number of descriptors");
}

static inline void check_state(const struct state *checked)
{
	struct thread *thread;
	size_t position = 0;

	while (thread_next(checked->threads, &position, &thread)) {
		check_thread(thread, checked->threads);
		check_descriptors(thread->own_descriptors);
		thread_cmdline(thread);
		thread_session_leader(checked->threads, thread);
		thread_vpgid_leader(checked->threads, thread);
		thread_pgid_leader(checked->threads, thread);
	}
}

#endif
