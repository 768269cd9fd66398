/*
 * Runs a command under the seccomp filter that the agent would install for a bundle, with nobody watching: what it would
 * trap, it allows. The lower bound of `tercel-agent run`.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/capture/capture_plan.h"
#include "base/file_io.h"
#include "detect/ruleset_load.h"

int main(int argc, char **argv)
{
	struct bundle_checks checks = {.accept_unsigned = true};
	struct buffer bytes = BUFFER_INIT;
	struct bundle_refusal refusal;
	struct seccomp_filter filter;
	struct capture_plan plan;
	struct filter_row *rows;
	struct ruleset *ruleset;
	size_t count;

	if (argc < 3) {
		fprintf(stderr, "usage: filter_only BUNDLE COMMAND...\n");
		return 2;
	}
	if (file_read(argv[1], BUNDLE_BYTES_MAX, &bytes) < 0 ||
	    ruleset_load(buffer_text(&bytes), &checks, NULL, &ruleset, &refusal) != BUNDLE_REFUSAL_NONE ||
	    capture_plan_build(&plan, ruleset->program, false, &rows, &count) < 0 ||
	    seccomp_filter_build(rows, count, FILTER_TRACE, &filter) < 0) {
		fprintf(stderr, "cannot load\n");
		return 3;
	}
	for (unsigned short i = 0; i < filter.count; i++)
		if (BPF_CLASS(filter.instructions[i].code) == BPF_RET &&
		    (filter.instructions[i].k & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_TRACE)
			filter.instructions[i].k = SECCOMP_RET_ALLOW;
	if (seccomp_filter_install(&filter) < 0)
		return 3;
	execvp(argv[2], argv + 2);
	fprintf(stderr, "%s: %s\n", argv[2], strerror(errno));
	return 127;
}
