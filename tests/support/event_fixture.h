/*
 * A small machine for tests of fields and rendering: a state, a reader of fields, and one event at a time that is put together
 * by hand and applied.
 *
 *	fixture_start(&fixture, EVENT_SYSCALL_CLOSE_X, 100);
 *	fixture_number(&fixture, "fd", 3);
 *	fixture_apply(&fixture);
 *	assert_field(&fixture, "fd.num", "3");
 */
#ifndef TERCEL_TESTS_SUPPORT_EVENT_FIXTURE_H
#define TERCEL_TESTS_SUPPORT_EVENT_FIXTURE_H

#include <check.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "event/event.h"
#include "event/fields/field_source.h"
#include "event/state/state.h"

#define FIXTURE_SLOTS 64

struct event_fixture {
	struct state *state;
	struct field_reader *reader;
	struct arena *memory;
	struct event event;
	struct buffer text; /* of the last field that was asked */
	uint64_t event_number;
};

void fixture_open(struct event_fixture *fixture);
void fixture_close(struct event_fixture *fixture);

/*
 * Three processes: init (1), bash (50) and cat (100), each the parent of the next; cat has a terminal, arguments and
 * variables, works in /home/ann/ and has descriptors 0 (pipe), 1 (file) and 2 (unix socket).
 */
void fixture_add_processes(struct event_fixture *fixture);
struct process_entry fixture_process(int64_t pid, int64_t ppid, const char *comm);
void fixture_add_descriptor(struct event_fixture *fixture, int64_t tid, int64_t number, unsigned list_type, const char *name);

/* Every parameter present: numbers zero, the others empty. */
void fixture_start(struct event_fixture *fixture, unsigned type, int64_t tid);
void fixture_number(struct event_fixture *fixture, const char *parameter, int64_t number);
void fixture_text(struct event_fixture *fixture, const char *parameter, const char *text); /* with its NUL */
void fixture_bytes(struct event_fixture *fixture, const char *parameter, const void *bytes, size_t length);
void fixture_parameter_state(struct event_fixture *fixture, const char *parameter, enum parameter_state state);
void fixture_apply(struct event_fixture *fixture); /* state_apply() and field_reader_begin() */

/* "proc.aname[2]", "evt.arg.flags", "evt.abspath.src" ... as rules write it. Lives as long as the fixture. */
struct field_request *fixture_request(struct event_fixture *fixture, const char *name);
struct value fixture_get(struct event_fixture *fixture, const char *name);
/* With SLOT_FLAG_EACH. */
struct value fixture_get_each(struct event_fixture *fixture, const char *name);
/* As an alert prints it, NUL-terminated. */
const char *fixture_print(struct event_fixture *fixture, const char *name);

#define assert_field(fixture, name, expected)                                                                          \
	do {                                                                                                           \
		ck_assert_msg(fixture_get(fixture, name).state == VALUE_PRESENT, "%s has no value", name);             \
		ck_assert_str_eq(fixture_print(fixture, name), expected);                                              \
	} while (0)

#define assert_missing(fixture, name)                                                                                  \
	ck_assert_msg(fixture_get(fixture, name).state == VALUE_ABSENT, "%s is %s", name, fixture_print(fixture, name))

#endif
