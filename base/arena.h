/*
 * Memory that is freed all at once: one arena per compilation, per loaded program, per event.
 *
 * Allocations are 16-byte aligned and zeroed. An arena may have a limit; at the limit, or when the system has no
 * memory, arena_allocate() returns NULL and the arena stays marked as exhausted, so that a long pass can check once.
 *
 * What a pass needs only while it works goes into an arena of its own, made within the one of the results.
 */
#ifndef TERCEL_BASE_ARENA_H
#define TERCEL_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

struct arena;

/* limit_bytes 0: no limit. NULL when there is no memory. */
struct arena *arena_new(size_t limit_bytes);
/*
 * A second arena: while it lives, what it holds counts as used in `outer`, too, and running out of the limit there marks
 * both as exhausted. It is freed before `outer`.
 */
struct arena *arena_new_within(struct arena *outer);
struct arena *arena_free(struct arena *arena); /* returns NULL; accepts NULL */

void *arena_allocate(struct arena *arena, size_t size_bytes);
void *arena_allocate_array(struct arena *arena, size_t count, size_t element_bytes); /* overflow-checked */

/* A NUL-terminated copy; the result's bytes are NULL on failure. */
struct text arena_copy_text(struct arena *arena, struct text t);
char *arena_copy_string(struct arena *arena, struct text t);
struct text arena_format(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

bool arena_is_exhausted(const struct arena *arena);
/* Whether the limit refused an allocation: what was asked for is too large, while the system may have memory. */
bool arena_hit_limit(const struct arena *arena);
/* Room beyond the limit, to tell that it was reached. */
void arena_raise_limit(struct arena *arena, size_t more_bytes);
size_t arena_used_bytes(const struct arena *arena);

/* Forgets every allocation but keeps one block for reuse: the per-event scratch. */
void arena_reset(struct arena *arena);

#endif
