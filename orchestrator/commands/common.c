#include <errno.h>
#include <string.h>

#include "base/exit_status.h"
#include "base/environment.h"
#include "base/file_io.h"
#include "base/log.h"
#include "orchestrator/commands/commands.h"
#include "orchestrator/sync/remote.h"

#define TOKEN_BYTES_MAX 4096
#define BLANKS " \t\r\n"

int read_token(const struct token_source *source, struct buffer *token)
{
	const char *name = source->file ? source->file : source->variable;
	struct text trimmed;
	int error;

	if (source->file && source->variable) {
		log_error("--token-file and --token-env: which of them?");
		return EXIT_STATUS_USAGE;
	}
	if (!name)
		return EXIT_STATUS_OK;
	error = source->file ? file_read(name, TOKEN_BYTES_MAX, token) : environment_take(name, token);
	if (error < 0) {
		log_error("cannot read the token from %s '%s': %s", source->file ? "the file" : "the environment variable", name,
			  source->variable && error == -ENOENT ? "it is not set" : strerror(-error));
		return EXIT_STATUS_IO;
	}
	trimmed = text_trim(buffer_text(token), BLANKS);
	if (trimmed.length == 0) {
		log_error("the token in '%s' is empty", name);
		return EXIT_STATUS_USAGE;
	}
	memmove(token->bytes, trimmed.bytes, trimmed.length);
	token->length = trimmed.length;
	return EXIT_STATUS_OK;
}

int open_remote(const char *url, const struct token_source *token_source, struct remote **ret_remote)
{
	struct buffer token = BUFFER_INIT;
	char error_text[512];
	int status = EXIT_STATUS_USAGE;

	if (!url)
		log_error("--to URL is missing: which orchestrator?");
	else
		status = read_token(token_source, &token);
	if (status == EXIT_STATUS_OK &&
	    remote_open(url, buffer_text(&token), ret_remote, error_text, sizeof error_text) < 0) {
		log_error("%s", error_text);
		status = EXIT_STATUS_IO;
	}
	buffer_release(&token);
	return status;
}

int remote_failed(const struct remote *remote, int error)
{
	log_error("%s", remote_error(remote));
	return error == -EREMOTEIO ? EXIT_STATUS_FINDINGS : EXIT_STATUS_IO;
}
