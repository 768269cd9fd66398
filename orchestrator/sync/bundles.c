/* Bundles to agents: a long-poll for a newer one, then pulling it in pieces by its digest. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "orchestrator/sync/service_internal.h"

#define NAME_BYTES_MAX 256 /* longer than a bundle's names may be */

static int answer_offer(struct service *service, struct link_request *request, const struct store_bundle *bundle)
{
	Tercel__Link__Response response = TERCEL__LINK__RESPONSE__INIT;
	Tercel__Link__BundleOffer offer = TERCEL__LINK__BUNDLE_OFFER__INIT;
	Tercel__Link__BundleName name = TERCEL__LINK__BUNDLE_NAME__INIT;
	char name_string[NAME_BYTES_MAX], channel_string[NAME_BYTES_MAX];

	if (bundle) {
		snprintf(name_string, sizeof name_string, TEXT_FORMAT, TEXT_ARGUMENTS(bundle->name));
		snprintf(channel_string, sizeof channel_string, TEXT_FORMAT, TEXT_ARGUMENTS(bundle->channel));
		name.name = name_string;
		name.channel = channel_string;
		name.version = bundle->version;
		name.digest = binary_of(bundle->digest, STORE_DIGEST_BYTES);
		offer.size_bytes = bundle->size_bytes;
	}
	offer.bundle = &name;
	response.reply_case = TERCEL__LINK__RESPONSE__REPLY_BUNDLE_OFFER;
	response.bundle_offer = &offer;
	return service_answer_now(service, request, &response);
}

/* 1: offered; 0: nothing but what the agent knows; or a negative errno. */
static int offer_newer(struct service *service, struct link_request *request, struct text channel,
		       const uint8_t known_digest[STORE_DIGEST_BYTES])
{
	struct store_bundle bundle;
	int error = store_newest_bundle(service->store, channel, &bundle);

	if (error == -ENOENT || (error == 0 && memcmp(bundle.digest, known_digest, STORE_DIGEST_BYTES) == 0))
		return 0;
	if (error < 0)
		return error;
	answer_offer(service, request, &bundle);
	return 1;
}

int handle_wait_for_bundle(struct service *service, struct link_request *request, const Tercel__Link__WaitForBundle *call)
{
	uint32_t timeout_ms = call->timeout_ms < WAIT_MS_MAX ? call->timeout_ms : WAIT_MS_MAX;
	struct parked parked = {.request = request};
	int answered;

	if (call->known_digest.len == STORE_DIGEST_BYTES)
		memcpy(parked.known_digest, call->known_digest.data, STORE_DIGEST_BYTES);
	answered = offer_newer(service, request, text_from_string(call->channel), parked.known_digest);
	if (answered != 0)
		return answered < 0 ? answered : 0;
	parked.deadline_ns = clock_monotonic_ns() + timeout_ms * NS_PER_MS;
	parked.channel = strdup(call->channel);
	if (parked.channel && service_park(service, &parked))
		return 0;
	free(parked.channel);
	return service_answer_status(service, request, TERCEL__LINK__RESPONSE__STATUS__UNAVAILABLE,
				     "too many agents wait for a bundle");
}

bool answer_parked_bundle(struct service *service, struct parked *parked, bool is_late)
{
	int answered = offer_newer(service, parked->request, text_from_string(parked->channel), parked->known_digest);

	if (answered == 0 && is_late)
		answer_offer(service, parked->request, NULL);
	else if (answered < 0)
		service_answer_status(service, parked->request, TERCEL__LINK__RESPONSE__STATUS__UNAVAILABLE,
				      "the database failed");
	return answered != 0 || is_late;
}

int handle_pull_chunk(struct service *service, struct link_request *request, const Tercel__Link__PullChunk *call)
{
	Tercel__Link__Response response = TERCEL__LINK__RESPONSE__INIT;
	Tercel__Link__Chunk chunk = TERCEL__LINK__CHUNK__INIT;
	struct buffer bytes = BUFFER_INIT;
	size_t length = call->length < CHUNK_BYTES_MAX ? call->length : CHUNK_BYTES_MAX;
	int error = -ENOENT;

	if (call->digest.len == STORE_DIGEST_BYTES)
		error = store_read_bundle(service->store, call->digest.data, call->offset, length, &chunk.total_bytes, &bytes);
	if (error == 0) {
		chunk.offset = call->offset;
		chunk.bytes = binary_of(bytes.bytes, bytes.length);
		response.reply_case = TERCEL__LINK__RESPONSE__REPLY_CHUNK;
		response.chunk = &chunk;
		error = service_answer_now(service, request, &response);
	} else if (error == -ENOENT) {
		error = service_answer_status(service, request, TERCEL__LINK__RESPONSE__STATUS__NOT_FOUND,
					      "no bundle of this digest");
	}
	buffer_release(&bytes);
	return error;
}
