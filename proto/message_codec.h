/*
 * Protobuf messages from outside: looked through on the wire before anything is allocated, then unpacked under a memory
 * budget. Strings are valid UTF-8 without NUL bytes afterwards (protobuf-c itself checks neither).
 */
#ifndef TERCEL_PROTO_MESSAGE_CODEC_H
#define TERCEL_PROTO_MESSAGE_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

#include "base/buffer.h"
#include "base/text.h"

struct message_limits {
	size_t message_bytes; /* the whole message */
	size_t string_bytes;  /* each string */
	size_t repeated_count; /* elements of each repeated field */
};

/*
 * 0 and *ret_message, which message_free() releases; -EBADMSG when the bytes are no such message; -E2BIG when they are
 * over a limit; -ENOMEM. Unpacking takes at most 16 times message_bytes of memory.
 */
int message_unpack(const ProtobufCMessageDescriptor *descriptor, struct text bytes, const struct message_limits *limits,
		   ProtobufCMessage **ret_message);
void message_free(ProtobufCMessage *message); /* accepts NULL */

/* Appends the encoded message; -ENOMEM. */
int message_pack(const ProtobufCMessage *message, struct buffer *buffer);

#endif
