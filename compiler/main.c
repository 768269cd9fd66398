/* tercelc: rules in, checked and signed bundles out. */
#include <malloc.h>

#include "base/log.h"
#include "base/option_table.h"
#include "compiler/commands/commands.h"

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
#ifdef __GLIBC__
	/*
	 * What a pass has freed goes back to the system before the next one takes its own: by itself glibc stops mapping
	 * blocks of the size of an arena's once one of them was freed, and holes stay between what is kept.
	 */
	mallopt(M_MMAP_THRESHOLD, 128 * 1024);
#endif
	return program_main(&program, argc, argv);
}
