#include "compiler/bundle_file.h"

#include <string.h>

#include "base/exit_status.h"
#include "base/file_io.h"
#include "base/log.h"
#include "proto/bundle_seal.h"

int bundle_file_read(const char *path, struct buffer *ret_bytes)
{
	int error = file_read(path, BUNDLE_BYTES_MAX, ret_bytes);

	if (!error)
		return EXIT_STATUS_OK;
	log_error("cannot read %s: %s", path, strerror(-error));
	return EXIT_STATUS_IO;
}

int bundle_file_refused(const char *path, const struct bundle_refusal *refusal)
{
	bool has_detail = refusal->detail[0] != '\0';

	log_error("%s: refused (%s): %s%s%s%s", path, bundle_refusal_name(refusal->code),
		  bundle_refusal_sentence(refusal->code), has_detail ? " (" : "", refusal->detail,
		  has_detail ? ")" : "");
	return EXIT_STATUS_FINDINGS;
}
