#include "tests/support/failing_allocator.h"

#include <errno.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_reallocarray(void *old, size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t count, size_t size);

static size_t until_failure; /* 0: none is to fail */
static bool has_failed;

static bool fails_now(void)
{
	if (until_failure == 0 || --until_failure > 0)
		return false;
	has_failed = true;
	errno = ENOMEM;
	return true;
}

void failing_allocator_arm(size_t n)
{
	until_failure = n;
	has_failed = false;
}

bool failing_allocator_disarm(void)
{
	until_failure = 0;
	return has_failed;
}

void *__wrap_malloc(size_t size)
{
	return fails_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails_now() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return fails_now() ? NULL : __real_realloc(old, size);
}

void *__wrap_reallocarray(void *old, size_t count, size_t size)
{
	return fails_now() ? NULL : __real_reallocarray(old, count, size);
}
