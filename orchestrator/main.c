#include "base/log.h"
#include "base/option_table.h"
#include "orchestrator/commands/commands.h"

int main(int argc, char **argv)
{
	const struct command commands[] = {command_serve, command_publish, command_status, command_alerts, {0}};
	const struct program program = {
		.name = "tercel-orchestrator",
		.summary = "distributes signed rule bundles to agents and collects their alerts",
		.commands = commands,
	};

	log_set_program(program.name);
	return program_main(&program, argc, argv);
}
