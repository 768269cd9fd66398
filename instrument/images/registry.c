#include "instrument/images/registry.h"

#include <string.h>
#include <strings.h>

#include "base/file_io.h"
#include "instrument/images/http_client.h"
#include "instrument/images/image_reference.h"
#include "instrument/images/image_resolve.h"
#include "instrument/document/json_scan.h"
#include "instrument/document/node.h"
#include "instrument/images/registry_credentials.h"

#define TOKEN_BYTES_MAX ((size_t)64 << 10)
#define CACHE_FILE_MODE 0644
#define MANIFEST_TYPES                                                                                                 \
	"application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, "                        \
	"application/vnd.docker.distribution.manifest.list.v2+json, "                                                  \
	"application/vnd.docker.distribution.manifest.v2+json"

struct registry {
	struct blob_source source;
	struct image_lookup *lookup;
	struct image_reference image;
	const char *authorization; /* once it is known */
	bool is_offline;
};

/* ---- the token dance ---- */

/* The value of a parameter in `Bearer realm="...",service="..."`. */
static struct text challenge_parameter(struct text challenge, const char *name)
{
	struct text wanted = text_from_string(name);
	size_t at = 0;

	while (at < challenge.length) {
		struct text rest = text_slice(challenge, at, SIZE_MAX), value;
		size_t quote, end;

		rest = text_trim(rest, " ,");
		quote = text_find(rest, TEXT("=\""));
		if (quote == SIZE_MAX)
			break;
		value = text_slice(rest, quote + 2, SIZE_MAX);
		end = text_find_byte(value, '"');
		if (end == SIZE_MAX)
			break;
		if (text_ends_with(text_slice(rest, 0, quote), wanted))
			return text_slice(value, 0, end);
		at = (size_t)(value.bytes - challenge.bytes) + end + 1;
	}
	return TEXT_EMPTY;
}

static bool fetch_token(struct registry *registry, struct text challenge, struct text credentials, struct arena *arena,
			struct text *ret_reason)
{
	struct text realm = challenge_parameter(challenge, "realm"),
		    service = challenge_parameter(challenge, "service");
	struct text scope = challenge_parameter(challenge, "scope"), url, token, header;
	struct http_request request = {
	    .allow_plain = registry->image.is_local,
	    .follows_redirects = true,
	    .limit_bytes = TOKEN_BYTES_MAX,
	};
	struct http_answer answer;
	struct report report;
	const struct node *root;

	if (scope.length == 0)
		scope =
		    arena_format(arena, "repository:" TEXT_FORMAT ":pull", TEXT_ARGUMENTS(registry->image.repository));
	url = arena_format(arena, TEXT_FORMAT "%sservice=" TEXT_FORMAT "&scope=" TEXT_FORMAT, TEXT_ARGUMENTS(realm),
			   text_find_byte(realm, '?') == SIZE_MAX ? "?" : "&",
			   TEXT_ARGUMENTS(http_escape(arena, service)), TEXT_ARGUMENTS(http_escape(arena, scope)));
	if (realm.length == 0 || !url.bytes) {
		*ret_reason = TEXT("the registry asks for a token but does not say where to get it");
		return false;
	}
	request.url = url.bytes;
	request.authorization = credentials.length > 0 ? credentials.bytes : NULL;
	if (!http_ask(&request, arena, &answer, ret_reason))
		return false;
	if (answer.status != 200) {
		*ret_reason = arena_format(arena, "%s: HTTP status %ld", request.url, answer.status);
		return false;
	}
	report = report_of(arena, answer.body);
	root = json_scan(answer.body, arena, &report);
	token = node_member_text(root, "token");
	if (token.length == 0)
		token = node_member_text(root, "access_token");
	header = arena_format(arena, "Bearer " TEXT_FORMAT, TEXT_ARGUMENTS(token));
	if (!http_is_header_value(token) || !header.bytes) {
		*ret_reason = arena_format(arena, "%s: no token in the answer", request.url);
		return false;
	}
	registry->authorization = header.bytes;
	return true;
}

/* After a 401: false, with a reason, when there is no way on. */
static bool authorize(struct registry *registry, struct text challenge, struct arena *arena, struct text *ret_reason)
{
	struct text credentials = TEXT_EMPTY;

	if (registry->authorization) {
		*ret_reason = arena_format(arena, "the registry " TEXT_FORMAT " refuses the credentials that there are",
					   TEXT_ARGUMENTS(registry->image.registry));
		return false;
	}
	if (!registry_credentials(&registry->lookup->logins, registry->image.registry, arena, &credentials, ret_reason))
		return false;
	if (text_starts_with(credentials, TEXT("Bearer "))) {
		registry->authorization = credentials.bytes;
		return true;
	}
	if (challenge.length > 6 && strncasecmp(challenge.bytes, "bearer", 6) == 0)
		return fetch_token(registry, challenge, credentials, arena, ret_reason);
	if (credentials.length == 0) {
		*ret_reason = arena_format(arena, "the registry " TEXT_FORMAT " wants credentials, and there are none",
					   TEXT_ARGUMENTS(registry->image.registry));
		return false;
	}
	registry->authorization = credentials.bytes;
	return true;
}

