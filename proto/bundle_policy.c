#include "proto/bundle_policy.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file_io.h"
#include "base/utf8.h"
#include "bundle.pb-c.h"
#include "proto/message_codec.h"

#define FILE_NAME "bundle-policy"
#define FILE_BYTES_MAX ((size_t)256 * 1024)

struct line {
	char name[BUNDLE_STRING_BYTES_MAX + 1];
	char channel[BUNDLE_STRING_BYTES_MAX + 1];
	uint64_t newest_version;
	uint64_t rollback_floor; /* of the newest */
	size_t digest_count;
	uint8_t digests[BUNDLE_POLICY_DIGESTS_MAX][BUNDLE_DIGEST_BYTES]; /* oldest first */
};

struct bundle_policy {
	size_t line_count;
	struct line lines[BUNDLE_POLICY_LINES_MAX];
};

struct bundle_policy *bundle_policy_new(void)
{
	return calloc(1, sizeof(struct bundle_policy));
}

struct bundle_policy *bundle_policy_free(struct bundle_policy *policy)
{
	free(policy);
	return NULL;
}

static size_t find_line(const struct bundle_policy *policy, struct text name, struct text channel)
{
	size_t i = 0;

	while (i < policy->line_count &&
	       !(text_is(name, policy->lines[i].name) && text_is(channel, policy->lines[i].channel)))
		i++;
	return i;
}

static size_t find_digest(const struct line *line, const uint8_t *digest)
{
	size_t i = 0;

	while (i < line->digest_count && memcmp(line->digests[i], digest, BUNDLE_DIGEST_BYTES) != 0)
		i++;
	return i;
}

enum bundle_refusal_code bundle_policy_check(const struct bundle_policy *policy, const struct bundle *bundle,
					     struct bundle_refusal *ret_refusal)
{
	const struct bundle_manifest *manifest = bundle_manifest(bundle);
	size_t i = find_line(policy, manifest->name, manifest->channel);
	const struct line *line = &policy->lines[i];

	if (i == BUNDLE_POLICY_LINES_MAX)
		return bundle_refuse(ret_refusal, BUNDLE_REFUSAL_NO_MEMORY,
				     "%d names of bundles are remembered already", BUNDLE_POLICY_LINES_MAX);
	if (i == policy->line_count || manifest->version >= line->newest_version)
		return BUNDLE_REFUSAL_NONE;
	if (manifest->version < line->rollback_floor)
		return bundle_refuse(ret_refusal, BUNDLE_REFUSAL_OLDER,
				     "version %llu; %llu was seen, and its rollback floor is %llu",
				     (unsigned long long)manifest->version, (unsigned long long)line->newest_version,
				     (unsigned long long)line->rollback_floor);
	if (find_digest(line, bundle_digest(bundle)) == line->digest_count)
		return bundle_refuse(ret_refusal, BUNDLE_REFUSAL_OLDER,
				     "version %llu; %llu was seen, and this one never ran here",
				     (unsigned long long)manifest->version, (unsigned long long)line->newest_version);
	return BUNDLE_REFUSAL_NONE;
}

static void copy_text(char *room, struct text t)
{
	memcpy(room, t.bytes, t.length);
	room[t.length] = '\0';
}

/* To the end of the list, which loses its oldest when it is full. */
static void remember_digest(struct line *line, const uint8_t *digest)
{
	size_t i = find_digest(line, digest);

	if (i == BUNDLE_POLICY_DIGESTS_MAX)
		i = 0;
	if (i < line->digest_count) {
		memmove(line->digests[i], line->digests[i + 1], (line->digest_count - i - 1) * BUNDLE_DIGEST_BYTES);
		line->digest_count--;
	}
	memcpy(line->digests[line->digest_count++], digest, BUNDLE_DIGEST_BYTES);
}

int bundle_policy_record(struct bundle_policy *policy, const struct bundle *bundle)
{
	const struct bundle_manifest *manifest = bundle_manifest(bundle);
	size_t i = find_line(policy, manifest->name, manifest->channel);
	struct line *line = &policy->lines[i];

	if (i == BUNDLE_POLICY_LINES_MAX)
		return -ENOSPC;
	if (i == policy->line_count) {
		*line = (struct line){0};
		copy_text(line->name, manifest->name);
		copy_text(line->channel, manifest->channel);
		policy->line_count++;
	}
	if (manifest->version > line->newest_version) {
		line->newest_version = manifest->version;
		line->rollback_floor = manifest->rollback_floor;
	} else if (manifest->version == line->newest_version && manifest->rollback_floor > line->rollback_floor) {
		line->rollback_floor = manifest->rollback_floor;
	}
	remember_digest(line, bundle_digest(bundle));
	return 0;
}

