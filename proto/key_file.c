#include "proto/key_file.h"

#include <errno.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/file_io.h"

#define KEY_FILE_BYTES_MAX 4096
#define COMMENT_PREFIX "untrusted comment: "

/* What the base64 line of a .pub file holds. */
struct public_record {
	uint8_t algorithm[2]; /* "Ed" */
	uint8_t id[KEY_ID_BYTES];
	uint8_t key[PUBLIC_KEY_BYTES];
};

/* What the base64 line of a .key file holds. minisign -W leaves the checksum zero. */
struct secret_record {
	uint8_t algorithm[2];          /* "Ed" */
	uint8_t derivation[2];         /* zero: not encrypted; "Sc": scrypt */
	uint8_t checksum_algorithm[2]; /* "B2" */
	uint8_t derivation_parameters[48];
	uint8_t id[KEY_ID_BYTES];
	uint8_t key[SECRET_KEY_BYTES];
	uint8_t checksum[32]; /* BLAKE2b-256 over algorithm, id and key */
};

_Static_assert(sizeof(struct public_record) == 42, "minisign's layout");
_Static_assert(sizeof(struct secret_record) == 158, "minisign's layout");
_Static_assert(PUBLIC_KEY_BYTES == crypto_sign_PUBLICKEYBYTES && SECRET_KEY_BYTES == crypto_sign_SECRETKEYBYTES &&
		   SIGNATURE_BYTES == crypto_sign_BYTES,
	       "libsodium's sizes");

static int start_sodium(void)
{
	return sodium_init() < 0 ? -ENOSYS : 0;
}

int signing_key_generate(struct signing_key *ret_key)
{
	uint8_t public_bytes[PUBLIC_KEY_BYTES];
	int error = start_sodium();

	if (error)
		return error;
	crypto_sign_keypair(public_bytes, ret_key->bytes);
	randombytes_buf(ret_key->id, sizeof ret_key->id);
	return 0;
}

void signing_key_release(struct signing_key *key)
{
	sodium_memzero(key, sizeof *key);
}

struct public_key signing_key_public(const struct signing_key *key)
{
	struct public_key public_key;

	memcpy(public_key.id, key->id, sizeof public_key.id);
	crypto_sign_ed25519_sk_to_pk(public_key.bytes, key->bytes);
	return public_key;
}

static void append_base64_line(struct buffer *text, const void *record, size_t length)
{
	char encoded[sodium_base64_ENCODED_LEN(sizeof(struct secret_record), sodium_base64_VARIANT_ORIGINAL)];

	sodium_bin2base64(encoded, sizeof encoded, record, length, sodium_base64_VARIANT_ORIGINAL);
	buffer_printf(text, "%s\n", encoded);
	sodium_memzero(encoded, sizeof encoded);
}

static void append_secret(struct buffer *text, const struct signing_key *key)
{
	struct secret_record record = {.algorithm = "Ed", .checksum_algorithm = "B2"};

	memcpy(record.id, key->id, sizeof record.id);
	memcpy(record.key, key->bytes, sizeof record.key);
	buffer_append_string(text, COMMENT_PREFIX "minisign secret key, not encrypted\n");
	append_base64_line(text, &record, sizeof record);
	sodium_memzero(&record, sizeof record);
}

static void append_public(struct buffer *text, const struct signing_key *key)
{
	struct public_record record = {.algorithm = "Ed"};
	struct public_key public_key = signing_key_public(key);
	char id[KEY_ID_TEXT_BYTES];

	memcpy(record.id, public_key.id, sizeof record.id);
	memcpy(record.key, public_key.bytes, sizeof record.key);
	buffer_printf(text, COMMENT_PREFIX "minisign public key %s\n", key_id_format(key->id, id));
	append_base64_line(text, &record, sizeof record);
}

static void release_secret(struct buffer *text)
{
	if (text->bytes)
		sodium_memzero(text->bytes, text->capacity);
	buffer_release(text);
}

static int with_suffix(const char *name, const char *suffix, char ret_path[static PATH_MAX])
{
	int length = snprintf(ret_path, PATH_MAX, "%s%s", name, suffix);

	return length < 0 || length >= PATH_MAX ? -ENAMETOOLONG : 0;
}

int key_pair_write(const struct signing_key *key, const char *name)
{
	struct buffer secret = BUFFER_INIT, public = BUFFER_INIT;
	char secret_path[PATH_MAX], public_path[PATH_MAX];
	int error = start_sodium();

	if (!error)
		error = with_suffix(name, ".key", secret_path);
	if (!error)
		error = with_suffix(name, ".pub", public_path);
	if (error)
		return error;
	/* Room at once: growing would leave copies of the secret behind. */
	buffer_reserve(&secret, KEY_FILE_BYTES_MAX);
	append_secret(&secret, key);
	append_public(&public, key);
	if (secret.failed || public.failed)
		error = -ENOMEM;
	if (!error)
		error = file_write_new(secret_path, secret.bytes, secret.length, 0600);
	if (!error) {
		error = file_write_new(public_path, public.bytes, public.length, 0644);
		if (error)
			unlink(secret_path); /* ours: it did not exist before */
	}
	release_secret(&secret);
	buffer_release(&public);
	return error;
}