/* ---- blobs ---- */

static bool fetch(struct registry *registry, struct text name, enum blob_kind kind, struct arena *arena,
		  struct text *ret_bytes, struct text *ret_reason)
{
	struct text url =
	    arena_format(arena, "%s://" TEXT_FORMAT "/v2/" TEXT_FORMAT "/%s/" TEXT_FORMAT,
			 registry->image.is_local ? "http" : "https", TEXT_ARGUMENTS(registry->image.registry),
			 TEXT_ARGUMENTS(registry->image.repository), kind == BLOB_MANIFEST ? "manifests" : "blobs",
			 TEXT_ARGUMENTS(name));
	struct http_request request = {
	    .url = url.bytes,
	    .headers = {kind == BLOB_MANIFEST ? "Accept: " MANIFEST_TYPES : NULL},
	    .allow_plain = registry->image.is_local,
	    .follows_redirects = true,
	    .limit_bytes = IMAGE_CONFIG_BYTES_MAX,
	};
	struct http_answer answer;

	if (!url.bytes)
		return false;
	do {
		request.authorization = registry->authorization;
		if (!http_ask(&request, arena, &answer, ret_reason))
			return false;
		if (answer.status == 401 && !authorize(registry, answer.challenge, arena, ret_reason))
			return false;
	} while (answer.status == 401);
	if (answer.status != 200) {
		*ret_reason = arena_format(arena, "%s: HTTP status %ld", request.url, answer.status);
		return false;
	}
	*ret_bytes = answer.body;
	return true;
}

static struct text cache_path(const struct registry *registry, struct text digest, struct arena *arena)
{
	return arena_format(arena, "%s/sha256-" TEXT_FORMAT, registry->lookup->cache,
			    TEXT_ARGUMENTS(text_slice(digest, 7, SIZE_MAX)));
}

static bool read_cached(const struct registry *registry, struct text digest, struct arena *arena,
			struct text *ret_bytes)
{
	struct text path = cache_path(registry, digest, arena), bytes = {0};
	struct buffer buffer = BUFFER_INIT;

	if (path.bytes && file_read(path.bytes, IMAGE_CONFIG_BYTES_MAX, &buffer) == 0 &&
	    digest_matches(digest, buffer_text(&buffer)))
		bytes = arena_copy_text(arena, buffer_text(&buffer));
	buffer_release(&buffer);
	if (!bytes.bytes)
		return false;
	*ret_bytes = bytes;
	return true;
}

static bool read_blob(struct blob_source *source, struct text name, enum blob_kind kind, struct arena *arena,
		      struct text *ret_bytes, struct text *ret_reason)
{
	struct registry *registry = (struct registry *)source;
	bool is_cached = registry->lookup->cache && is_digest(name);
	struct text path;

	if (is_cached && read_cached(registry, name, arena, ret_bytes))
		return true;
	if (registry->is_offline) {
		*ret_reason = TEXT("it is not in the cache, and --offline forbids to ask its registry");
		return false;
	}
	if (!fetch(registry, name, kind, arena, ret_bytes, ret_reason))
		return false;
	path = is_cached && digest_matches(name, *ret_bytes) ? cache_path(registry, name, arena) : TEXT_EMPTY;
	/* A cache that cannot be written is only slower. */
	if (path.length > 0)
		file_write_atomic(path.bytes, ret_bytes->bytes, ret_bytes->length, CACHE_FILE_MODE);
	return true;
}

static bool resolve(struct image_lookup *lookup, bool is_offline, struct text image, struct text architecture,
		    struct image_config *ret_config, struct text *ret_reason)
{
	struct registry registry = {.source.read = read_blob, .lookup = lookup, .is_offline = is_offline};

	if (!image_reference_parse(lookup->arena, image, &registry.image)) {
		*ret_reason = TEXT("that is no name of an image");
		return false;
	}
	return image_resolve(&registry.source, registry.image.name, architecture, lookup->arena, ret_config,
			     ret_reason);
}

bool image_from_registry(struct image_lookup *lookup, struct text image, struct text architecture,
			 struct image_config *ret_config, struct text *ret_reason)
{
	return resolve(lookup, false, image, architecture, ret_config, ret_reason);
}

bool image_from_cache(struct image_lookup *lookup, struct text image, struct text architecture,
		      struct image_config *ret_config, struct text *ret_reason)
{
	return resolve(lookup, true, image, architecture, ret_config, ret_reason);
}
