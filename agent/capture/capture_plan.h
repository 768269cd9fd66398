/*
 * Which system calls stop the workload, and what each stop is for: the rows of trapped_calls.def, and what the rules of the
 * bundle ask for.
 */
#ifndef TERCEL_AGENT_CAPTURE_CAPTURE_PLAN_H
#define TERCEL_AGENT_CAPTURE_CAPTURE_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/capture/seccomp_filter.h"
#include "base/buffer.h"
#include "vm/program.h"

#define CAPTURE_NUMBERS_MAX 512 /* greater than every number of a native call */

struct capture_plan {
	bool is_trapped[CAPTURE_NUMBERS_MAX];	/* by the filter, once it is installed */
	bool changes_state[CAPTURE_NUMBERS_MAX];
	bool has_rules[CAPTURE_NUMBERS_MAX];	/* of the bundle that runs */
	bool is_recorded[CAPTURE_NUMBERS_MAX];	/* wanted with their results by a recording */
};

/*
 * The rows of the filter, and what they trap. `program` NULL: the workload starts without a bundle. A recording wants what
 * Falco captures to keep its tables, and everything that is trapped anyhow. -ENOMEM.
 */
int capture_plan_build(struct capture_plan *plan, const struct program *program, bool is_recording,
		       struct filter_row **ret_rows, size_t *ret_count);

/*
 * Another bundle under the filter that is installed. Appends the names of calls that its rules ask for and the filter does
 * not trap, separated by blanks: those rules are blind there until the workload starts anew.
 */
void capture_plan_change(struct capture_plan *plan, const struct program *program, struct buffer *blind_calls);

#endif
