/* `tercelc parse`: the canonical tree of a condition, or what is wrong with it. */
#include "compiler/commands/commands.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/exit_status.h"
#include "base/file_io.h"
#include "base/log.h"
#include "compiler/condition/canonical_text.h"
#include "compiler/condition/condition_parse.h"
#include "compiler/diagnostics/diagnostic_render.h"

static int parse_into(struct arena *arena, struct diagnostics *diagnostics, const char *text, struct buffer *output)
{
	const struct source_file *file;
	const struct mapped_text *mapped;
	struct condition *condition;
	int status = source_file_new(arena, TEXT("<condition>"), text_from_string(text), &file);

	if (status)
		return status;
	mapped = mapped_text_of_file(arena, file);
	if (!mapped)
		return -ENOMEM;
	status = condition_parse(arena, mapped, diagnostics, &condition);
	if (status == 0) {
		canonical_condition(output, condition);
		buffer_append_byte(output, '\n');
	} else if (status == -EINVAL) {
		diagnostic_render_text(output, diagnostics);
	}
	return status;
}

static int run(int positional_count, char **positionals, void *context)
{
	struct arena *arena = arena_new(0);
	struct diagnostics diagnostics = {0};
	struct buffer output = BUFFER_INIT;
	int status = arena ? diagnostics_init(&diagnostics, arena) : -ENOMEM;
	int written = 0;

	(void)positional_count;
	(void)context;
	if (status == 0)
		status = parse_into(arena, &diagnostics, positionals[0], &output);
	if (output.failed || diagnostics.failed)
		status = -ENOMEM;
	if (status == 0 || status == -EINVAL)
		written = write_all(status ? STDERR_FILENO : STDOUT_FILENO, output.bytes, output.length);
	diagnostics_release(&diagnostics);
	buffer_release(&output);
	arena_free(arena);
	if (status && status != -EINVAL)
		log_error("parse: %s", strerror(-status));
	if (written)
		log_error("parse: cannot write: %s", strerror(-written));
	if (written || status == -EFBIG)
		return EXIT_STATUS_IO;
	return status == 0 ? EXIT_STATUS_OK : status == -EINVAL ? EXIT_STATUS_FINDINGS : EXIT_STATUS_BUG;
}

struct command command_parse(void)
{
	return (struct command){
	    .name = "parse",
	    .arguments = "CONDITION",
	    .help = "Print the syntax tree of a condition, or what is wrong with it.",
	    .positional_min = 1,
	    .positional_max = 1,
	    .run = run,
	};
}
