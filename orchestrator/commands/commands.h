/* The commands of tercel-orchestrator, one file each. */
#ifndef TERCEL_ORCHESTRATOR_COMMANDS_COMMANDS_H
#define TERCEL_ORCHESTRATOR_COMMANDS_COMMANDS_H

#include "base/buffer.h"
#include "base/option_table.h"

extern const struct command command_serve, command_publish, command_status, command_alerts;

/* Where a command's token comes from; nothing set: there is none. */
struct token_source {
	const char *file, *variable;
};

#define TOKEN_OPTION_ROWS(source)                                                                                     \
	{"token-file", 0, OPTION_STRING, &(source)->file, "FILE", NULL,                                                \
	 "the token, where the orchestrator asks for one"},                                                            \
	{                                                                                                              \
		"token-env", 0, OPTION_STRING, &(source)->variable, "NAME", NULL,                                      \
		    "the same from this environment variable"                                                          \
	}

/* Reads the token; blanks and line ends around it do not count. An exit status, 0 when fine. */
int read_token(const struct token_source *source, struct buffer *token);

struct remote;
/* Opens a running orchestrator, with messages on standard error. An exit status, 0 when fine. */
int open_remote(const char *url, const struct token_source *token_source, struct remote **ret_remote);
/* Logs why a call failed; the exit status for it. */
int remote_failed(const struct remote *remote, int error);

#endif
