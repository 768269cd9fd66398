/* Writing to threads and their table; for the files of event/state alone (see thread.h for reading). */
#ifndef TERCEL_EVENT_STATE_THREAD_TABLE_H
#define TERCEL_EVENT_STATE_THREAD_TABLE_H

#include "event/state/thread.h"

struct thread_table *thread_table_new(size_t limit_entries);
struct thread_table *thread_table_free(struct thread_table *table);
void thread_table_clear(struct thread_table *table);

/* A thread that is in no table, all ids -1; NULL when there is no memory. */
struct thread *thread_new(int64_t tid);
/* Frees a thread that is in no table, or never got in; accepts NULL. */
void thread_release(struct thread *thread);

/* Adds it, not yet connected. No thread of that tid may be there. 0, -ENOMEM, -ENOSPC; on failure it is released. */
int thread_table_add(struct thread_table *table, struct thread *thread);

/*
 * Puts the thread into its group (by pid) and under its parent (by ptid); a parent that is not there, or a placeholder,
 * makes ptid 0. 0 or -ENOMEM: then it stays without a group.
 */
int thread_table_connect(struct thread_table *table, struct thread *thread);
/* The same for every thread that is not connected yet: after process lists. Breaks loops of parents. */
int thread_table_connect_all(struct thread_table *table);

/* Marks the thread as ended and gives its children to a reaper; `reaper_tid` <= 0: not known. Once per thread. */
void thread_table_end(struct thread_table *table, struct thread *thread, int64_t reaper_tid);

/*
 * Takes the thread out. A leader with living threads stays; with the last thread of a group its leader goes too. Children
 * of a thread that had not ended go to a reaper.
 */
void thread_table_remove(struct thread_table *table, struct thread *thread);

/* The threads of the group other than `survivor`: after its execve. */
void thread_table_remove_others(struct thread_table *table, struct thread *survivor);

/* The thread whose table that is: itself, or its leader. NULL: its leader is not known. */
struct thread *thread_descriptor_owner(struct thread *thread);
/* The slot of the table that thread_descriptors() reads; NULL: the thread has none (its leader is not known). */
struct descriptor_table **thread_descriptor_slot(struct thread *thread);

/* The process as far as cwd and environment go: the leader; NULL when it is not known. */
struct thread *thread_directory_owner(struct thread *thread);

/* cgroups as an event or a list has them: rewritten, or refused (then the old ones stay). 0, -EINVAL, -ENOMEM. */
int thread_set_cgroups(struct thread *thread, struct text cgroups);
/* Whether thread_set_cgroups() with what they are would leave them so. */
bool thread_cgroups_are_settled(const struct thread *thread);

/* Forgets the built command line: the next use builds it anew. */
void thread_forget_cmdline(struct thread *thread);

#endif
