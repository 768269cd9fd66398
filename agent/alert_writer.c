#include "agent/alert_writer.h"

#include <errno.h>

#include "base/file_io.h"
#include "proto/alert_json.h"

#define GATHERED_BYTES ((size_t)64 << 10)

int alert_writer_add(struct alert_writer *writer, const struct alert *alert)
{
	if (writer->is_json)
		alert_json_append(&writer->lines, alert);
	else
		alert_text_append(&writer->lines, alert);
	buffer_append_byte(&writer->lines, '\n');
	if (writer->lines.failed)
		return -ENOMEM;
	return writer->is_immediate || writer->lines.length >= GATHERED_BYTES ? alert_writer_flush(writer) : 0;
}

int alert_writer_flush(struct alert_writer *writer)
{
	int error = write_all(writer->descriptor, writer->lines.bytes, writer->lines.length);

	buffer_clear(&writer->lines);
	return error;
}

void alert_writer_release(struct alert_writer *writer)
{
	buffer_release(&writer->lines);
}
