/*
 * Capture files by hand, byte by byte, so that tests of the reader depend on nothing but the format's description. Also
 * for tests of what comes behind the reader: state, fields and rules over a capture of a few events.
 *
 *	struct buffer capture = BUFFER_INIT;
 *	capture_section_header(&capture);
 *	capture_event(&capture, EVENT_SYSCALL_CLOSE_X, 1000, 42, (struct capture_parameter[]){capture_i64(0), capture_i64(3)}, 2);
 */
#ifndef TERCEL_TESTS_SUPPORT_CAPTURE_BUILDER_H
#define TERCEL_TESTS_SUPPORT_CAPTURE_BUILDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/text.h"

/* Starts a block: its place, for capture_end_block(), which pads it and fills the lengths. */
size_t capture_begin_block(struct buffer *capture, uint32_t type);
void capture_end_block(struct buffer *capture, size_t block);

void capture_section_header(struct buffer *capture);
void capture_machine_info(struct buffer *capture, const char *host_name, uint32_t cpu_count);

/* u16 length, bytes. */
void capture_text(struct buffer *capture, struct text t);

/* Entries that begin with their length: its place, for capture_end_entry(). */
size_t capture_begin_entry(struct buffer *capture);
void capture_end_entry(struct buffer *capture, size_t entry, bool length_includes_itself);

struct capture_parameter {
	uint8_t bytes[8]; /* used when `text` has no bytes */
	size_t length;
	struct text text;
};

struct capture_parameter capture_u8(uint8_t number);
struct capture_parameter capture_u16(uint16_t number);
struct capture_parameter capture_u32(uint32_t number);
struct capture_parameter capture_i64(int64_t number);
struct capture_parameter capture_string(const char *string); /* with its NUL */
struct capture_parameter capture_bytes(struct text bytes);
struct capture_parameter capture_empty(void);

/* How the event block is written. */
struct capture_event_form {
	uint32_t block_type;
	uint8_t version;
	bool has_flags, has_long_lengths;
	uint32_t flags;
};

void capture_event_as(struct buffer *capture, struct capture_event_form form, unsigned type, uint64_t timestamp_ns,
		      int64_t thread_id, const struct capture_parameter *parameters, size_t count);

/* In the form that today's writers use. */
void capture_event(struct buffer *capture, unsigned type, uint64_t timestamp_ns, int64_t thread_id,
		   const struct capture_parameter *parameters, size_t count);

#endif
