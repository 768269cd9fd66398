/* The thread that waits for bundles, pulls them and hands them to capture. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/uplink/uplink_internal.h"
#include "base/clock.h"
#include "base/file_io.h"
#include "base/log.h"
#include "proto/bundle_seal.h"
#include "proto/message_codec.h"

#define WAIT_MS 30000
#define CALL_TIMEOUT_MS 10000
#define RETRY_MS 1000
#define CHUNK_BYTES (128u << 10)
#define CONTROL_POLL_MS 10000 /* capture answers at once; this only bounds a capture that is gone */

static ProtobufCBinaryData digest_of(const uint8_t *digest)
{
	union {
		const uint8_t *in;
		uint8_t *out;
	} cast = {digest};

	return (ProtobufCBinaryData){CONTROL_DIGEST_BYTES, cast.out};
}

/* Takes in what capture says, and passes it on at once; the newest status counts. */
static void read_control(struct uplink *uplink, int wait_ms)
{
	struct pollfd polled = {uplink->options->control_socket, POLLIN, 0};
	struct control_message message;
	bool has_status = false;
	int attached;

	while (poll(&polled, 1, wait_ms) > 0) {
		int got = control_receive(uplink->options->control_socket, &message, &attached);

		if (got == 1 && attached >= 0)
			close(attached);
		if (got == 1 && message.kind == CONTROL_STATUS) {
			pthread_mutex_lock(&uplink->lock);
			uplink->status = message;
			pthread_mutex_unlock(&uplink->lock);
			has_status = true;
		} else if (got <= 0 && got != -EBADMSG) {
			break;
		}
		wait_ms = 0;
	}
	if (has_status)
		uplink_send_heartbeat(uplink, false);
}

/* 0 and *ret_size_bytes, *ret_digest when there is a bundle that was not handed on yet; -EAGAIN when there is none. */
static int wait_for_bundle(struct uplink *uplink, uint8_t ret_digest[CONTROL_DIGEST_BYTES], uint64_t *ret_size_bytes)
{
	Tercel__Link__Request request = TERCEL__LINK__REQUEST__INIT;
	Tercel__Link__WaitForBundle call = TERCEL__LINK__WAIT_FOR_BUNDLE__INIT;
	Tercel__Link__AgentIdentity identity = uplink_identity(uplink);
	Tercel__Link__Response *response;
	int error;

	call.agent = &identity;
	call.channel = (char *)(uintptr_t)uplink->options->channel;
	call.known_digest = digest_of(uplink->seen_digest);
	call.timeout_ms = WAIT_MS;
	request.call_case = TERCEL__LINK__REQUEST__CALL_WAIT_FOR_BUNDLE;
	request.wait_for_bundle = &call;
	error = uplink_call(uplink, &request, WAIT_MS + CALL_TIMEOUT_MS, &response);
	if (error < 0)
		return error;
	error = -EAGAIN;
	if (response->reply_case == TERCEL__LINK__RESPONSE__REPLY_BUNDLE_OFFER && response->bundle_offer->bundle &&
	    response->bundle_offer->bundle->digest.len == CONTROL_DIGEST_BYTES) {
		memcpy(ret_digest, response->bundle_offer->bundle->digest.data, CONTROL_DIGEST_BYTES);
		*ret_size_bytes = response->bundle_offer->size_bytes;
		error = 0;
	}
	message_free(&response->base);
	return error;
}

/* One piece at `offset`, written to `file`. The number of its bytes, or a negative errno. */
static int pull_chunk(struct uplink *uplink, const uint8_t *digest, uint64_t size_bytes, uint64_t offset, int file)
{
	Tercel__Link__Request request = TERCEL__LINK__REQUEST__INIT;
	Tercel__Link__PullChunk call = TERCEL__LINK__PULL_CHUNK__INIT;
	Tercel__Link__Response *response;
	int result;

	call.digest = digest_of(digest);
	call.offset = offset;
	call.length = CHUNK_BYTES;
	request.call_case = TERCEL__LINK__REQUEST__CALL_PULL_CHUNK;
	request.pull_chunk = &call;
	result = uplink_call(uplink, &request, CALL_TIMEOUT_MS, &response);
	if (result < 0)
		return result;
	result = -EBADMSG;
	if (response->reply_case == TERCEL__LINK__RESPONSE__REPLY_CHUNK && response->chunk->offset == offset &&
	    response->chunk->total_bytes == size_bytes && response->chunk->bytes.len > 0 &&
	    response->chunk->bytes.len <= size_bytes - offset) {
		result = write_all(file, response->chunk->bytes.data, response->chunk->bytes.len);
		if (result == 0)
			result = (int)response->chunk->bytes.len;
	}
	message_free(&response->base);
	return result;
}