static int path_in(const char *directory, char ret_path[static PATH_MAX])
{
	int length = snprintf(ret_path, PATH_MAX, "%s/" FILE_NAME, directory);

	return length < 0 || length >= PATH_MAX ? -ENAMETOOLONG : 0;
}

static bool is_name(const char *string)
{
	struct text t = text_from_string(string);

	return t.length > 0 && t.length <= BUNDLE_STRING_BYTES_MAX && utf8_is_printable(t);
}

static int line_from_message(const Tercel__Bundle__Line *message, struct bundle_policy *policy)
{
	struct text name = text_from_string(message->name), channel = text_from_string(message->channel);
	struct line *line = &policy->lines[policy->line_count];

	if (!is_name(message->name) || !is_name(message->channel) || message->n_digests > BUNDLE_POLICY_DIGESTS_MAX ||
	    find_line(policy, name, channel) != policy->line_count)
		return -EBADMSG;
	copy_text(line->name, name);
	copy_text(line->channel, channel);
	line->newest_version = message->newest_version;
	line->rollback_floor = message->rollback_floor;
	for (size_t i = 0; i < message->n_digests; i++) {
		if (message->digests[i].len != BUNDLE_DIGEST_BYTES)
			return -EBADMSG;
		memcpy(line->digests[line->digest_count++], message->digests[i].data, BUNDLE_DIGEST_BYTES);
	}
	policy->line_count++;
	return 0;
}

static int policy_from_bytes(struct text bytes, struct bundle_policy *policy)
{
	static const struct message_limits limits = {FILE_BYTES_MAX, BUNDLE_STRING_BYTES_MAX, BUNDLE_POLICY_LINES_MAX};
	ProtobufCMessage *unpacked;
	const Tercel__Bundle__PolicyState *state;
	int error = message_unpack(&tercel__bundle__policy_state__descriptor, bytes, &limits, &unpacked);

	if (error)
		return error == -ENOMEM ? error : -EBADMSG;
	state = (const Tercel__Bundle__PolicyState *)unpacked;
	for (size_t i = 0; !error && i < state->n_lines; i++)
		error = line_from_message(state->lines[i], policy);
	message_free(unpacked);
	return error;
}

int bundle_policy_load(const char *directory, struct bundle_policy **ret_policy)
{
	struct bundle_policy *policy = bundle_policy_new();
	struct buffer contents = BUFFER_INIT;
	char path[PATH_MAX];
	int error = policy ? path_in(directory, path) : -ENOMEM;

	if (!error)
		error = file_read(path, FILE_BYTES_MAX, &contents);
	if (!error)
		error = policy_from_bytes(buffer_text(&contents), policy);
	else if (error == -ENOENT)
		error = 0;
	else if (error == -EFBIG)
		error = -EBADMSG;
	buffer_release(&contents);
	if (error) {
		bundle_policy_free(policy);
		return error;
	}
	*ret_policy = policy;
	return 0;
}

/* protobuf-c's structs point into the policy; they live only while it is packed. */
struct packing {
	Tercel__Bundle__Line lines[BUNDLE_POLICY_LINES_MAX];
	Tercel__Bundle__Line *pointers[BUNDLE_POLICY_LINES_MAX];
	ProtobufCBinaryData digests[BUNDLE_POLICY_LINES_MAX][BUNDLE_POLICY_DIGESTS_MAX];
};

static void line_to_message(const struct line *line, ProtobufCBinaryData *digests, Tercel__Bundle__Line *message)
{
	tercel__bundle__line__init(message);
	message->name = (char *)(uintptr_t)line->name;
	message->channel = (char *)(uintptr_t)line->channel;
	message->newest_version = line->newest_version;
	message->rollback_floor = line->rollback_floor;
	message->n_digests = line->digest_count;
	message->digests = digests;
	for (size_t i = 0; i < line->digest_count; i++)
		digests[i] = (ProtobufCBinaryData){BUNDLE_DIGEST_BYTES, (uint8_t *)(uintptr_t)line->digests[i]};
}

int bundle_policy_save(const struct bundle_policy *policy, const char *directory)
{
	Tercel__Bundle__PolicyState state;
	struct packing *packing = calloc(1, sizeof *packing);
	struct buffer contents = BUFFER_INIT;
	char path[PATH_MAX];
	int error = packing ? path_in(directory, path) : -ENOMEM;

	tercel__bundle__policy_state__init(&state);
	if (!error) {
		for (size_t i = 0; i < policy->line_count; i++) {
			line_to_message(&policy->lines[i], packing->digests[i], &packing->lines[i]);
			packing->pointers[i] = &packing->lines[i];
		}
		state.n_lines = policy->line_count;
		state.lines = packing->pointers;
		error = message_pack(&state.base, &contents);
	}
	if (!error)
		error = file_write_atomic(path, contents.bytes, contents.length, 0600);
	buffer_release(&contents);
	free(packing);
	return error;
}