/* The next line of `rest` that is neither empty nor a comment; false at the end. */
static bool next_key_line(struct text *rest, struct text *ret_line)
{
	while (rest->length > 0) {
		size_t end = text_find_byte(*rest, '\n');
		struct text line = text_trim(text_slice(*rest, 0, end), " \t\r");

		*rest = end == SIZE_MAX ? TEXT_EMPTY : text_slice(*rest, end + 1, SIZE_MAX);
		if (line.length == 0 || text_starts_with(line, TEXT("untrusted comment:")))
			continue;
		*ret_line = line;
		return true;
	}
	return false;
}

/* Exactly `length` bytes must come out. */
static int decode_line(struct text line, void *ret_record, size_t length)
{
	size_t decoded;

	if (sodium_base642bin(ret_record, length, line.bytes, line.length, NULL, &decoded, NULL,
			      sodium_base64_VARIANT_ORIGINAL) != 0 ||
	    decoded != length)
		return -EBADMSG;
	return 0;
}

static int secret_from_record(const struct secret_record *record, struct signing_key *ret_key)
{
	static const uint8_t not_encrypted[2];
	uint8_t seed[crypto_sign_SEEDBYTES], public_bytes[PUBLIC_KEY_BYTES], secret_bytes[SECRET_KEY_BYTES];
	bool fits;

	if (memcmp(record->algorithm, "Ed", 2) != 0)
		return -EBADMSG;
	if (memcmp(record->derivation, not_encrypted, 2) != 0)
		return -EKEYREJECTED;
	/* The key holds its public half: that it fits the secret one is a better check than the checksum. */
	memcpy(seed, record->key, sizeof seed);
	crypto_sign_seed_keypair(public_bytes, secret_bytes, seed);
	fits = sodium_memcmp(secret_bytes, record->key, sizeof secret_bytes) == 0;
	if (fits) {
		memcpy(ret_key->id, record->id, sizeof ret_key->id);
		memcpy(ret_key->bytes, record->key, sizeof ret_key->bytes);
	}
	sodium_memzero(seed, sizeof seed);
	sodium_memzero(secret_bytes, sizeof secret_bytes);
	return fits ? 0 : -EBADMSG;
}

int signing_key_read(const char *path, struct signing_key *ret_key)
{
	struct buffer contents = BUFFER_INIT;
	struct secret_record record;
	struct text rest, line;
	int error = start_sodium();

	if (error)
		return error;
	error = file_read(path, KEY_FILE_BYTES_MAX, &contents);
	if (!error) {
		rest = buffer_text(&contents);
		error = next_key_line(&rest, &line) ? decode_line(line, &record, sizeof record) : -EBADMSG;
	}
	if (!error)
		error = secret_from_record(&record, ret_key);
	sodium_memzero(&record, sizeof record);
	release_secret(&contents);
	return error;
}

int trust_set_add(struct trust_set *trust, struct text contents)
{
	struct trust_set added = *trust;
	struct public_record record;
	struct text line;
	size_t lines = 0;
	int error = start_sodium();

	if (error)
		return error;
	while (next_key_line(&contents, &line)) {
		const struct public_key *known;

		lines++;
		error = decode_line(line, &record, sizeof record);
		if (error)
			return error;
		if (memcmp(record.algorithm, "Ed", 2) != 0)
			return -EBADMSG;
		known = trust_set_find(&added, record.id);
		if (known) {
			/* Two keys of one number: a signature could not say which one it means. */
			if (memcmp(known->bytes, record.key, sizeof record.key) != 0)
				return -EBADMSG;
			continue;
		}
		if (added.count == TRUST_KEYS_MAX)
			return -ENOSPC;
		memcpy(added.keys[added.count].id, record.id, sizeof record.id);
		memcpy(added.keys[added.count].bytes, record.key, sizeof record.key);
		added.count++;
	}
	if (lines == 0)
		return -EBADMSG;
	*trust = added;
	return 0;
}

int trust_set_add_file(struct trust_set *trust, const char *path)
{
	struct buffer contents = BUFFER_INIT;
	int error = file_read(path, KEY_FILE_BYTES_MAX, &contents);

	if (!error)
		error = trust_set_add(trust, buffer_text(&contents));
	buffer_release(&contents);
	return error;
}

int trust_set_add_argument(struct trust_set *trust, const char *argument)
{
	struct public_record record;
	struct text text = text_from_string(argument);
	int error = start_sodium();

	if (error)
		return error;
	if (decode_line(text, &record, sizeof record) == 0 && memcmp(record.algorithm, "Ed", 2) == 0)
		return trust_set_add(trust, text);
	return trust_set_add_file(trust, argument);
}

const struct public_key *trust_set_find(const struct trust_set *trust, const uint8_t id[static KEY_ID_BYTES])
{
	for (size_t i = 0; i < trust->count; i++) {
		if (memcmp(trust->keys[i].id, id, KEY_ID_BYTES) == 0)
			return &trust->keys[i];
	}
	return NULL;
}

const char *key_id_format(const uint8_t id[static KEY_ID_BYTES], char ret_text[static KEY_ID_TEXT_BYTES])
{
	snprintf(ret_text, KEY_ID_TEXT_BYTES, "%016llX", (unsigned long long)load_u64(id));
	return ret_text;
}

const char *key_error_sentence(int error)
{
	switch (-error) {
	case EBADMSG:
		return "this is not such a key file";
	case EKEYREJECTED:
		return "the secret key is encrypted with a password; make one without: tercelc keygen, or minisign -G "
		       "-W";
	case EFBIG:
		return "the file is too large for a key";
	case ENOSPC:
		return "too many keys, or the disk is full";
	case ENOSYS:
		return "the cryptography library cannot be started";
	default:
		return strerror(-error);
	}
}
