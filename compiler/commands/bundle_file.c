#include "compiler/commands/bundle_file.h"

#include <errno.h>
#include <string.h>

#include "base/exit_status.h"
#include "base/file_io.h"
#include "base/log.h"

int bundle_file_read(const char *path, struct buffer *ret_bytes)
{
	int error = file_read(path, BUNDLE_BYTES_MAX, ret_bytes);

	if (!error)
		return EXIT_STATUS_OK;
	log_error("cannot read %s: %s", path, strerror(-error));
	return EXIT_STATUS_IO;
}

_Static_assert(BUNDLE_PROGRAM_BYTES_MAX == PROGRAM_BYTES_MAX, "an envelope takes every program that can be loaded");

enum bundle_refusal_code bundle_file_program(const struct bundle *bundle, struct program **ret_program,
					     struct bundle_refusal *ret_refusal)
{
	struct text bytes = bundle_program(bundle), schema;
	struct program_refusal reason;
	struct program *program;
	int error = program_load(bytes.bytes, bytes.length, &program, &reason);

	if (error == -ENOMEM)
		return bundle_refuse(ret_refusal, BUNDLE_REFUSAL_NO_MEMORY, "%s", "");
	if (error)
		return bundle_refuse(ret_refusal,
				     program_refusal_is_schema(reason.code) ? BUNDLE_REFUSAL_WRONG_SCHEMA
									    : BUNDLE_REFUSAL_NOT_VERIFIABLE,
				     "%s", reason.message);
	schema = program_schema_id(program);
	if (!text_equal(schema, text_of((const char *)bundle_manifest(bundle)->schema_id, BUNDLE_DIGEST_BYTES))) {
		program_free(program);
		return bundle_refuse(ret_refusal, BUNDLE_REFUSAL_WRONG_SCHEMA,
				     "manifest and program name different ones");
	}
	*ret_program = program;
	return BUNDLE_REFUSAL_NONE;
}

int bundle_file_refused(const char *path, const struct bundle_refusal *refusal)
{
	bool has_detail = refusal->detail[0] != '\0';

	log_error("%s: refused (%s): %s%s%s%s", path, bundle_refusal_name(refusal->code),
		  bundle_refusal_sentence(refusal->code), has_detail ? " (" : "", refusal->detail,
		  has_detail ? ")" : "");
	return EXIT_STATUS_FINDINGS;
}
