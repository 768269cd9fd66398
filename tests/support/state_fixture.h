/*
 * A state with a small process tree, and shorthands for tests of it. Include after check.h.
 *
 *	init (1) - shell (100, "/home/user/") with threads 100 and 101
 */
#ifndef TERCEL_TESTS_SUPPORT_STATE_FIXTURE_H
#define TERCEL_TESTS_SUPPORT_STATE_FIXTURE_H

#include <check.h>
#include <string.h>

#include "event/state/state.h"
#include "tests/support/event_builder.h"

#define INIT_TID 1
#define SHELL_TID 100
#define SHELL_THREAD_TID 101

static struct state *state;
static struct event_builder builder;
static struct event *event; /* the last one that was applied */

#define ck_assert_text_eq(actual, expected)                                                                            \
	do {                                                                                                           \
		struct text actual_ = (actual);                                                                        \
		ck_assert_msg(text_is(actual_, expected), "%s is \"" TEXT_FORMAT "\", not \"%s\"", #actual,            \
			      TEXT_ARGUMENTS(actual_), expected);                                                      \
	} while (0)

/* Builds the event and applies it. */
#define APPLY_EVENT(constant, tid, ...)                                                                                \
	do {                                                                                                           \
		event = EVENT_OF(&builder, constant, tid, __VA_ARGS__);                                                \
		state_apply(state, event);                                                                             \
	} while (0)

/* The same at the stage of entry. */
#define APPLY_ENTER(constant, tid, ...)                                                                                \
	do {                                                                                                           \
		event = EVENT_OF(&builder, constant, tid, __VA_ARGS__);                                                \
		event->stage = STAGE_ENTER;                                                                            \
		state_apply(state, event);                                                                             \
	} while (0)

static inline void add_process(int64_t tid, int64_t pid, int64_t ptid, const char *comm)
{
	struct process_entry entry = PROCESS_ENTRY_INIT;

	entry.tid = entry.vtid = tid;
	entry.pid = entry.vpid = pid;
	entry.ptid = ptid;
	entry.sid = entry.pgid = entry.vpgid = pid;
	entry.comm = text_from_string(comm);
	entry.exe = text_from_string(comm);
	entry.exepath = TEXT("/usr/bin/listed");
	entry.arguments = text_of("-a\0two words", sizeof("-a\0two words"));
	entry.environment = text_of("HOME=/home/user\0LANG=C\0EMPTY=", sizeof("HOME=/home/user\0LANG=C\0EMPTY="));
	entry.cgroups = text_of("cpu=/\0memory_cgroup=/", sizeof("cpu=/\0memory_cgroup=/"));
	entry.cwd = TEXT("/home/user");
	entry.root = TEXT("/");
	entry.uid = entry.gid = 1000;
	entry.fd_limit = 1024;
	entry.flags = tid == pid ? 0 : CLONE_FLAG_THREAD | CLONE_FLAG_FILES;
	ck_assert_int_eq(state_add_process(state, &entry), 0);
}

static inline void set_up(void)
{
	builder = (struct event_builder){0};
	state = state_new(NULL, NULL);
	ck_assert_ptr_nonnull(state);
	add_process(SHELL_TID, SHELL_TID, INIT_TID, "shell");
	add_process(SHELL_THREAD_TID, SHELL_TID, INIT_TID, "shell");
	add_process(INIT_TID, INIT_TID, 0, "init");
}

static inline void tear_down(void)
{
	state = state_free(state);
}

static inline struct thread *thread_of(int64_t tid)
{
	return thread_find(state->threads, tid);
}

static inline const struct descriptor *descriptor_of(int64_t tid, int64_t number)
{
	struct thread *thread = thread_of(tid);

	return thread ? thread_descriptor(thread, number) : NULL;
}

/* One that must be there. */
static inline const struct descriptor *entry_of(int64_t tid, int64_t number)
{
	const struct descriptor *descriptor = descriptor_of(tid, number);

	if (!descriptor)
		ck_abort_msg("thread %d has no descriptor %d", (int)tid, (int)number);
	return descriptor;
}

static inline struct text name_of(int64_t tid, int64_t number)
{
	return descriptor_name(entry_of(tid, number));
}

/* Any event that changes nothing: makes the delayed clean-ups happen. */
static inline void pass(void)
{
	APPLY_EVENT(SYSCALL_SELECT_X, INIT_TID, NUMBER(0));
}

static inline void open_file(int64_t tid, int64_t number, const char *path, uint32_t flags)
{
	APPLY_EVENT(SYSCALL_OPENAT_2_X, tid, NUMBER(number), NUMBER(-100), STRING(path), NUMBER(flags), NUMBER(0),
		    NUMBER(0xfe00), NUMBER(77));
}

#endif
