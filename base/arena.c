#include "base/arena.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT_BYTES ((size_t)16)
#define FIRST_BLOCK_BYTES ((size_t)4096)
#define LARGEST_BLOCK_BYTES ((size_t)256 * 1024)

/*
 * Under AddressSanitizer each allocation is a block of its own, of exactly its size, and a reset frees them: overruns
 * and use after reset are then seen as they would be with malloc.
 */
#if defined(__SANITIZE_ADDRESS__)
#define ONE_ALLOCATION_PER_BLOCK 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ONE_ALLOCATION_PER_BLOCK 1
#endif
#endif
#ifndef ONE_ALLOCATION_PER_BLOCK
#define ONE_ALLOCATION_PER_BLOCK 0
#endif

struct block {
	struct block *older;
	size_t size_bytes; /* of `bytes` */
	_Alignas(16) uint8_t bytes[];
};

struct arena {
	struct block *newest;
	size_t offset_bytes; /* into the newest block */
	size_t used_bytes;
	size_t limit_bytes;
	struct arena *outer; /* arena_new_within() */
	bool exhausted;
	bool hit_limit;
};

struct arena *arena_new(size_t limit_bytes)
{
	struct arena *arena = calloc(1, sizeof *arena);

	if (arena)
		arena->limit_bytes = limit_bytes;
	return arena;
}

struct arena *arena_new_within(struct arena *outer)
{
	struct arena *arena = arena_new(0);

	if (!arena)
		return NULL;
	arena->outer = outer;
	return arena;
}

/* What the arena uses now, here and in those that it is within. */
static void set_used(struct arena *arena, size_t used_bytes)
{
	size_t before = arena->used_bytes;

	for (; arena; arena = arena->outer)
		arena->used_bytes = arena->used_bytes - before + used_bytes;
}

static bool has_room(const struct arena *arena, size_t size_bytes)
{
	for (; arena; arena = arena->outer)
		if (arena->limit_bytes && (arena->used_bytes > arena->limit_bytes ||
					   size_bytes > arena->limit_bytes - arena->used_bytes))
			return false;
	return true;
}

static void mark_exhausted(struct arena *arena)
{
	for (; arena; arena = arena->outer)
		arena->exhausted = true;
}

static void mark_limit_hit(struct arena *arena)
{
	for (; arena; arena = arena->outer)
		arena->hit_limit = true;
}

static void free_blocks(struct block *block)
{
	while (block) {
		struct block *older = block->older;

		free(block);
		block = older;
	}
}

struct arena *arena_free(struct arena *arena)
{
	if (arena) {
		set_used(arena, 0);
		free_blocks(arena->newest);
	}
	free(arena);
	return NULL;
}

static bool add_block(struct arena *arena, size_t least_bytes)
{
	size_t size_bytes = least_bytes;
	struct block *block;

	if (!ONE_ALLOCATION_PER_BLOCK) {
		size_t wanted = arena->newest ? arena->newest->size_bytes * 2 : FIRST_BLOCK_BYTES;

		if (wanted > LARGEST_BLOCK_BYTES)
			wanted = LARGEST_BLOCK_BYTES;
		if (size_bytes < wanted)
			size_bytes = wanted;
	}
	block = malloc(sizeof *block + size_bytes);
	if (!block)
		return false;
	block->size_bytes = size_bytes;
	block->older = arena->newest;
	arena->newest = block;
	arena->offset_bytes = 0;
	return true;
}

static void *allocate_with(struct arena *arena, size_t size_bytes)
{
	size_t rounded = (size_bytes + ALIGNMENT_BYTES - 1) & ~(ALIGNMENT_BYTES - 1);
	void *allocation;

	if (size_bytes > PTRDIFF_MAX / 2) {
		if (!has_room(arena, size_bytes))
			mark_limit_hit(arena);
		return NULL;
	}
	if (rounded == 0)
		rounded = ALIGNMENT_BYTES;
	if (!has_room(arena, rounded)) {
		mark_limit_hit(arena);
		return NULL;
	}
	if (ONE_ALLOCATION_PER_BLOCK) {
		if (!add_block(arena, size_bytes))
			return NULL;
	} else if (!arena->newest || arena->newest->size_bytes - arena->offset_bytes < rounded) {
		if (!add_block(arena, rounded))
			return NULL;
	}
	allocation = arena->newest->bytes + arena->offset_bytes;
	arena->offset_bytes += ONE_ALLOCATION_PER_BLOCK ? size_bytes : rounded;
	set_used(arena, arena->used_bytes + rounded);
	memset(allocation, 0, size_bytes);
	return allocation;
}

void *arena_allocate(struct arena *arena, size_t size_bytes)
{
	void *allocation = allocate_with(arena, size_bytes);

	if (!allocation)
		mark_exhausted(arena);
	return allocation;
}

void *arena_allocate_array(struct arena *arena, size_t count, size_t element_bytes)
{
	size_t size_bytes;

	if (__builtin_mul_overflow(count, element_bytes, &size_bytes)) {
		mark_exhausted(arena);
		return NULL;
	}
	return arena_allocate(arena, size_bytes);
}

char *arena_copy_string(struct arena *arena, struct text t)
{
	char *copy;

	if (t.length == SIZE_MAX) {
		mark_exhausted(arena);
		return NULL;
	}
	copy = arena_allocate(arena, t.length + 1);
	if (copy && t.length)
		memcpy(copy, t.bytes, t.length);
	return copy;
}

struct text arena_copy_text(struct arena *arena, struct text t)
{
	char *copy = arena_copy_string(arena, t);

	return (struct text){copy, copy ? t.length : 0};
}

struct text arena_format(struct arena *arena, const char *format, ...)
{
	va_list arguments, again;
	char *bytes = NULL;
	int length;

	va_start(arguments, format);
	va_copy(again, arguments);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length >= 0)
		bytes = arena_allocate(arena, (size_t)length + 1);
	else
		mark_exhausted(arena);
	if (bytes)
		vsnprintf(bytes, (size_t)length + 1, format, again);
	va_end(again);
	return (struct text){bytes, bytes ? (size_t)length : 0};
}

bool arena_hit_limit(const struct arena *arena)
{
	return arena->hit_limit;
}

void arena_raise_limit(struct arena *arena, size_t more_bytes)
{
	for (; arena; arena = arena->outer)
		if (arena->limit_bytes)
			arena->limit_bytes += more_bytes;
}

bool arena_is_exhausted(const struct arena *arena)
{
	return arena->exhausted;
}

size_t arena_used_bytes(const struct arena *arena)
{
	return arena->used_bytes;
}

void arena_reset(struct arena *arena)
{
	struct block *kept = ONE_ALLOCATION_PER_BLOCK ? NULL : arena->newest;

	/* Blocks grow, so the newest is the one that most likely serves the next round alone. */
	free_blocks(kept ? kept->older : arena->newest);
	if (kept) {
		if (kept->size_bytes > LARGEST_BLOCK_BYTES) {
			free(kept);
			kept = NULL;
		} else {
			kept->older = NULL;
		}
	}
	arena->newest = kept;
	arena->offset_bytes = 0;
	set_used(arena, 0);
	arena->exhausted = false;
}
