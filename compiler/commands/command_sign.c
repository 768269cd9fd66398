/* `tercelc sign`: adds a signature to a bundle, or renews the one that this key made before. */
#include "compiler/commands/commands.h"

#include <string.h>

#include "base/exit_status.h"
#include "base/file_io.h"
#include "base/log.h"
#include "compiler/commands/bundle_file.h"
#include "proto/bundle_seal.h"

static const char *key_path, *output_path;

static const struct option options[] = {
    {"key", 'k', OPTION_STRING, &key_path, "NAME.key", NULL, "The secret key; required."},
    {"output", 'o', OPTION_STRING, &output_path, "FILE", NULL, "Write the signed bundle there, not over the old one."},
    {0},
};

static int sign_file(const char *path, const struct signing_key *key)
{
	struct buffer bytes = BUFFER_INIT, signed_bytes = BUFFER_INIT;
	const char *target = output_path ? output_path : path;
	struct bundle_refusal refusal;
	int status = bundle_file_read(path, &bytes);

	if (!status && bundle_sign(buffer_text(&bytes), key, &signed_bytes, &refusal))
		status = bundle_file_refused(path, &refusal);
	if (!status) {
		int error = file_write_atomic(target, signed_bytes.bytes, signed_bytes.length, 0644);

		if (error) {
			log_error("cannot write %s: %s", target, strerror(-error));
			status = EXIT_STATUS_IO;
		}
	}
	buffer_release(&bytes);
	buffer_release(&signed_bytes);
	return status;
}

static int run(int positional_count, char **positionals, void *context)
{
	struct signing_key key;
	int error, status;

	(void)positional_count;
	(void)context;
	if (!key_path) {
		log_error("sign: --key NAME.key is missing");
		return EXIT_STATUS_USAGE;
	}
	error = signing_key_read(key_path, &key);
	if (error) {
		log_error("cannot use %s: %s", key_path, key_error_sentence(error));
		return EXIT_STATUS_IO;
	}
	status = sign_file(positionals[0], &key);
	signing_key_release(&key);
	return status;
}

struct command command_sign(void)
{
	return (struct command){
	    .name = "sign",
	    .arguments = "--key NAME.key BUNDLE",
	    .help = "Sign a bundle.",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = 1,
	    .run = run,
	};
}
