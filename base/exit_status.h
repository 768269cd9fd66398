/* Exit statuses of every program (design §9); `tercel-agent run` exits as its workload does. */
#ifndef TERCEL_BASE_EXIT_STATUS_H
#define TERCEL_BASE_EXIT_STATUS_H

enum exit_status {
	EXIT_STATUS_OK = 0,
	EXIT_STATUS_FINDINGS = 1, /* the rules, tests or verification have errors */
	EXIT_STATUS_USAGE = 2,
	EXIT_STATUS_IO = 3, /* could not read or write */
	EXIT_STATUS_BUG = 70,
};

#endif
