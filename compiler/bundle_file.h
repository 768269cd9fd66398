/* What the commands that take a bundle file have in common. Messages go to the log. */
#ifndef TERCEL_COMPILER_BUNDLE_FILE_H
#define TERCEL_COMPILER_BUNDLE_FILE_H

#include "base/buffer.h"
#include "proto/bundle_refusal.h"

/* EXIT_STATUS_OK, or EXIT_STATUS_IO after a message. "-" is standard input. */
int bundle_file_read(const char *path, struct buffer *ret_bytes);

/* Says why; EXIT_STATUS_FINDINGS. */
int bundle_file_refused(const char *path, const struct bundle_refusal *refusal);

#endif
