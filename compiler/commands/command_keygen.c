/* `tercelc keygen`: a new pair of keys. */
#include "compiler/commands/commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/exit_status.h"
#include "base/log.h"
#include "proto/key_file.h"

static const char *name;

static const struct option options[] = {
    {"output", 'o', OPTION_STRING, &name, "NAME", NULL, "Write NAME.key (secret) and NAME.pub; required."},
    {0},
};

static int run(int positional_count, char **positionals, void *context)
{
	struct signing_key key;
	char id[KEY_ID_TEXT_BYTES];
	int error;

	(void)positional_count;
	(void)positionals;
	(void)context;
	if (!name || !*name) {
		log_error("keygen: -o NAME is missing");
		return EXIT_STATUS_USAGE;
	}
	error = signing_key_generate(&key);
	if (!error)
		error = key_pair_write(&key, name);
	if (error == -EEXIST)
		log_error("%s.key or %s.pub exists; keys are never overwritten", name, name);
	else if (error)
		log_error("cannot write %s.key and %s.pub: %s", name, name, key_error_sentence(error));
	else
		printf("key %s: %s.key (keep it secret), %s.pub\n", key_id_format(key.id, id), name, name);
	signing_key_release(&key);
	return error ? EXIT_STATUS_IO : EXIT_STATUS_OK;
}

struct command command_keygen(void)
{
	return (struct command){
	    .name = "keygen",
	    .arguments = "-o NAME",
	    .help = "Make a pair of signing keys, in minisign's files.",
	    .options = options,
	    .run = run,
	};
}
