/* `tercelc disasm`: everything that is in a bundle's program, as text. */
#include "compiler/commands/commands.h"

#include <string.h>
#include <unistd.h>

#include "base/exit_status.h"
#include "base/file_io.h"
#include "base/log.h"
#include "compiler/commands/bundle_file.h"

static int print(const struct program *program)
{
	struct buffer listing = BUFFER_INIT;
	int status = EXIT_STATUS_OK, error;

	program_disassemble(program, &listing);
	if (listing.failed) {
		log_error("disasm: no memory");
		status = EXIT_STATUS_BUG;
	} else {
		error = write_all(STDOUT_FILENO, listing.bytes, listing.length);
		if (error) {
			log_error("disasm: cannot write: %s", strerror(-error));
			status = EXIT_STATUS_IO;
		}
	}
	buffer_release(&listing);
	return status;
}

/* Signatures, expiry and agent version do not matter to somebody who reads. */
static int disassemble(const char *path, struct text bytes)
{
	const struct bundle_checks checks = {.trust = NULL, .accept_unsigned = true};
	struct bundle_refusal refusal;
	struct bundle *bundle;
	struct program *program;
	int status;

	if (bundle_open(bytes, &checks, &bundle, &refusal))
		return bundle_file_refused(path, &refusal);
	if (bundle_file_program(bundle, &program, &refusal)) {
		status = bundle_file_refused(path, &refusal);
	} else {
		status = print(program);
		program_free(program);
	}
	bundle_free(bundle);
	return status;
}

static int run(int positional_count, char **positionals, void *context)
{
	struct buffer bytes = BUFFER_INIT;
	int status = bundle_file_read(positionals[0], &bytes);

	(void)positional_count;
	(void)context;
	if (status == EXIT_STATUS_OK)
		status = disassemble(positionals[0], buffer_text(&bytes));
	buffer_release(&bytes);
	return status;
}

struct command command_disasm(void)
{
	return (struct command){
		.name = "disasm",
		.arguments = "BUNDLE",
		.help = "List everything that is in a bundle's program.",
		.positional_min = 1,
		.positional_max = 1,
		.run = run,
	};
}
