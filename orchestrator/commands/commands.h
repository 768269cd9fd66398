/* The commands of tercel-orchestrator, one file each. */
#ifndef TERCEL_ORCHESTRATOR_COMMANDS_COMMANDS_H
#define TERCEL_ORCHESTRATOR_COMMANDS_COMMANDS_H

#include "base/buffer.h"
#include "base/given_value.h"
#include "base/option_table.h"

extern const struct command command_serve, command_publish, command_status, command_alerts;

/* Reads the token, or says why not. An exit status, 0 when fine; nothing given: there is none. */
int read_token(const struct given_value *source, struct buffer *token);

struct remote;

/* Which orchestrator a command asks, and how. */
struct remote_options {
	const char *url, *authorities_file;
	struct given_value token;
};

#define REMOTE_OPTION_ROWS(options)                                                                                    \
	{"to", 0, OPTION_STRING, &(options)->url, "URL", NULL, "the orchestrator: tcp://HOST:PORT or tls+tcp://HOST:PORT"}, \
	    {"token-file", 0, OPTION_STRING, &(options)->token.file, "FILE", NULL,                                     \
	     "the token, where the orchestrator asks for one"},                                                        \
	    {"token-env", 0, OPTION_STRING, &(options)->token.variable, "NAME", NULL,                                  \
	     "the same from this environment variable"},                                                               \
	{                                                                                                              \
		"ca-file", 0, OPTION_STRING, &(options)->authorities_file, "FILE", NULL,                               \
		    "with tls+tcp://: the certificates (PEM) of which the orchestrator's must come"                    \
	}

/* Opens it, with messages on standard error. An exit status, 0 when fine. */
int open_remote(const struct remote_options *options, struct remote **ret_remote);
/* Logs why a call failed; the exit status for it. */
int remote_failed(const struct remote *remote, int error);

#endif
