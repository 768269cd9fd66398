#include <errno.h>
#include <string.h>

#include "base/exit_status.h"
#include "base/file_io.h"
#include "base/log.h"
#include "orchestrator/commands/commands.h"
#include "orchestrator/sync/remote.h"
#include "proto/link/link_client.h"

#define TOKEN_BYTES_MAX 4096
#define AUTHORITIES_BYTES_MAX ((size_t)1 << 20)

int read_token(const struct given_value *source, struct buffer *token)
{
	int error;

	if (source->file && source->variable) {
		log_error("--token-file and --token-env: which of them?");
		return EXIT_STATUS_USAGE;
	}
	error = given_value_read(source, TOKEN_BYTES_MAX, token);
	if (error == 0)
		return EXIT_STATUS_OK;
	log_error("cannot read the token from %s '%s': %s", given_value_kind(source), given_value_name(source),
		  given_value_fault(source, error));
	return EXIT_STATUS_IO;
}

static int read_authorities(const struct remote_options *options, struct buffer *authorities)
{
	int error;

	if (!link_client_takes_url(options->url)) {
		log_error("'%s' is no URL of the form tcp://HOST:PORT or tls+tcp://HOST:PORT", options->url);
		return EXIT_STATUS_USAGE;
	}
	if (link_client_has_tls(options->url) != (options->authorities_file != NULL)) {
		log_error("%s", options->authorities_file ? "--ca-file is for a URL that begins with tls+tcp://"
							  : "tls+tcp:// needs --ca-file");
		return EXIT_STATUS_USAGE;
	}
	if (!options->authorities_file)
		return EXIT_STATUS_OK;
	error = file_read(options->authorities_file, AUTHORITIES_BYTES_MAX, authorities);
	if (error < 0)
		log_error("cannot read '%s': %s", options->authorities_file, strerror(-error));
	return error < 0 ? EXIT_STATUS_IO : EXIT_STATUS_OK;
}

int open_remote(const struct remote_options *options, struct remote **ret_remote)
{
	struct buffer token = BUFFER_INIT, authorities = BUFFER_INIT;
	char error_text[512];
	int status = EXIT_STATUS_USAGE;

	if (!options->url)
		log_error("--to URL is missing: which orchestrator?");
	else
		status = read_authorities(options, &authorities);
	if (status == EXIT_STATUS_OK)
		status = read_token(&options->token, &token);
	if (status == EXIT_STATUS_OK && remote_open(options->url, buffer_text(&token), buffer_text(&authorities), ret_remote,
						    error_text, sizeof error_text) < 0) {
		log_error("%s", error_text);
		status = EXIT_STATUS_IO;
	}
	buffer_release(&authorities);
	buffer_release(&token);
	return status;
}

int remote_failed(const struct remote *remote, int error)
{
	log_error("%s", remote_error(remote));
	return error == -EREMOTEIO ? EXIT_STATUS_FINDINGS : EXIT_STATUS_IO;
}
