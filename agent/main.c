/* tercel-agent: runs compiled rules on the system calls of a workload, or of a capture. */
#include "agent/commands.h"
#include "base/log.h"
#include "base/option_table.h"

int main(int argc, char **argv)
{
	const struct command commands[] = {
		command_run(),
		command_replay(),
		command_install(),
		command_uplink(),
		{0},
	};
	const struct program program = {
		.name = "tercel-agent",
		.summary = "runs compiled rules on system calls",
		.commands = commands,
	};

	log_set_program("tercel-agent");
	return program_main(&program, argc, argv);
}
