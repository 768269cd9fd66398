/* tercel-instrument: adds the agent to what describes workloads. */
#include "base/log.h"
#include "base/option_table.h"
#include "instrument/commands/commands.h"

int main(int argc, char **argv)
{
	const struct command commands[] = {
	    command_task_definition(),
	    command_cloudformation(),
	    command_terraform_external(),
	    command_dockerfile(),
	    command_remove(),
	    command_check(),
	    command_plan(),
	    {0},
	};
	const struct program program = {
	    .name = "tercel-instrument",
	    .summary = "adds the agent to task definitions, upgrades it and takes it out again",
	    .commands = commands,
	};

	log_set_program("tercel-instrument");
	return program_main(&program, argc, argv);
}
