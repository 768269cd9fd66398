/* `tercelc verify`: whether an agent that trusts these keys would take a bundle, and what the bundle says of itself. */
#include "compiler/commands/commands.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/exit_status.h"
#include "base/file_io.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "compiler/commands/bundle_file.h"
#include "proto/bundle_seal.h"

static struct option_list trusted;
static const char *format = "text";

static const struct option options[] = {
    {"trust", 't', OPTION_LIST, &trusted, "NAME.pub", NULL, "A public key that counts, or the key itself; required, may be repeated."},
    {"format", 0, OPTION_CHOICE, &format, NULL, "text|json", "How to print what the bundle says of itself."},
    {0},
};

struct digest_text {
	char digits[2 * BUNDLE_DIGEST_BYTES + 1];
};

static struct digest_text digest_format(const uint8_t digest[static BUNDLE_DIGEST_BYTES])
{
	static const char digits[] = "0123456789abcdef";
	struct digest_text text = {0};

	for (size_t i = 0; i < BUNDLE_DIGEST_BYTES; i++) {
		text.digits[2 * i] = digits[digest[i] >> 4];
		text.digits[2 * i + 1] = digits[digest[i] & 15];
	}
	return text;
}

static void print_text(const struct bundle *bundle, struct buffer *output)
{
	const struct bundle_manifest *manifest = bundle_manifest(bundle);
	char time[TIME_FORMAT_UTC_BYTES], id[KEY_ID_TEXT_BYTES];

	buffer_printf(output, "name              " TEXT_FORMAT "\n", TEXT_ARGUMENTS(manifest->name));
	buffer_printf(output, "channel           " TEXT_FORMAT "\n", TEXT_ARGUMENTS(manifest->channel));
	buffer_printf(output, "version           %llu\n", (unsigned long long)manifest->version);
	buffer_printf(output, "rollback floor    %llu\n", (unsigned long long)manifest->rollback_floor);
	buffer_printf(output, "created           %s\n", time_format_utc(manifest->created_s, time));
	buffer_printf(output, "expires           %s\n",
		      manifest->expires_s ? time_format_utc(manifest->expires_s, time) : "never");
	buffer_printf(output, "compiler version  " TEXT_FORMAT "\n", TEXT_ARGUMENTS(manifest->compiler_version));
	buffer_printf(
	    output, "needs agent       " TEXT_FORMAT "\n",
	    TEXT_ARGUMENTS(manifest->minimum_agent_version.length ? manifest->minimum_agent_version : TEXT("any")));
	buffer_printf(output, "schema id         %s\n", digest_format(manifest->schema_id).digits);
	buffer_printf(output, "program           %llu bytes, sha256 %s\n", (unsigned long long)manifest->program_bytes,
		      digest_format(manifest->program_sha256).digits);
	buffer_printf(output, "signed by         %s\n", key_id_format(bundle_signed_by(bundle), id));
}

static void write_member(struct json_writer *json, const char *key, struct text value)
{
	json_key(json, text_from_string(key));
	json_string(json, value);
}

static void write_number(struct json_writer *json, const char *key, uint64_t value)
{
	json_key(json, text_from_string(key));
	json_unsigned(json, value);
}

static void print_json(const struct bundle *bundle, struct buffer *output)
{
	const struct bundle_manifest *manifest = bundle_manifest(bundle);
	struct json_writer json;
	char id[KEY_ID_TEXT_BYTES];

	json_writer_init(&json, output);
	json_begin_object(&json);
	write_member(&json, "name", manifest->name);
	write_member(&json, "channel", manifest->channel);
	write_number(&json, "version", manifest->version);
	write_number(&json, "rollback_floor", manifest->rollback_floor);
	write_number(&json, "created_s", manifest->created_s);
	write_number(&json, "expires_s", manifest->expires_s);
	write_member(&json, "compiler_version", manifest->compiler_version);
	write_member(&json, "minimum_agent_version", manifest->minimum_agent_version);
	write_member(&json, "schema_id", text_from_string(digest_format(manifest->schema_id).digits));
	write_number(&json, "program_bytes", manifest->program_bytes);
	write_member(&json, "program_sha256", text_from_string(digest_format(manifest->program_sha256).digits));
	write_member(&json, "signed_by", text_from_string(key_id_format(bundle_signed_by(bundle), id)));
	json_end_object(&json);
	buffer_append_byte(output, '\n');
}

static int print(const struct bundle *bundle)
{
	struct buffer output = BUFFER_INIT;
	int error;

	if (strcmp(format, "json") == 0)
		print_json(bundle, &output);
	else
		print_text(bundle, &output);
	error = output.failed ? -ENOMEM : write_all(STDOUT_FILENO, output.bytes, output.length);
	buffer_release(&output);
	if (!error)
		return EXIT_STATUS_OK;
	log_error("cannot write: %s", strerror(-error));
	return EXIT_STATUS_IO;
}

static int verify_file(const char *path, const struct trust_set *trust)
{
	struct bundle_checks checks = {
	    .trust = trust,
	    .now_s = clock_realtime_ns() / NS_PER_S,
	    .agent_version = TERCEL_VERSION,
	};
	struct buffer bytes = BUFFER_INIT;
	struct bundle *bundle = NULL;
	struct program *program = NULL;
	struct bundle_refusal refusal;
	int status = bundle_file_read(path, &bytes);

	if (!status && (bundle_open(buffer_text(&bytes), &checks, &bundle, &refusal) ||
			bundle_file_program(bundle, &program, &refusal)))
		status = bundle_file_refused(path, &refusal);
	if (!status)
		status = print(bundle);
	program_free(program);
	bundle_free(bundle);
	buffer_release(&bytes);
	return status;
}

static int run(int positional_count, char **positionals, void *context)
{
	struct trust_set trust = {0};
	int error = 0;

	(void)positional_count;
	(void)context;
	if (trusted.count == 0) {
		log_error("verify: --trust NAME.pub is missing");
		return EXIT_STATUS_USAGE;
	}
	for (size_t i = 0; !error && i < trusted.count; i++) {
		error = trust_set_add_argument(&trust, trusted.values[i]);
		if (error)
			log_error("cannot use %s: %s", trusted.values[i], key_error_sentence(error));
	}
	option_list_release(&trusted);
	return error ? EXIT_STATUS_IO : verify_file(positionals[0], &trust);
}

struct command command_verify(void)
{
	return (struct command){
	    .name = "verify",
	    .arguments = "--trust NAME.pub BUNDLE",
	    .help = "Check a bundle as an agent would, and print what it says of itself.",
	    .options = options,
	    .positional_min = 1,
	    .positional_max = 1,
	    .run = run,
	};
}
