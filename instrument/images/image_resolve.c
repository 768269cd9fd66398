#include "instrument/images/image_resolve.h"

#include <openssl/evp.h>
#include <string.h>

#include "instrument/document/json_scan.h"
#include "instrument/document/node.h"

#define HEX_DIGITS 64     /* of a SHA-256 */
#define INDEX_DEPTH_MAX 3 /* an index in an index is allowed, a loop of them is not possible but by a broken hash */

bool is_digest(struct text name)
{
	if (name.length != 7 + HEX_DIGITS || !text_starts_with(name, TEXT("sha256:")))
		return false;
	for (size_t i = 7; i < name.length; i++)
		if (!((name.bytes[i] >= '0' && name.bytes[i] <= '9') || (name.bytes[i] >= 'a' && name.bytes[i] <= 'f')))
			return false;
	return true;
}

/* "sha256:..." of the bytes; false when that cannot be computed. */
static bool compute_digest(struct text bytes, char ret_digest[static 7 + HEX_DIGITS])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned hash_length = 0;

	if (EVP_Digest(bytes.bytes, bytes.length, hash, &hash_length, EVP_sha256(), NULL) != 1 ||
	    hash_length != HEX_DIGITS / 2)
		return false;
	memcpy(ret_digest, "sha256:", 7);
	for (unsigned i = 0; i < hash_length; i++) {
		ret_digest[7 + 2 * i] = digits[hash[i] >> 4];
		ret_digest[8 + 2 * i] = digits[hash[i] & 15];
	}
	return true;
}

bool digest_matches(struct text digest, struct text bytes)
{
	char computed[7 + HEX_DIGITS];

	return is_digest(digest) && compute_digest(bytes, computed) &&
	       text_equal(digest, text_of(computed, sizeof computed));
}

static bool read_checked(struct blob_source *source, struct text name, enum blob_kind kind, struct arena *arena,
			 struct text *ret_bytes, struct text *ret_reason)
{
	struct text bytes;

	if (kind == BLOB_CONFIG && !is_digest(name)) {
		*ret_reason = TEXT("its manifest names the configuration by something that is no SHA-256 digest");
		return false;
	}
	if (!source->read(source, name, kind, arena, &bytes, ret_reason))
		return false;
	if (is_digest(name) && !digest_matches(name, bytes)) {
		*ret_reason =
		    arena_format(arena, "what came for " TEXT_FORMAT " has another digest", TEXT_ARGUMENTS(name));
		return false;
	}
	*ret_bytes = bytes;
	return true;
}

/* The digest of the manifest for linux and the architecture; empty when the index has none. */
static struct text choose_platform(const struct node *manifests, struct text architecture)
{
	for (const struct node *entry = manifests->first; entry; entry = entry->next) {
		const struct node *platform = node_member(entry, "platform");

		if (text_equal(node_member_text(platform, "architecture"), architecture) &&
		    text_is(node_member_text(platform, "os"), "linux") && is_digest(node_member_text(entry, "digest")))
			return node_member_text(entry, "digest");
	}
	/* Layouts with one image need not say the platform. */
	if (manifests->count == 1 && !node_member(manifests->first, "platform"))
		return node_member_text(manifests->first, "digest");
	return TEXT_EMPTY;
}

bool image_resolve(struct blob_source *source, struct text name, struct text architecture, struct arena *arena,
		   struct image_config *ret_config, struct text *ret_reason)
{
	struct text bytes, digest, named = TEXT_EMPTY;
	struct image_config config;
	char computed[7 + HEX_DIGITS];

	for (unsigned depth = 0; depth < INDEX_DEPTH_MAX; depth++) {
		struct report report;
		const struct node *manifest, *manifests;

		if (!read_checked(source, name, BLOB_MANIFEST, arena, &bytes, ret_reason))
			return false;
		if (depth == 0 && compute_digest(bytes, computed))
			named = arena_copy_text(arena, text_of(computed, sizeof computed));
		report = report_of(arena, bytes);
		manifest = json_scan(bytes, arena, &report);
		manifests = node_member(manifest, "manifests");
		if (manifests && manifests->kind == NODE_ARRAY) {
			name = choose_platform(manifests, architecture);
			if (name.length == 0) {
				*ret_reason = arena_format(arena, "it has no variant for linux/" TEXT_FORMAT,
							   TEXT_ARGUMENTS(architecture));
				return false;
			}
			continue;
		}
		digest = node_member_text(node_member(manifest, "config"), "digest");
		if (digest.length == 0) {
			*ret_reason = TEXT("its manifest is none of OCI's or Docker's schema 2");
			return false;
		}
		if (!read_checked(source, digest, BLOB_CONFIG, arena, &bytes, ret_reason) ||
		    !image_config_parse(arena, bytes, &config, ret_reason))
			return false;
		config.digest = digest;
		config.manifest = named;
		*ret_config = config;
		return true;
	}
	*ret_reason = TEXT("an index in an index in an index");
	return false;
}
