/*
 * Immutable text with a reference count: arguments, environment, paths and names that forked processes and duplicated
 * descriptors have in common are stored once.
 *
 * NULL stands for the empty text everywhere. Counts are not atomic: a state belongs to one thread.
 */
#ifndef TERCEL_EVENT_STATE_SHARED_TEXT_H
#define TERCEL_EVENT_STATE_SHARED_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct shared_text {
	uint32_t references;
	uint32_t length;
	char bytes[]; /* a NUL stands behind them */
};

/* The text; valid while somebody holds a reference. */
static inline struct text shared_text_get(const struct shared_text *shared)
{
	return shared ? text_of(shared->bytes, shared->length) : TEXT_EMPTY;
}

/* A reference of one's own. */
static inline struct shared_text *shared_text_share(struct shared_text *shared)
{
	if (shared)
		shared->references++;
	return shared;
}

/* Gives up the reference in *slot and makes it NULL. */
void shared_text_release(struct shared_text **slot);

/*
 * Makes *slot hold a copy of `t`. Nothing is allocated when it holds that text already. 0, or -ENOMEM and *slot keeps
 * what it had.
 */
int shared_text_set(struct shared_text **slot, struct text t);

/* Makes *slot hold `other` (a new reference to it). */
void shared_text_assign(struct shared_text **slot, struct shared_text *other);

/*
 * Walks NUL-separated strings, as arguments, environments and cgroups are stored: "a\0b\0" and "a\0b" are both "a", "b".
 * Start with *position = 0; false at the end.
 */
bool strings_next(struct text strings, size_t *position, struct text *ret_string);

#endif
