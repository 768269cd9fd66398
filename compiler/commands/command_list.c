/* `tercelc list`: what rules can be written with. */
#include "compiler/commands/commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/exit_status.h"
#include "base/file_io.h"
#include "base/log.h"
#include "compiler/listings/list_catalog.h"

static const char *search;
static const char *format = "text";
static bool shows_status;

static const struct option options[] = {
    {"search", 's', OPTION_STRING, &search, "WORD", NULL, "Only what has WORD in its name or description."},
    {"format", 0, OPTION_CHOICE, &format, "FORMAT", "text|json|markdown", "How it is written: text, json or markdown."},
    {"status", 0, OPTION_FLAG, &shows_status, NULL, NULL,
     "Fields: whether each is implemented, or why it never has a value (json always says it)."},
    {0},
};

static enum list_format chosen_format(void)
{
	if (strcmp(format, "json") == 0)
		return LIST_FORMAT_JSON;
	if (shows_status && strcmp(format, "text") == 0)
		return LIST_FORMAT_STATUS;
	return strcmp(format, "markdown") == 0 ? LIST_FORMAT_MARKDOWN : LIST_FORMAT_TEXT;
}

static void explain_kind(const char *kind)
{
	char kinds[128] = "";
	size_t length = 0;

	for (size_t i = 0; list_kind_name(i) && length < sizeof(kinds); i++)
		length +=
		    (size_t)snprintf(kinds + length, sizeof(kinds) - length, "%s%s", i ? ", " : "", list_kind_name(i));
	log_error("list: there are no %s to list; there are: %s", kind, kinds);
}

static int run(int positional_count, char **positionals, void *context)
{
	struct text word = search ? text_from_string(search) : TEXT_EMPTY;
	struct buffer output = BUFFER_INIT;
	size_t row_count = 0;
	int status = list_catalog(text_from_string(positionals[0]), word, chosen_format(), &output, &row_count);
	int written = 0;
	bool failed = output.failed;

	(void)positional_count;
	(void)context;
	if (status == 0 && !failed)
		written = write_all(STDOUT_FILENO, output.bytes, output.length);
	buffer_release(&output);
	if (status == -EINVAL)
		log_error("list: --status is for fields");
	else if (status)
		explain_kind(positionals[0]);
	if (status)
		return EXIT_STATUS_USAGE;
	if (failed) {
		log_error("list: %s", strerror(ENOMEM));
		return EXIT_STATUS_BUG;
	}
	if (written) {
		log_error("list: cannot write: %s", strerror(-written));
		return EXIT_STATUS_IO;
	}
	if (row_count == 0) {
		log_error("list: no %s with \"%s\"", positionals[0], search ? search : "");
		return EXIT_STATUS_FINDINGS;
	}
	return EXIT_STATUS_OK;
}

struct command command_list(void)
{
	return (struct command){
	    .name = "list",
	    .arguments = "fields|operators|events|transformers|syscalls|flags|diagnostics",
	    .help = "Show what rules can be written with.",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = 1,
	    .run = run,
	};
}
