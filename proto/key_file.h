/*
 * Ed25519 keys in minisign's files: NAME.key in the unencrypted form that `minisign -G -W` writes, NAME.pub as any
 * `minisign -G` does. The layouts are those of minisign 0.11.
 *
 * Functions return 0 or a negative errno: -EBADMSG when the file holds no such key, -EKEYREJECTED when the secret key
 * is encrypted with a password, -EFBIG when the file is too large to be one, and what file_io.h says.
 */
#ifndef TERCEL_PROTO_KEY_FILE_H
#define TERCEL_PROTO_KEY_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

#define KEY_ID_BYTES 8
#define KEY_ID_TEXT_BYTES 17 /* 16 digits and a NUL */
#define PUBLIC_KEY_BYTES 32
#define SECRET_KEY_BYTES 64 /* seed and public key, as libsodium keeps it */
#define SIGNATURE_BYTES 64
#define TRUST_KEYS_MAX 16

struct public_key {
	uint8_t id[KEY_ID_BYTES];
	uint8_t bytes[PUBLIC_KEY_BYTES];
};

struct signing_key {
	uint8_t id[KEY_ID_BYTES];
	uint8_t bytes[SECRET_KEY_BYTES];
};

/* The keys whose signatures count. */
struct trust_set {
	struct public_key keys[TRUST_KEYS_MAX];
	size_t count;
};

int signing_key_generate(struct signing_key *ret_key);
void signing_key_release(struct signing_key *key); /* overwrites it */
struct public_key signing_key_public(const struct signing_key *key);

/* NAME.key with mode 0600 and NAME.pub with 0644: both or none. -EEXIST when there is one of them already. */
int key_pair_write(const struct signing_key *key, const char *name);
int signing_key_read(const char *path, struct signing_key *ret_key);

/* Adds the keys of a .pub file (there may be several); a key that is in the set already is no error. -ENOSPC: too many.
 */
int trust_set_add_file(struct trust_set *trust, const char *path);
/* The same for the contents of such a file. */
int trust_set_add(struct trust_set *trust, struct text contents);
/*
 * The same for what stands on a command line: the path of such a file, or the key itself, as the file's second line has
 * it. Where no file can be put, as in a task definition, the key is short enough to be written.
 */
int trust_set_add_argument(struct trust_set *trust, const char *argument);
const struct public_key *trust_set_find(const struct trust_set *trust, const uint8_t id[static KEY_ID_BYTES]);

/* As minisign prints it: 16 hexadecimal digits. */
const char *key_id_format(const uint8_t id[static KEY_ID_BYTES], char ret_text[static KEY_ID_TEXT_BYTES]);

/* A sentence for the errors above; for others strerror()'s. */
const char *key_error_sentence(int error);

#endif
