/* Writes alerts, one line each, to a file descriptor. */
#ifndef TERCEL_AGENT_ALERT_WRITER_H
#define TERCEL_AGENT_ALERT_WRITER_H

#include <stdbool.h>

#include "base/buffer.h"
#include "proto/alert.h"

struct alert_writer {
	int descriptor;
	bool is_json;	   /* else text */
	bool is_immediate; /* every alert is written at once; else when many have come together, and at the end */
	struct buffer lines;
};

/* 0, -ENOMEM, or a negative errno of write(2). */
int alert_writer_add(struct alert_writer *writer, const struct alert *alert);
int alert_writer_flush(struct alert_writer *writer);
void alert_writer_release(struct alert_writer *writer); /* without flushing */

#endif
