/*
 * What the comparison of programs with the oracle has met: one cell for each operator, type and shape of the left-hand side,
 * stage, and answer. Counted are rules that are one check and nothing else, so that the program's verdict is the answer.
 */
#ifndef TERCEL_TESTS_COMPILER_ORACLE_COVERAGE_H
#define TERCEL_TESTS_COMPILER_ORACLE_COVERAGE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "compiler/oracle/evaluate_ast.h"
#include "compiler/condition/syntax_tree.h"
#include "tests/support/random.h"

/* One value, a list, or fields that are compared value by value: ancestors, ends of a socket. */
enum shape { SHAPE_ONE, SHAPE_LIST, SHAPE_ANCESTORS, SHAPE_ENDS, SHAPE_COUNT };
enum stage { STAGE_ENTER, STAGE_EXIT, STAGE_COUNT };
enum answer { ANSWER_TRUE, ANSWER_FALSE, ANSWER_ABSENT, ANSWER_UNKNOWN, ANSWER_COUNT };
/* What stands on the right. */
enum form { FORM_CONSTANTS, FORM_ONEOF, FORM_ANYOF, FORM_ALLOF, FORM_FIELD, FORM_TRANSFORMER, FORM_COUNT };

struct oracle_coverage;

/* Reads the catalogue for left-hand sides of every type. Ends the program without memory. */
struct oracle_coverage *oracle_coverage_new(void);
struct oracle_coverage *oracle_coverage_free(struct oracle_coverage *coverage);

/*
 * Appends the next check, in the arena, of one cell after the other: the same number of tries for each. Never NULL.
 * *ret_parameter: the event parameter that the check looks at, empty for none.
 */
struct condition *oracle_coverage_next_check(struct oracle_coverage *coverage, struct random_source *random,
					     struct arena *arena, struct buffer *text, struct text *ret_parameter);

/* Counts the answer that oracle and program agreed on. `is_wanted`: the check stood in the rule without `not`. */
void oracle_coverage_count(struct oracle_coverage *coverage, const struct condition *check, struct value_source *source,
			   enum stage stage, enum truth truth, bool is_wanted);

/* Prints the table as comment lines of TAP. */
void oracle_coverage_print(const struct oracle_coverage *coverage);

/* How many cells were not hit although they are possible, or were hit although they are not; names them. */
unsigned oracle_coverage_faults(const struct oracle_coverage *coverage);

#endif