static int digest_is_right(int file, uint64_t size_bytes, const uint8_t *digest)
{
	uint8_t actual[CONTROL_DIGEST_BYTES];
	void *mapped = mmap(NULL, size_bytes, PROT_READ, MAP_SHARED, file, 0);

	if (mapped == MAP_FAILED)
		return -errno;
	bundle_file_digest(text_of(mapped, size_bytes), actual);
	munmap(mapped, size_bytes);
	return memcmp(actual, digest, CONTROL_DIGEST_BYTES) == 0 ? 0 : -EBADMSG;
}

static int fetch_and_hand_over(struct uplink *uplink, const uint8_t *digest, uint64_t size_bytes)
{
	struct control_message message = {.kind = CONTROL_BUNDLE, .bundle = {.size_bytes = size_bytes}};
	uint64_t offset = 0;
	int file, error = 0;

	if (size_bytes == 0 || size_bytes > CONTROL_BUNDLE_BYTES_MAX)
		return -EFBIG;
	file = memfd_create("bundle", MFD_CLOEXEC);
	if (file < 0)
		return -errno;
	while (offset < size_bytes && !atomic_load(&uplink->is_stopping)) {
		int got = pull_chunk(uplink, digest, size_bytes, offset, file);

		if (got < 0) {
			error = got;
			break;
		}
		offset += (uint64_t)got;
	}
	if (error == 0 && offset == size_bytes)
		error = digest_is_right(file, size_bytes, digest);
	else if (error == 0)
		error = -ECANCELED;
	if (error == 0) {
		memcpy(message.bundle.digest, digest, CONTROL_DIGEST_BYTES);
		error = control_send(uplink->options->control_socket, &message, file);
	}
	close(file);
	return error;
}

static void pause_ms(struct uplink *uplink, int wait_ms)
{
	struct pollfd polled = {uplink->options->stop_descriptor, POLLIN, 0};

	poll(&polled, 1, wait_ms);
}

void *uplink_follow_bundles(void *argument)
{
	struct uplink *uplink = argument;
	struct control_message hello = {.kind = CONTROL_HELLO};

	/* Capture's answer says what runs already: a new uplink must not fetch that again. */
	if (control_send(uplink->options->control_socket, &hello, -1) == 0)
		read_control(uplink, CONTROL_POLL_MS);
	pthread_mutex_lock(&uplink->lock);
	if (uplink->status.status.has_running)
		memcpy(uplink->seen_digest, uplink->status.status.running.digest, CONTROL_DIGEST_BYTES);
	pthread_mutex_unlock(&uplink->lock);
	while (!atomic_load(&uplink->is_stopping)) {
		uint8_t digest[CONTROL_DIGEST_BYTES];
		uint64_t size_bytes, asked_ns = clock_monotonic_ns();
		int error = wait_for_bundle(uplink, digest, &size_bytes);

		if (error == 0)
			error = fetch_and_hand_over(uplink, digest, size_bytes);
		if (error == 0) {
			memcpy(uplink->seen_digest, digest, CONTROL_DIGEST_BYTES);
			read_control(uplink, CONTROL_POLL_MS);
		} else if (error == -ECANCELED) {
			break;
		} else if (error == -EAGAIN) {
			/* Nothing new, and nobody made us wait for it: not at once again. */
			if (clock_monotonic_ns() - asked_ns < RETRY_MS * NS_PER_MS)
				pause_ms(uplink, RETRY_MS);
		} else {
			if (error != -EREMOTEIO && error != -ETIMEDOUT)
				log_warning("cannot fetch a bundle: %s", strerror(-error));
			pause_ms(uplink, RETRY_MS);
		}
		read_control(uplink, 0);
	}
	return NULL;
}
