/* The commands of tercel-orchestrator, one file each. */
#ifndef TERCEL_ORCHESTRATOR_COMMANDS_COMMANDS_H
#define TERCEL_ORCHESTRATOR_COMMANDS_COMMANDS_H

#include "base/buffer.h"
#include "base/option_table.h"

extern const struct command command_serve, command_publish, command_status, command_alerts;

/* Reads a token file; blanks and line ends around the token do not count. NULL: no token. An exit status, 0 when fine. */
int read_token(const char *path, struct buffer *token);

struct remote;
/* Opens a running orchestrator, with messages on standard error. An exit status, 0 when fine. */
int open_remote(const char *url, const char *token_file, struct remote **ret_remote);
/* Logs why a call failed; the exit status for it. */
int remote_failed(const struct remote *remote, int error);

#endif
