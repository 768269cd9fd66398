/*
 * Events by hand, as struct event, for tests of what comes behind the sources.
 *
 *	struct event_builder builder;
 *	struct event *event = EVENT_OF(&builder, SYSCALL_OPENAT_2_X, tid, NUMBER(3), NUMBER(-100), STRING("/etc/passwd"));
 *
 * Parameters follow the schema: numbers get the size of their type; those that are not given are empty.
 */
#ifndef TERCEL_TESTS_SUPPORT_EVENT_BUILDER_H
#define TERCEL_TESTS_SUPPORT_EVENT_BUILDER_H

#include <stddef.h>
#include <stdint.h>

#include "event/event.h"

struct event_builder {
	struct event event;
	uint64_t last_number, last_timestamp_ns; /* both go on from event to event, times by 1 ms */
	size_t used;
	uint8_t bytes[32768];
};

enum parameter_kind { PARAMETER_EMPTY, PARAMETER_NUMBER, PARAMETER_STRING, PARAMETER_BYTES };

struct parameter_value {
	enum parameter_kind kind;
	int64_t number;
	struct text text;
};

#define EMPTY ((struct parameter_value){PARAMETER_EMPTY, 0, {"", 0}})
#define NUMBER(n) ((struct parameter_value){PARAMETER_NUMBER, (int64_t)(n), {"", 0}})
#define STRING(string) ((struct parameter_value){PARAMETER_STRING, 0, {(string), strlen(string)}}) /* with its NUL */
#define STRINGS(literal) ((struct parameter_value){PARAMETER_BYTES, 0, {(literal), sizeof(literal)}}) /* "a\0b" and a NUL */
#define BYTES(bytes, length) ((struct parameter_value){PARAMETER_BYTES, 0, {(const char *)(bytes), (length)}})

#define EVENT_OF(builder, constant, tid, ...)                                                                          \
	event_build(builder, EVENT_##constant, tid, (struct parameter_value[]){__VA_ARGS__},                          \
		    sizeof((struct parameter_value[]){__VA_ARGS__}) / sizeof(struct parameter_value))

/* The builder's event, filled anew. */
struct event *event_build(struct event_builder *builder, unsigned type, int64_t tid, const struct parameter_value *values,
			  size_t count);

/* SOCKADDR and SOCKTUPLE parameters; addresses as text ("127.0.0.1", "::1"), unix paths, kernel pointers. */
struct parameter_value address_value(char buffer[128], const char *ip, uint16_t port);
struct parameter_value unix_address_value(char buffer[128], const char *path);
struct parameter_value tuple_value(char buffer[128], const char *source, uint16_t source_port, const char *destination,
				   uint16_t destination_port);
struct parameter_value unix_tuple_value(char buffer[128], uint64_t source, uint64_t destination, const char *path);

#endif
