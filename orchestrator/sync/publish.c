/*
 * Bundles from operators: in pieces, in order; verified as an agent would before anybody is offered them. The orchestrator
 * holds no signing key: it can withhold, not forge.
 */
#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "orchestrator/sync/service_internal.h"
#include "proto/bundle_seal.h"
#include "vm/program.h"

static void upload_release(struct upload *upload)
{
	buffer_release(&upload->bytes);
	upload->touched_ns = 0;
}

void drop_idle_uploads(struct service *service)
{
	uint64_t now_ns = clock_monotonic_ns();

	for (size_t i = 0; i < UPLOADS_MAX; i++)
		if (service->uploads[i].touched_ns && service->uploads[i].touched_ns + UPLOAD_IDLE_NS <= now_ns)
			upload_release(&service->uploads[i]);
}

/* The upload of that digest, or a new one; NULL when too many are under way. */
static struct upload *find_upload(struct service *service, const uint8_t *digest, uint64_t total_bytes)
{
	struct upload *free_slot = NULL;

	for (size_t i = 0; i < UPLOADS_MAX; i++) {
		struct upload *upload = &service->uploads[i];

		if (upload->touched_ns == 0)
			free_slot = upload;
		else if (memcmp(upload->digest, digest, STORE_DIGEST_BYTES) == 0 && upload->total_bytes == total_bytes)
			return upload;
	}
	if (free_slot) {
		memcpy(free_slot->digest, digest, STORE_DIGEST_BYTES);
		free_slot->total_bytes = total_bytes;
		free_slot->bytes = (struct buffer){.limit_bytes = (size_t)total_bytes};
	}
	return free_slot;
}

/*
 * Versions only rise, but for a return: to one that the newest allows (its rollback floor), and only to a bundle that was
 * published here before. Agents judge by the same rule (proto/bundle_policy.h).
 */
static int check_version(struct service *service, const struct bundle_manifest *manifest, const uint8_t *digest,
			 struct bundle_refusal *refusal)
{
	struct store_bundle newest;
	uint64_t newest_version, floor;
	int result = store_newest_version(service->store, manifest->name, manifest->channel, &newest);

	if (result == -ENOENT || (result == 0 && manifest->version >= newest.version))
		return 0;
	if (result < 0)
		return result;
	newest_version = newest.version;
	floor = newest.rollback_floor;
	result = store_has_bundle(service->store, digest);
	if (result < 0)
		return result;
	if (manifest->version < floor)
		bundle_refuse(refusal, BUNDLE_REFUSAL_OLDER, "version %llu; version %llu allows to go back to %llu only",
			      (unsigned long long)manifest->version, (unsigned long long)newest_version,
			      (unsigned long long)floor);
	else if (result == 0)
		bundle_refuse(refusal, BUNDLE_REFUSAL_OLDER, "version %llu, after version %llu, was never published before",
			      (unsigned long long)manifest->version, (unsigned long long)newest_version);
	return 0;
}

static int check_program(struct text program, struct bundle_refusal *refusal)
{
	struct program_refusal reason;
	struct program *loaded;
	int error = program_load(program.bytes, program.length, &loaded, &reason);

	if (error == -EINVAL) {
		bundle_refuse(refusal, BUNDLE_REFUSAL_NOT_VERIFIABLE, "%s", reason.message);
		return 0;
	}
	if (error == 0)
		program_free(loaded);
	return error;
}

/* 0 with *bundle open, or with refusal->code set; a negative errno of the store or of memory. */
static int check_bundle(struct service *service, struct text bytes, const uint8_t *digest, struct bundle **ret_bundle,
			struct bundle_refusal *refusal)
{
	struct bundle_checks checks = {.trust = service->options.trust, .now_s = clock_realtime_ns() / NS_PER_S};
	struct bundle *bundle;
	int error;

	if (bundle_open(bytes, &checks, &bundle, refusal) != BUNDLE_REFUSAL_NONE)
		return 0;
	error = check_version(service, bundle_manifest(bundle), digest, refusal);
	if (error == 0 && refusal->code == BUNDLE_REFUSAL_NONE)
		error = check_program(bundle_program(bundle), refusal);
	if (error < 0 || refusal->code != BUNDLE_REFUSAL_NONE)
		bundle_free(bundle);
	else
		*ret_bundle = bundle;
	return error;
}

static int answer_refused(struct service *service, struct link_request *request, const struct upload *upload,
			  const struct bundle_refusal *refusal)
{
	struct store_refusal stored = {.code = text_from_string(bundle_refusal_name(refusal->code)),
				       .time_ns = clock_realtime_ns()};
	char sentence[512], message[640];
	int error;

	snprintf(sentence, sizeof sentence, "%s%s%s", bundle_refusal_sentence(refusal->code), refusal->detail[0] ? ": " : "",
		 refusal->detail);
	stored.message = text_from_string(sentence);
	memcpy(stored.digest, upload->digest, STORE_DIGEST_BYTES);
	service->counters[COUNTER_BUNDLES_REFUSED]++;
	error = batch_begin_write(&service->batch);
	if (error == 0)
		error = store_set_refusal(service->store, &stored);
	if (error < 0)
		return error;
	snprintf(message, sizeof message, "bundle refused: %s (%s)", sentence, bundle_refusal_name(refusal->code));
	return service_answer_status(service, request, TERCEL__LINK__RESPONSE__STATUS__REFUSED, message);
}

