/*
 * main() of a Check program: TAP on standard output, so that meson counts every test.
 *
 *	static Suite *suite(void) { ... }
 *	CHECK_MAIN(suite)
 */
#ifndef TERCEL_TESTS_SUPPORT_CHECK_MAIN_H
#define TERCEL_TESTS_SUPPORT_CHECK_MAIN_H

#include <check.h>
#include <stdlib.h>

#define CHECK_MAIN(suite_function)                                                                                     \
	int main(void)                                                                                                 \
	{                                                                                                              \
		SRunner *runner = srunner_create(suite_function());                                                    \
		int failed;                                                                                            \
                                                                                                                       \
		srunner_set_tap(runner, "-");                                                                          \
		srunner_run_all(runner, CK_SILENT);                                                                    \
		failed = srunner_ntests_failed(runner);                                                                \
		srunner_free(runner);                                                                                  \
		return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;                                                      \
	}

#endif
