/* tercelc: rules in, checked and signed bundles out. */
#include "base/log.h"
#include "base/option_table.h"
#include "compiler/commands.h"

int main(int argc, char **argv)
{
	const struct command commands[] = {
		command_check(),
		command_build(),
		command_disasm(),
		command_list(),
		command_parse(),
		command_show(),
		command_keygen(),
		command_sign(),
		command_verify(),
		{0},
	};
	const struct program program = {
		.name = "tercelc",
		.summary = "checks rules and compiles them into bundles",
		.commands = commands,
	};

	log_set_program("tercelc");
	return program_main(&program, argc, argv);
}