static int answer_published(struct service *service, struct link_request *request, const struct upload *upload,
			    const struct bundle_manifest *manifest)
{
	Tercel__Link__Response response = TERCEL__LINK__RESPONSE__INIT;
	Tercel__Link__PublishReply reply = TERCEL__LINK__PUBLISH_REPLY__INIT;
	Tercel__Link__BundleName name = TERCEL__LINK__BUNDLE_NAME__INIT;
	char name_string[BUNDLE_STRING_BYTES_MAX + 1], channel_string[BUNDLE_STRING_BYTES_MAX + 1];

	snprintf(name_string, sizeof name_string, TEXT_FORMAT, TEXT_ARGUMENTS(manifest->name));
	snprintf(channel_string, sizeof channel_string, TEXT_FORMAT, TEXT_ARGUMENTS(manifest->channel));
	name.name = name_string;
	name.channel = channel_string;
	name.version = manifest->version;
	name.digest = binary_of(upload->digest, STORE_DIGEST_BYTES);
	reply.is_complete = 1;
	reply.bundle = &name;
	response.reply_case = TERCEL__LINK__RESPONSE__REPLY_PUBLISH;
	response.publish = &reply;
	return service_answer_now(service, request, &response);
}

static int publish(struct service *service, struct link_request *request, const struct upload *upload)
{
	struct text bytes = buffer_text(&upload->bytes);
	struct bundle_refusal refusal = {.code = BUNDLE_REFUSAL_NONE};
	const struct bundle_manifest *manifest;
	uint8_t digest[STORE_DIGEST_BYTES];
	struct store_bundle stored = {0};
	struct bundle *bundle = NULL;
	int error;

	bundle_file_digest(bytes, digest);
	if (memcmp(digest, upload->digest, STORE_DIGEST_BYTES) != 0)
		return service_answer_status(service, request, TERCEL__LINK__RESPONSE__STATUS__BAD_REQUEST,
					     "the bundle changed on its way; publish again");
	error = check_bundle(service, bytes, digest, &bundle, &refusal);
	if (error < 0)
		return error;
	if (refusal.code != BUNDLE_REFUSAL_NONE)
		return answer_refused(service, request, upload, &refusal);
	manifest = bundle_manifest(bundle);
	memcpy(stored.digest, digest, STORE_DIGEST_BYTES);
	stored.name = manifest->name;
	stored.channel = manifest->channel;
	stored.version = manifest->version;
	stored.expires_s = manifest->expires_s;
	stored.rollback_floor = manifest->rollback_floor;
	stored.published_ns = clock_realtime_ns();
	error = batch_begin_write(&service->batch);
	if (error == 0)
		error = store_add_bundle(service->store, &stored, bytes);
	if (error == 0) {
		service->counters[COUNTER_BUNDLES_PUBLISHED]++;
		service->has_new_bundle = true;
		error = answer_published(service, request, upload, manifest);
	}
	bundle_free(bundle);
	return error;
}

int handle_publish_chunk(struct service *service, struct link_request *request, const Tercel__Link__PublishChunk *call)
{
	Tercel__Link__Response response = TERCEL__LINK__RESPONSE__INIT;
	Tercel__Link__PublishReply reply = TERCEL__LINK__PUBLISH_REPLY__INIT;
	struct upload *upload;
	int error = 0;

	if (call->digest.len != STORE_DIGEST_BYTES || call->total_bytes == 0 || call->offset > call->total_bytes ||
	    call->bytes.len > call->total_bytes - call->offset)
		return service_answer_status(service, request, TERCEL__LINK__RESPONSE__STATUS__BAD_REQUEST,
					     "a piece of a bundle that does not fit");
	if (call->total_bytes > BUNDLE_FILE_BYTES_MAX)
		return service_answer_status(service, request, TERCEL__LINK__RESPONSE__STATUS__REFUSED,
					     "bundle refused: it is larger than any bundle may be (too_large)");
	upload = find_upload(service, call->digest.data, call->total_bytes);
	if (!upload)
		return service_answer_status(service, request, TERCEL__LINK__RESPONSE__STATUS__UNAVAILABLE,
					     "too many publications at once");
	upload->touched_ns = clock_monotonic_ns();
	/* A piece that was sent twice is there already; one that does not follow is asked for again by not completing. */
	if (call->offset == upload->bytes.length)
		buffer_append(&upload->bytes, call->bytes.data, call->bytes.len);
	if (upload->bytes.failed) {
		upload_release(upload);
		return service_answer_status(service, request, TERCEL__LINK__RESPONSE__STATUS__UNAVAILABLE, "no memory");
	}
	if (upload->bytes.length == upload->total_bytes) {
		error = publish(service, request, upload);
		upload_release(upload);
		return error;
	}
	response.reply_case = TERCEL__LINK__RESPONSE__REPLY_PUBLISH;
	response.publish = &reply;
	return service_answer_now(service, request, &response);
}
