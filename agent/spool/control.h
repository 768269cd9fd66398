/*
 * Messages between capture and uplink, over a SOCK_SEQPACKET pair that init made and keeps: bundles in, what became of them
 * out. Neither side trusts the other: lengths are checked, texts are bounded.
 */
#ifndef TERCEL_AGENT_SPOOL_CONTROL_H
#define TERCEL_AGENT_SPOOL_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#define CONTROL_DIGEST_BYTES 32
#define CONTROL_NAME_BYTES 256
#define CONTROL_BUNDLE_BYTES_MAX ((uint64_t)16 << 20)

enum control_kind {
	CONTROL_HELLO = 1, /* a new uplink: tell me the status */
	CONTROL_BUNDLE,	   /* uplink → capture; the bundle is in the memfd that comes with it */
	CONTROL_STATUS,	   /* capture → uplink */
};

struct control_bundle_name {
	uint8_t digest[CONTROL_DIGEST_BYTES];
	char name[CONTROL_NAME_BYTES], channel[CONTROL_NAME_BYTES]; /* NUL-terminated */
	uint64_t version;
};

struct control_message {
	uint32_t kind;
	union {
		struct {
			uint64_t size_bytes;
			uint8_t digest[CONTROL_DIGEST_BYTES]; /* sha256 of the bytes */
		} bundle;
		struct {
			bool has_running;
			struct control_bundle_name running;
			bool has_refusal;
			char refusal_code[64], refusal_message[512];
			uint8_t refused_digest[CONTROL_DIGEST_BYTES];
			uint64_t refused_ns;
		} status;
	};
};

/* `attached` -1: none. 0 or a negative errno (-EAGAIN: the other side does not read). Never blocks. */
int control_send(int socket, const struct control_message *message, int attached);

/*
 * 1 and *ret_message, *ret_attached (-1 or a descriptor that the caller closes); 0: nothing there; -EPIPE: the other side is
 * gone; -EBADMSG: it was no message and was dropped; another negative errno. Texts come terminated.
 */
int control_receive(int socket, struct control_message *ret_message, int *ret_attached);

#endif
