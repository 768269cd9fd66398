/*
 * Makes the n-th allocation fail. Link with failing_allocator.c and failing_allocator_link_args (tests/meson.build):
 * calls from the program and from our static libraries are seen, those inside shared libraries are not.
 *
 *	for (size_t n = 1; ; n++) {
 *		failing_allocator_arm(n);
 *		... what is tested ...
 *		if (!failing_allocator_disarm())
 *			break;	// it ran through without needing n allocations
 *	}
 */
#ifndef TERCEL_TESTS_SUPPORT_FAILING_ALLOCATOR_H
#define TERCEL_TESTS_SUPPORT_FAILING_ALLOCATOR_H

#include <stdbool.h>
#include <stddef.h>

/* The n-th allocation from now on fails, and only it. */
void failing_allocator_arm(size_t n);

/* Whether one failed. */
bool failing_allocator_disarm(void);

#endif
